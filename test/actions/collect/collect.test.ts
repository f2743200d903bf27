import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import { collect } from '../../../actions/collect/collect.ts';
import type { DataAccess } from '../../../actions/runtime/data-access.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import type { Artifact, RepositoryReader } from '../../../actions/runtime/repository.ts';
import { sha256Hex } from '../../../core/canonical.ts';
import { EvaluationOutcome } from '../../../core/evaluation/result.ts';
import { RepositoryName, Sha256 } from '../../../core/names.ts';
import { unpackTar } from '../../../core/packaging/tar.ts';
import type { JudgeOrder, StoredSource } from '../../../core/training/request.ts';
import { PolicyWaivers } from '../../../core/verification/waiver.ts';
import { ENVIRONMENT } from '../../core/samples.ts';
import { judgeOrder } from '../orders.ts';
import { NO_ACCESS, openStage } from '../stage.ts';
import { lfsPointer, openStores, sha256 } from '../stores.ts';

const stage = openStage();
afterAll(() => stage.close());

const HOLDOUT = 'id,word,label\n101,hello,1\n102,door,0\n';
const BASE = {
  'eval/predict.py': 'predict\n',
  'eval/evaluate.py': 'evaluate\n',
  'eval/holdout.csv': HOLDOUT,
  'eval/copy.csv': HOLDOUT,
  'data/rows.csv': 'id,word,label\n1,hi,1\n',
};
const TRAIN_RUN = 77;

function configWith(digest: string): string {
  const waiver = { rule: 'pickle-call', sha256: digest, owner: 'ml', reason: 'ours', expires: '2026-11-30' };
  return JSON.stringify({ version: 1, models: {}, policy: { scan: { waivers: [waiver] } } });
}

async function collectFrom(options: {
  readonly base?: Readonly<Record<string, string>>;
  readonly head?: Readonly<Record<string, string | Uint8Array>>;
  readonly artifact?: Partial<Artifact>;
  readonly digest?: string;
  readonly access?: DataAccess;
  readonly stored?: StoredSource;
  readonly order?: Partial<Record<keyof JudgeOrder, unknown>>;
  readonly status?: string;
}) {
  const base = stage.repository(options.base ?? BASE);
  const head = stage.repository(options.head ?? { 'data/rows.csv': 'id,word,label\n1,hi,1\n2,stone,0\n' });
  const output = stage.put({ 'output.tar': 'bytes of a tar', 'status.json': options.status ?? '{}' });
  const artifact: Artifact = {
    id: output.id,
    name: 'trainyard-output',
    size_in_bytes: 100,
    expired: false,
    workflow_run: { id: TRAIN_RUN },
    ...options.artifact,
  };
  const repository: Pick<RepositoryReader, 'artifact'> = { artifact: async () => artifact };
  const outputs = await collect(
    {
      order: judgeOrder({ policyCommit: base.commit, ...options.order }),
      commit: head.commit,
      trainRun: TRAIN_RUN,
      artifactId: output.id,
      artifactDigest: Sha256.parse(options.digest ?? output.digest),
      storedOutput: options.stored ?? null,
      base: base.directory,
      head: head.directory,
      githubToken: 'token',
    },
    stage.job(),
    {
      repositoryName: RepositoryName.parse('ada/team'),
      repository: repository as RepositoryReader,
      base: openObjects(base.directory, process.env),
      head: openObjects(head.directory, process.env),
      artifacts: stage.artifacts,
      access: options.access ?? NO_ACCESS,
    },
  );
  const tar = (id: string, file: string): Record<string, string> =>
    Object.fromEntries(
      unpackTar(stage.take(id, file)).map(({ path, content }) => [path, Buffer.from(content).toString()]),
    );
  const refusal = outputs.refusal === '' ? null : EvaluationOutcome.parse(JSON.parse(outputs.refusal));
  return { outputs, tar, refusal };
}

test('the output is passed on without its status', async () => {
  const { outputs } = await collectFrom({});
  expect(stage.files(outputs.outputId)).toEqual(['output.tar']);
  expect(stage.take(outputs.outputId, 'output.tar').toString()).toBe('bytes of a tar');
});

