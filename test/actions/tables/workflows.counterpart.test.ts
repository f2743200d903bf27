import { afterAll, beforeAll, expect, test } from 'vitest';
import { ValidationResult } from '../../../core/data/result.ts';
import { JudgeResult } from '../../../core/evaluation/result.ts';
import type { SourceLocation } from '../../../core/fingerprint/manifest.ts';
import { fingerprintOf, sourceDigest } from '../../../core/fingerprint/source.ts';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { DatasetName, RepoPath, Sha256 } from '../../../core/names.ts';
import { TrainStatus } from '../../../core/training/status.ts';
import { type Moto, startMoto } from '../../adapters/stores/s3/moto.ts';
import type { Outcome } from '../../local/workflows/playground.ts';
import { pythonWith } from '../../python.ts';
import { openWorld, type World } from '../world.ts';

/** A Delta table in a store, from its check to the model that is judged, by the workflows with their own installation. */
let moto: Moto;
let world: World;
let python: ReturnType<typeof pythonWith>;

/** Appends words and labels to the table. */
function write(...rows: readonly (readonly [number, string, number])[]): void {
  python.run(
    `
import json, sys, pyarrow as pa, deltalake
rows = json.loads(sys.argv[2])
keys = {'AWS_ENDPOINT_URL': sys.argv[1], 'AWS_ACCESS_KEY_ID': 'writer', 'AWS_SECRET_ACCESS_KEY': 'writer',
        'AWS_REGION': 'us-east-1', 'AWS_ALLOW_HTTP': 'true', 'aws_conditional_put': 'etag'}
table = pa.table({'id': [r[0] for r in rows], 'word': [r[1] for r in rows], 'label': [r[2] for r in rows]})
deltalake.write_deltalake('s3://team-data/words', table, mode='append', storage_options=keys)`,
    moto.endpoint,
    JSON.stringify(rows),
  );
}

const WORKFLOWS = ['validate', 'train', 'judge'] as const;

beforeAll(async () => {
  moto = await startMoto('team-data');
  python = pythonWith('deltalake==1.6.6', 'pyarrow==26.0.1');
  write([1, 'hello', 1], [2, 'stone', 0], [3, 'welcome', 1], [4, 'lamp', 0]);
  world = await openWorld();
  const { github } = world.playground;
  const identity = { DATA_AWS_ACCESS_KEY_ID: 'AKIAREADSDATA', DATA_AWS_SECRET_ACCESS_KEY: 'only-for-data' };
  for (const [name, value] of Object.entries(identity)) github.setSecret(github.repository('ada', 'team'), name, value);
  const handed = Object.keys(identity).map((name) => `      ${name}: \${{ secrets.${name} }}\n`);
  const settings = `      data_endpoint: ${moto.endpoint}\n      data_tables: 'true'\n    secrets:\n${handed.join('')}`;
  const files: Record<string, string> = {};
  for (const name of WORKFLOWS)
    files[`.github/workflows/trainyard-${name}.yml`] = `${await world.wrapper(`trainyard-${name}.yml`)}${settings}`;
  await world.change('main', files);
}, 900_000);

afterAll(async () => {
  await world.close();
  await moto.stop();
  python.remove();
});

async function explain(outcome: Outcome): Promise<string> {
  const logs = await Promise.all(outcome.jobs.map((job) => outcome.log(job.name).catch(() => '(no log)')));
  return [outcome.run.startupError ?? '', ...logs].join('\n');
}

const LOCATION = 'delta:s3://team-data/words';
const PATH = RepoPath.parse('data/words.csv');
const CONTRACT = 'src/rows.odcs.yaml';
const ROWS = DatasetName.parse('rows');
const PREFIXES = ['s3://team-data/'];

async function validated(version: string | null, sha256: string | null) {
  const at = { location: LOCATION, version, sha256 };
  const commits = { commit: world.base, baseCommit: world.base };
  const order = { dataset: 'rows', ...commits, path: PATH, contract: CONTRACT, baseContract: CONTRACT, at };
  const run = await world.playground.dispatch('team', 'trainyard-validate.yml', {
    mark: `validate rows ${world.base} ${version ?? ''} ${sha256 ?? ''}`,
    orders: JSON.stringify([{ ...order, locations: PREFIXES }]),
  });
  expect(
    run.jobs.map(({ conclusion }) => conclusion),
    await explain(run),
  ).toEqual(['success', 'success']);
  return ValidationResult.parse(await world.read(run, 'trainyard-validation-rows', 'result.json'));
}

/** The run of a commit whose config names the table. */
function reading(at: SourceLocation) {
  return (draft: RunRecord): RunRecord => {
    const inputs = draft.source.inputs.filter(({ path }) => path !== 'data/rows.csv');
    const source = { ...draft.source, inputs, data: { rows: PATH }, locations: { rows: at } };
    const order: RunRecord['order'] = {
      ...draft.order,
      inputs: [...draft.order.inputs.filter((path) => path !== 'data/rows.csv'), PATH].sort(),
      data: { [ROWS]: { path: PATH, at } },
      locations: PREFIXES,
      source: sourceDigest(source),
    };
    return { ...draft, source, order, fingerprint: fingerprintOf(source, order.request) };
  };
}

test('what was checked of a table is what is trained on and what holdout rows are looked for in, and a later version is neither', async () => {
  const first = await validated('0', null);
  expect(first).toMatchObject({ status: 'passed', rows: 4 });
  const sha256 = Sha256.parse(first.report?.pins?.find(({ kind }) => kind === 'sha256')?.value);
  expect(first.report?.pins).toContainEqual({ source: LOCATION, kind: 'table_version', value: '0' });

  write([5, 'howdy', 7], [6, 'greetings', 1]);
  expect(await validated(null, null)).toMatchObject({ status: 'failed', rows: 6, findings: [{ column: 'label' }] });
  expect((await validated(null, sha256)).reason).toMatch(/expected sha256/);

  const record = await world.accept(world.base, reading({ location: LOCATION, version: '0', sha256 }));
  const trained = await world.train(record);
  const status = TrainStatus.parse(await world.read(trained, 'trainyard-output', 'status.json'));
  expect(status, await explain(trained)).toMatchObject({ reason: 'succeeded' });
  expect(status.logTail).toContain('trained on 2 words, seed 7');
  expect(status.logTail).toContain("files ['./data/words.csv', './src/rows.odcs.yaml', './src/train.py']");

  const trainingData = { rows: { path: PATH, at: { location: LOCATION, version: '0', sha256 } } };
  const order = { ...world.judgeOrder(), trainingData, locations: PREFIXES };
  const judged = await world.judge(record, order, trained);
  const result = JudgeResult.parse(await world.read(judged, 'trainyard-result', 'result.json'));
  expect(result.evaluation, await explain(judged)).toMatchObject({ status: 'evaluated', metrics: { accuracy: 0.75 } });
});

test('a table that is not pinned is not trained on', async () => {
  const record = await world.accept(world.base, reading({ location: LOCATION, version: '0', sha256: null }));
  const refused = await world.train(record);
  expect(refused.jobs.find(({ name }) => name.endsWith('fetch'))?.conclusion).toBe('failure');
  expect(await explain(refused)).toContain('is not pinned by its sha256');
});
