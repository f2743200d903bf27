import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ValidationResult } from '../../core/data/result.ts';
import { JudgeResult } from '../../core/evaluation/result.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import { GitId } from '../../core/names.ts';
import { CheckpointReference } from '../../core/training/checkpoint.ts';
import { TrainStatus } from '../../core/training/status.ts';
import type { Outcome } from '../local/workflows/playground.ts';
import { CONFIG, ROWS } from './example.ts';
import { openStores, sha256 } from './stores.ts';
import { openWorld, type World } from './world.ts';

/** The workflows as GitHub runs them: dispatched in a team's repository, from ours, with the stock artifact client. */
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  world.playground.judge.assertClean();
  await world.close();
});

let ingest: Server;
let ingestUrl = '';
beforeAll(async () => {
  ingest = createServer();
  ingest.listen(0, '127.0.0.1');
  await once(ingest, 'listening');
  const address = ingest.address();
  ingestUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/ingest`;
});
afterAll(() => {
  ingest.closeAllConnections();
  ingest.close();
});

/** Ids of the live processes whose command line holds the text. */
async function processesNamed(text: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return command.includes(text) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

/** What the jobs said, for a test that expected otherwise. */
async function explain(outcome: Outcome): Promise<string> {
  const logs = await Promise.all(
    outcome.jobs.map(async (job) => {
      const log = await outcome.log(job.name).catch(() => '(no log)');
      return `--- ${job.name}: ${job.conclusion}\n${log}`;
    }),
  );
  return [outcome.run.startupError ?? '', ...logs].join('\n');
}

const conclusions = (outcome: Outcome): Record<string, string | null> =>
  Object.fromEntries(outcome.jobs.map((job) => [job.name.replace('trainyard / ', ''), job.conclusion]));

const nothing = { fetch: 'skipped', restore: 'skipped', smoke: 'skipped', train: 'skipped' };

let trained: Outcome;
let record: RunRecord;

test('a run is trained on its declared inputs alone, and its log has no voice', async () => {
  record = await world.accept(world.base);
  trained = await world.train(record);
  expect(conclusions(trained), await explain(trained)).toEqual({
    admit: 'success',
    fetch: 'success',
    restore: 'skipped',
    smoke: 'skipped',
    train: 'success',
  });
  const status = TrainStatus.parse(await world.read(trained, 'trainyard-output', 'status.json'));
  expect(status).toMatchObject({
    reason: 'succeeded',
    exitCode: 0,
    stepMetrics: [{ step: 0 }, { step: 1 }, { step: 2 }],
  });
  expect(status.logTail).toContain('trained on 2 words, seed 7');
  expect(status.logTail).toContain("files ['./data/rows.csv', './src/rows.odcs.yaml', './src/train.py']");
  expect(status.logTail).toContain("environment ['RUNNER_TRACKING_ID']");
  expect(JSON.stringify(trained.jobs)).not.toContain('this is no workflow command');
});

test('the model is judged by the base’s evaluator, and what training says of itself counts for nothing', async () => {
  const judged = await world.judge(record, world.judgeOrder(), trained);
  expect(conclusions(judged), await explain(judged)).toEqual({
    collect: 'success',
    scan: 'success',
    evaluate: 'success',
    report: 'success',
  });
  const result = JudgeResult.parse(await world.read(judged, 'trainyard-result', 'result.json'));
  expect(result).toMatchObject({
    run: record.run,
    policyCommit: world.base,
    scan: { verdict: 'clean' },
    evaluation: { status: 'evaluated', metrics: { accuracy: 0.75, rows: 4 }, sandbox: 'namespaces' },
    selfReported: { accuracy: 0.999 },
  });
  const packed = await world.artifact(judged, 'trainyard-package');
  expect(result.package?.artifact).toMatchObject({ id: packed?.id, runId: judged.run.id });
});

test('a second dispatch of the same run finds the first and trains nothing', async () => {
  const again = await world.train(record);
  expect(conclusions(again), await explain(again)).toEqual({ admit: 'success', ...nothing });
  expect(again.run.id).toBeGreaterThan(trained.run.id);
});

const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const unknown = { run: '01JD0000000000000000000000' };

test.each([
  ['that the ledger does not hold', {}, unknown, undefined, /ledger holds no run/],
  ['for another commit than the record', {}, { commit: 'f'.repeat(40) }, undefined, /names the commit/],
  ['of another repository', { repository: 'ada/other' }, {}, undefined, /is of the repository ada\/other/],
  ['that ended', { state: { state: 'cancelled', by: 'ada', workflowRun: null } }, {}, undefined, /is cancelled/],
  ['signed by nobody of the policy', {}, {}, other, /does not fit the payload/],
])('a run %s is not admitted', async (_what, change, dispatched, key, message) => {
  const accepted = await world.accept(world.base, (draft) => ({ ...draft, ...change }) as RunRecord, key);
  const run = await world.train({ ...accepted, ...dispatched } as RunRecord);
  expect(conclusions(run)).toEqual({ admit: 'failure', ...nothing });
  expect(await run.log(run.jobs[0]?.name ?? '')).toMatch(message);
});

test('inputs that differ from the order are refused before training', async () => {
  const accepted = await world.accept(world.base, (draft) => {
    const source = draft.order.source.replace(/./g, 'e') as typeof draft.order.source;
    return { ...draft, order: { ...draft.order, source } };
  });
  const run = await world.train(accepted);
  expect(conclusions(run)).toEqual({ admit: 'success', ...nothing, fetch: 'failure' });
});

test('training that fails leaves its status and no output', async () => {
  const commit = await world.change('broken', { 'src/train.py': 'raise SystemExit("no such column: wrod")\n' });
  const run = await world.train(await world.accept(commit));
  expect(conclusions(run)).toMatchObject({ train: 'failure' });
  const status = TrainStatus.parse(await world.read(run, 'trainyard-output', 'status.json'));
  expect(status).toMatchObject({
    reason: 'failed',
    exitCode: 1,
    logTail: expect.stringContaining('no such column: wrod'),
  });
});

test('cancelling the workflow run leaves no process behind', async () => {
  const mark = `61.${process.pid}`;
  const started = new Promise<void>((resolve) => {
    ingest.once('request', (request, response) => {
      request.resume();
      response.writeHead(202).end();
      resolve();
    });
  });
  const script = [
    'import os, subprocess',
    'with open(os.environ["TRAINYARD_METRICS"], "a") as metrics:',
    '    metrics.write(\'{"step": 1, "metric": "loss", "value": 1}\\n\')',
    `subprocess.Popen(["sleep", "${mark}"], start_new_session=True)`,
    `subprocess.run(["sleep", "${mark}"])`,
    '',
  ];
  const accepted = await world.accept(await world.change('endless', { 'src/train.py': script.join('\n') }));
  const inputs = { run_id: accepted.run, commit: accepted.commit, ingest_url: ingestUrl, ingest_token: 'token' };
  const id = await world.playground.start('team', 'trainyard-train.yml', inputs);
  await started;
  expect(await processesNamed(mark)).toHaveLength(2);
  await world.playground.api('POST', `/repos/ada/team/actions/runs/${id}/cancel`);
  const run = await world.playground.outcome(id);
  expect(conclusions(run)).toMatchObject({ train: 'cancelled' });
  await expect.poll(() => processesNamed(mark), { timeout: 5000 }).toEqual([]);
});

test('an output that holds a pickle is not loaded, and the result says so', async () => {
  const save =
    'import os, pickle\npickle.dump({"a": os.getcwd}, open(os.environ["TRAINYARD_OUTPUT"] + "/model.txt", "wb"))\n';
  const commit = await world.change('pickle', { 'src/train.py': save });
  const accepted = await world.accept(commit);
  const judged = await world.judge(accepted, world.judgeOrder(), await world.train(accepted));
  expect(conclusions(judged)).toEqual({ collect: 'success', scan: 'success', evaluate: 'skipped', report: 'success' });
  expect(JudgeResult.parse(await world.read(judged, 'trainyard-result', 'result.json'))).toMatchObject({
    scan: { verdict: 'finding' },
    evaluation: { status: 'not_evaluated', reason: 'scan_not_clean' },
  });
});

test('a finding that the base’s policy waives is told and not in the way, and one that a head waives is', async () => {
  const pickle = 'cmymodel\nNet\n.';
  const waiver = {
    rule: 'pickle-unlisted-import',
    sha256: sha256(pickle),
    owner: 'ml',
    reason: 'ours',
    expires: '2999-12-31',
  };
  const config = `${CONFIG}  scan: { waivers: [${JSON.stringify(waiver)}] }\n`;
  const save = [
    'import json, os',
    'folder = os.environ["TRAINYARD_OUTPUT"]',
    'json.dump({"words": ["hi"]}, open(folder + "/model.json", "w"))',
    `open(folder + "/net.pkl", "w").write(${JSON.stringify(pickle)})`,
  ].join('\n');
  const head = await world.change('waived', { 'src/train.py': save, '.github/trainyard.yml': config });
  const accepted = await world.accept(head);
  const output = await world.train(accepted);
  const held = await world.judge(accepted, world.judgeOrder(), output);
  expect(conclusions(held), await explain(held)).toMatchObject({ scan: 'success', evaluate: 'skipped' });
  const policyCommit = await world.change('main', { '.github/trainyard.yml': config });
  const judged = await world.judge(accepted, world.judgeOrder({ policyCommit }), output);
  expect(conclusions(judged), await explain(judged)).toMatchObject({ scan: 'success', evaluate: 'success' });
  expect(JudgeResult.parse(await world.read(judged, 'trainyard-result', 'result.json'))).toMatchObject({
    scan: { verdict: 'clean', findings: [] },
    waived: [{ finding: { file: 'net.pkl' }, waiver: { owner: 'ml' } }],
    evaluation: { status: 'evaluated' },
  });
});

test('an artifact that no train job would upload is red, with a result', async () => {
  await world.change('main', {
    '.github/workflows/hostile.yml': [
      'on: { workflow_dispatch: {} }',
      'jobs:',
      '  hostile:',
      '    runs-on: ubuntu-latest',
      '    steps:',
      '      - run: mkdir out && echo "{}" >out/status.json && echo no tar >out/output.tar',
      '      - uses: actions/upload-artifact@v7',
      '        with: { name: trainyard-output, path: out }',
      '',
    ].join('\n'),
  });
  const hostile = await world.playground.dispatch('team', 'hostile.yml');
  const judged = await world.judge(record, world.judgeOrder(), hostile);
  expect(conclusions(judged), await explain(judged)).toMatchObject({ scan: 'success', evaluate: 'skipped' });
  expect(JudgeResult.parse(await world.read(judged, 'trainyard-result', 'result.json'))).toMatchObject({
    scan: { verdict: 'finding', findings: [{ rule: 'archive-malformed' }] },
    package: null,
  });
});

test('a judge run whose first job fails still hands over a result, in red', async () => {
  const missing = { ...world.judgeOrder(), policyCommit: GitId.parse('9'.repeat(40)) };
  const judged = await world.judge(record, missing, trained);
  expect(conclusions(judged)).toEqual({ collect: 'failure', scan: 'skipped', evaluate: 'skipped', report: 'success' });
  expect(JudgeResult.parse(await world.read(judged, 'trainyard-result', 'result.json'))).toMatchObject({
    scan: { verdict: 'unscanned' },
    evaluation: { status: 'not_evaluated' },
  });
});

test.each([
  ['good data passes', ROWS, 'passed', []],
  ['a bad row is found at its line', `${ROWS}5,hey,many\n`, 'failed', [{ file: 'data/rows.csv', line: 6 }]],
])('%s', async (_what, rows, status, findings) => {
  const commit = await world.change(`data-${status}`, { 'data/rows.csv': rows });
  const order = {
    dataset: 'rows',
    commit,
    path: 'data/rows.csv',
    contract: 'src/rows.odcs.yaml',
    baseCommit: world.base,
    baseContract: 'src/rows.odcs.yaml',
    basePath: 'data/rows.csv',
    readBy: ['greeter'],
  };
  const run = await world.playground.dispatch('team', 'trainyard-validate.yml', {
    mark: `validate rows ${commit}`,
    orders: JSON.stringify([order]),
  });
  expect(conclusions(run), await explain(run)).toEqual({ fetch: 'success', validate: 'success' });
  const result = ValidationResult.parse(await world.read(run, 'trainyard-validation-rows', 'result.json'));
  expect(result).toMatchObject({ status, findings });
});

test('data in a store is read by the job that fetches, with the identity that the caller hands on', async () => {
  const stores = await openStores();
  try {
    stores.s3.set('team/rows.csv', ROWS);
    const { github } = world.playground;
    const identity = { DATA_AWS_ACCESS_KEY_ID: 'AKIAREADSDATA', DATA_AWS_SECRET_ACCESS_KEY: 'only-for-data' };
    const repository = github.repository('ada', 'team');
    for (const [name, value] of Object.entries(identity)) github.setSecret(repository, name, value);
    const handed = Object.keys(identity).map((name) => `      ${name}: \${{ secrets.${name} }}\n`);
    const wrapper = await world.wrapper('trainyard-validate.yml');
    await world.change('main', {
      '.github/workflows/validate-store.yml': `${wrapper}      data_endpoint: ${stores.url}\n    secrets:\n${handed.join('')}`,
    });
    const location = { location: 's3://team/rows.csv', version: null, sha256: sha256(ROWS) };
    const [path, contract] = ['data/far.csv', 'src/rows.odcs.yaml'];
    const commits = { commit: world.base, baseCommit: world.base };
    const order = { dataset: 'rows', ...commits, path, contract, baseContract: contract, at: location };
    const run = await world.playground.dispatch('team', 'validate-store.yml', {
      mark: `validate rows ${world.base}`,
      orders: JSON.stringify([{ ...order, locations: ['s3://team/'] }]),
    });
    expect(conclusions(run), await explain(run)).toEqual({ fetch: 'success', validate: 'success' });
    const result = ValidationResult.parse(await world.read(run, 'trainyard-validation-rows', 'result.json'));
    expect(result).toMatchObject({ status: 'passed', rows: 4, report: { pins: [{ value: sha256(ROWS) }, {}] } });
    expect(stores.authorized.get('/team/rows.csv?x-id=GetObject')).toContain('Credential=AKIAREADSDATA/');
  } finally {
    await stores.close();
  }
});

test('a trial on a sample goes before the training, which does not begin where it fails', async () => {
  const smoke = { rows: 1, data: {}, timeout: 30 };
  const withTrial = (draft: RunRecord): RunRecord => ({ ...draft, order: { ...draft.order, smoke } });
  const good = await world.train(await world.accept(world.base, withTrial));
  expect(conclusions(good), await explain(good)).toMatchObject({ smoke: 'success', train: 'success' });
  const commit = await world.change('broken-trial', { 'src/train.py': 'raise SystemExit("no such column: wrod")\n' });
  const bad = await world.train(await world.accept(commit, withTrial));
  expect(conclusions(bad), await explain(bad)).toMatchObject({ smoke: 'failure', train: 'skipped' });
  const status = TrainStatus.parse(await world.read(bad, 'trainyard-output', 'status.json'));
  expect(status).toMatchObject({ reason: 'smoke_failed', exitCode: 1 });
});

const INTERRUPTED = `import os, sys
state = os.path.join(os.environ["TRAINYARD_CHECKPOINT"], "state")
if not os.path.exists(state):
    open(state, "w").write("epoch 7")
    open(os.environ["TRAINYARD_METRICS"], "a").write('{"step":7,"metric":"loss","value":1}\\n')
    sys.exit(1)
open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "from"), "w").write(open(state).read())
`;

test('a further workflow run goes on from the checkpoint that the record names, and from no other run’s', async () => {
  const commit = await world.change('interrupted', { 'src/train.py': INTERRUPTED });
  const record = await world.accept(commit);
  const lost = await world.train(record);
  const saved = await world.artifact(lost, 'trainyard-checkpoint-1-000001');
  const restore = { runId: lost.run.id, id: saved?.id ?? 0, digest: (saved?.digest ?? '').replace('sha256:', '') };
  const further = async (run: RunRecord): Promise<TrainStatus> => {
    const outcome = await world.resume(run, CheckpointReference.parse(restore));
    expect(conclusions(outcome), await explain(outcome)).toMatchObject({ restore: 'success', smoke: 'skipped' });
    return TrainStatus.parse(await world.read(outcome, 'trainyard-output', 'status.json'));
  };
  expect(await further(record)).toMatchObject({
    reason: 'succeeded',
    attempt: 2,
    resumed: { attempt: 1, step: 7, bytes: 7 },
  });
  expect(await further(await world.accept(commit))).toMatchObject({ reason: 'failed', attempt: 1, resumed: null });
});