test.each([
  ['is passed on', JSON.stringify({ reason: 'succeeded', environment: ENVIRONMENT }), JSON.stringify(ENVIRONMENT)],
  ['says nothing where it is of another form', JSON.stringify({ environment: { ...ENVIRONMENT, cpu: 'fast' } }), ''],
  ['says nothing where it is no JSON', '{"environment":', ''],
  ['says nothing where it is nested without end', '['.repeat(100_000), ''],
])('what the status says of the machine %s', async (_, status, told) => {
  expect((await collectFrom({ status })).outputs.environment).toBe(told);
});

test('no label lies beside the evaluator, not even in a copy of the holdout', async () => {
  const { outputs, tar } = await collectFrom({});
  expect(Object.keys(tar(outputs.evaluatorId, 'evaluator.tar'))).toEqual(['eval/evaluate.py', 'eval/predict.py']);
  expect(tar(outputs.evaluatorId, 'features.tar')).toEqual({ 'holdout.csv': expect.not.stringContaining('label') });
});

test.each([
  ['of the base', { '.github/trainyard.yml': configWith('0'.repeat(64)) }, {}, ['0'.repeat(64)]],
  ['of the head count for nothing', {}, { '.github/trainyard.yml': configWith('1'.repeat(64)) }, []],
  ['of a config that cannot be read count for nothing', { '.github/trainyard.yml': configWith('x') }, {}, []],
])('waivers %s', async (_, base, head, digests) => {
  const { outputs } = await collectFrom({ base: { ...BASE, ...base }, head: { 'data/rows.csv': 'id\n1\n', ...head } });
  const waivers = PolicyWaivers.parse(JSON.parse(outputs.waivers));
  expect(waivers.map(({ sha256: digest }) => digest)).toEqual(digests);
});

test('the labels are in an artifact of their own', async () => {
  const { outputs, tar } = await collectFrom({});
  expect(tar(outputs.labelsId, 'labels.tar')).toEqual({ 'holdout.csv': HOLDOUT });
  expect(JSON.parse(outputs.holdout)).toEqual({ holdout: sha256Hex(HOLDOUT) });
});

test.each([
  ['of another run', { workflow_run: { id: 78 } }, 'workflow run 78'],
  ['of no known run', { workflow_run: null }, 'unknown'],
  ['that is gone', { expired: true }, 'is gone'],
  ['that is too large', { size_in_bytes: 2 ** 40 }, 'expected at most'],
])('an artifact %s is refused', async (_what, artifact, message) => {
  await expect(collectFrom({ artifact })).rejects.toMatchObject({
    code: 'artifact_invalid',
    message: expect.stringContaining(message),
  });
});

test('an artifact with another digest is refused', async () => {
  await expect(collectFrom({ digest: '0'.repeat(64) })).rejects.toMatchObject({ code: 'digest_mismatch' });
});

test.each([
  [
    'a row of the holdout is among the training data',
    { head: { 'data/rows.csv': 'label,id,word\n1,101,hello\n' } },
    'holdout_in_training_data',
  ],
  ['the holdout is the training data', { head: { 'data/rows.csv': HOLDOUT } }, 'holdout_in_training_data'],
  ['the holdout is missing', { base: { 'eval/predict.py': 'x' } }, 'holdout_invalid'],
  ['the holdout has no label column', { base: { ...BASE, 'eval/holdout.csv': 'id,word\n1,a\n' } }, 'holdout_invalid'],
  [
    'an id of the holdout occurs twice',
    { base: { ...BASE, 'eval/holdout.csv': 'id,word,label\n1,a,1\n1,b,0\n' } },
    'holdout_invalid',
  ],
  ['the training data is missing', { head: { other: 'x' } }, 'holdout_invalid'],
  ['the base has no evaluator', { order: { predict: '', run: '', inputs: [], data: {} } }, 'no_evaluator'],
  ['no holdout is declared', { order: { data: {} } }, 'no_evaluator'],
])('nothing is evaluated when %s', async (_what, options, reason) => {
  const { refusal, outputs } = await collectFrom(options);
  expect(refusal).toMatchObject({ status: 'not_evaluated', reason });
  expect(outputs).toMatchObject({ evaluatorId: '', labelsId: '' });
});

test.each<[string, Readonly<Record<string, string>>, Partial<Record<keyof JudgeOrder, unknown>>]>([
  ['Git LFS', { 'data/rows.csv': lfsPointer(HOLDOUT) }, {}],
  [
    'several files of a pattern',
    { 'data/a.csv': 'id,word,label\n1,hi,1\n', 'data/b.csv': 'id,word,label\n102,door,0\n' },
    { trainingData: { rows: { path: 'data/*.csv' } } },
  ],
  [
    'a file that some readers leave out',
    { 'data/README.md': 'Words.', 'data/_part.csv': 'id,word,label\n102,door,0\n', 'data/a.csv': 'id,word\n1,hi\n' },
    { trainingData: { rows: { path: 'data' } } },
  ],
])('holdout rows are found in training data that is %s', async (_what, head, order) => {
  const stores = await openStores();
  stores.lfs.set(sha256(HOLDOUT), HOLDOUT);
  const { refusal } = await collectFrom({ head, order, access: stores.access });
  await stores.close();
  expect(refusal).toMatchObject({ status: 'not_evaluated', reason: 'holdout_in_training_data' });
});

/** Three rows of training, the second of them the first of the holdout, as another program may write it. */
const TRAINED = [
  { id: 1, word: 'hi', label: 1 },
  { id: 101, word: 'hello', label: 1 },
];
const inLines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

function inParquet(rows: string): Promise<Buffer> {
  const path = join(mkdtempSync(join(tmpdir(), 'collect-')), 'rows.parquet');
  return DuckDBInstance.create(':memory:')
    .then((database) => database.connect())
    .then((connection) => connection.run(`COPY (${rows}) TO '${path}'`))
    .then(() => readFileSync(path))
    .finally(() => rmSync(dirname(path), { recursive: true }));
}

const SELECT = "SELECT 101 AS id, 'hello' AS word, 1.0::DOUBLE AS label UNION ALL SELECT 1, 'hi', 1";

describe('a row of the holdout is found in training data that is', () => {
  test.each<[what: string, path: string, bytes: () => Promise<Buffer> | Buffer | string]>([
    ['JSON Lines', 'data/rows.jsonl', () => inLines(TRAINED)],
    ['JSON', 'data/rows.json', () => JSON.stringify(TRAINED)],
    ['JSON Lines in gzip', 'data/rows.jsonl.gz', () => gzipSync(inLines(TRAINED))],
    ['divided by tabs', 'data/rows.tsv', () => 'id\tword\tlabel\n1\thi\t1\n101\thello\t1\n'],
    ['divided by semicolons', 'data/rows.csv', () => 'id;word;label\n1;hi;1\n101;hello;1\n'],
    ['CSV in gzip', 'data/rows.csv.gz', () => gzipSync('id,word,label\n1,hi,1\n101,hello,1\n')],
    ['Parquet', 'data/key=1/rows.parquet', () => inParquet(SELECT)],
    ['Parquet without a name that says so', 'data/rows', () => inParquet(SELECT)],
  ])('%s', async (_, path, bytes) => {
    const order = { trainingData: { rows: { path } } };
    const { refusal } = await collectFrom({ head: { [path]: await bytes() }, order });
    expect(refusal).toMatchObject({
      reason: 'holdout_in_training_data',
      message: expect.stringContaining('1 rows of the holdout'),
    });
  });

  test('and none where there is none, or no column in common', async () => {
    const other = inLines([{ id: 1, word: 'hi', label: 1 }]);
    for (const text of [other, inLines([{ text: 'hello' }])]) {
      const order = { trainingData: { rows: { path: 'data/rows.jsonl' } } };
      expect((await collectFrom({ head: { 'data/rows.jsonl': text }, order })).refusal).toBeNull();
    }
  });

  test.each([
    ['Parquet that is cut', 'data/rows.parquet', 'PAR1 and no more'],
    ['JSON Lines that are none', 'data/rows.jsonl', '{"id":101,\n'],
  ])('%s: nothing is evaluated', async (_, path, text) => {
    const order = { trainingData: { rows: { path } } };
    expect((await collectFrom({ head: { [path]: text }, order })).refusal).toMatchObject({ reason: 'holdout_invalid' });
  });
});

test('training data that can’t be fetched leaves nothing evaluated', async () => {
  const { refusal } = await collectFrom({ head: { 'data/rows.csv': lfsPointer(HOLDOUT) } });
  expect(refusal).toMatchObject({ reason: 'holdout_invalid', message: expect.stringContaining('Git LFS') });
});
