import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { order } from '../../../actions/order/order.ts';
import type { Inputs } from '../../../actions/sign/interface.ts';
import { requireSameOrder, sign } from '../../../actions/sign/sign.ts';
import { settleStranded } from '../../../actions/without-app/in-training.ts';
import { type Order, sameRunWorkflows } from '../../../adapters/without-app/same-run.ts';
import { keylessSigner } from '../../../adapters/without-app/signer.ts';
import { CONFIG_PATH } from '../../../core/config/schema.ts';
import { JudgeResult } from '../../../core/evaluation/result.ts';
import type { RunState } from '../../../core/ledger/run.ts';
import { type GitId, Instant, type RunId, type Sha256 } from '../../../core/names.ts';
import { JudgeOrder } from '../../../core/training/request.ts';
import { acceptRun, advanceRun, loadLedger, loadRun } from '../../../flows/ledger.ts';
import { modelAt } from '../../../flows/model-at.ts';
import type { Ports, WorkflowArtifact, WorkflowRun } from '../../../flows/ports.ts';
import { digestFor } from '../../../flows/run-draft.ts';
import { takePolicySnapshot } from '../../../flows/snapshot.ts';
import { startWorld, type World } from '../../adapters/github/world.ts';
import { CONFIG_TEXT, MODEL, makeKey, recordOf, runId, sha256 } from '../../core/samples.ts';
import { flowPorts, repository } from '../../flows/ports.ts';
import { openStage } from '../stage.ts';

const RUN = 99;
const FILES = {
  'models/flight-delay/train.py': 'train',
  'src/features/steps.py': 'steps',
  'data/flights.csv': 'id,late\n1,0\n',
  'contracts/flights.yaml': 'contract',
  'requirements.lock': 'lock',
  'eval/predict.py': 'predict',
  'eval.lock': 'lock',
  'data/holdout.csv': 'flight_id,late\n2,1\n',
};
const MODEL_FILE = { path: 'model.onnx', size: 1, sha256: sha256('model'), format: 'onnx', verdict: 'clean' };
const key = makeKey();
const stage = openStage();
let world: World;
let base: GitId;
let count = 0;
/** What the workflow run's listing shows, and what each artifact holds. */
let listed: WorkflowArtifact[] = [];
const contents = new Map<number, string>();

beforeAll(async () => {
  world = await startWorld();
  base = await world.commit('main', { ...FILES, [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
});
afterEach(() => {
  listed = [];
  contents.clear();
});
afterAll(async () => {
  stage.close();
  await world.close();
});

function artifact(id: number, name: string, text = name): { readonly id: number; readonly digest: Sha256 } {
  const digest = sha256(`${id} ${text}`);
  listed.push({ id, name, digest, size: 1, expired: false });
  contents.set(id, text);
  return { id, digest };
}

const workflowRun = (): WorkflowRun => ({
  id: RUN,
  attempt: 1,
  status: 'in_progress',
  conclusion: null,
  event: 'issue_comment',
  path: '.github/workflows/trainyard-comment.yml',
  headBranch: 'main',
  headSha: base,
  title: 'a pull request',
  createdAt: Instant.parse('2026-11-02T10:00:00Z'),
  url: 'https://github.com/flights/delay/actions/runs/99',
});

function portsWith(take: (order: Order) => void, change: Partial<Ports> = {}): Ports {
  const workflows = sameRunWorkflows(
    {
      ...world.ports.workflows,
      artifacts: async () => listed,
      artifactFiles: async (id) => new Map([['result.json', Buffer.from(contents.get(id) ?? '')]]),
      jobs: async () => [],
    },
    workflowRun(),
    async () => base,
    take,
  );
  return flowPorts(world, key, { workflows, ...change });
}

/** A run that this workflow run trains. */
async function begun(): Promise<RunId> {
  count += 1;
  const run = runId(count);
  const ports = portsWith(() => undefined);
  const policy = await takePolicySnapshot(ports);
  const origin = { kind: 'branch', branch: 'main' } as const;
  const at = modelAt(policy, policy, MODEL);
  if (at.kind !== 'known') throw new Error(JSON.stringify(at));
  const judgedBy = { commit: base, digest: digestFor(policy, at) };
  await acceptRun(ports, policy, recordOf({ repository, run, origin, commit: base, policy: judgedBy }));
  await advanceRun(ports, policy, run, { state: 'training', workflowRun: RUN });
  return run;
}

/** What the job before this one handed on, and how the jobs ended. */
async function ordered(run: RunId, change: Partial<Inputs> = {}): Promise<Inputs> {
  const taken: Order[] = [];
  const ports = portsWith((one) => taken.push(one), { signer: keylessSigner(key.public.keyid) });
  const made = await order({ runId: run, githubToken: 'x' }, stage.job(), { ports, run: workflowRun() }, taken);
  const empty = made.order === '';
  return {
    runId: run,
    trainResult: 'success',
    orderResult: 'success',
    order: empty ? null : JudgeOrder.parse(JSON.parse(made.order)),
    artifactId: empty ? null : Number(made.artifactId),
    artifactDigest: empty ? null : (made.artifactDigest as Sha256),
    judgeResult: 'success',
    resultId: null,
    resultDigest: null,
    signingKey: '',
    githubToken: 'x',
    ...change,
  };
}

const signed = (inputs: Inputs, change: Partial<Ports> = {}) =>
  sign(inputs, stage.job(), {
    ports: portsWith((made) => requireSameOrder(made, inputs), change),
    run: workflowRun(),
  });

async function stateOf(run: RunId): Promise<RunState | undefined> {
  const ports = portsWith(() => undefined);
  return (await loadRun(ports, await takePolicySnapshot(ports), run))?.record.state;
}

function resultOf(run: RunId, output: Sha256, rocAuc: number): string {
  return JSON.stringify(
    JudgeResult.parse({
      version: 1,
      run,
      model: MODEL,
      policyCommit: base,
      output,
      scan: { verdict: 'clean', files: [MODEL_FILE], findings: [] },
      evaluation: {
        status: 'evaluated',
        metrics: { roc_auc: rocAuc },
        sandbox: 'namespaces',
        holdout: { holdout: sha256('holdout') },
        seconds: 1,
      },
      selfReported: null,
      package: { sha256: sha256('package'), size: 1, artifact: { id: 3, digest: sha256('archive'), runId: RUN } },
    }),
  );
}

test('a result that the judging jobs handed on is decided about, signed and entered', async () => {
  const run = await begun();
  const output = artifact(1, 'trainyard-output');
  const inputs = await ordered(run);
  const result = artifact(2, 'trainyard-result', resultOf(run, output.digest, 0.9));
  const outputs = await signed({ ...inputs, resultId: result.id, resultDigest: result.digest });
  expect(outputs).toEqual({ code: 'run_judged', verdict: 'candidate' });
  expect(await stateOf(run)).toMatchObject({ state: 'judged', trainRun: RUN, judgeRun: RUN, output: { id: 1 } });
  const ports = portsWith(() => undefined);
  const { state } = await loadLedger(ports, await takePolicySnapshot(ports));
  expect(state.runs.get(run)?.outcome).toBe('candidate');
});

test('signing again changes nothing', async () => {
  const run = await begun();
  const output = artifact(1, 'trainyard-output');
  const inputs = await ordered(run);
  const result = artifact(2, 'trainyard-result', resultOf(run, output.digest, 0.5));
  const all = { ...inputs, resultId: result.id, resultDigest: result.digest };
  expect(await signed(all)).toEqual({ code: 'run_judged', verdict: 'held' });
  expect(await signed(all)).toEqual({ code: 'ignored', verdict: '' });
});

test.each([
  ['beside the one that was handed on', true],
  ['where none was handed on', false],
])('a result that training stored under the same name, %s, is not looked at', async (_where, handed) => {
  const run = await begun();
  const output = artifact(1, 'trainyard-output');
  const inputs = await ordered(run);
  artifact(3, 'trainyard-result', resultOf(run, output.digest, 0.99));
  const real = artifact(2, 'trainyard-result', resultOf(run, output.digest, 0.5));
  const outputs = await signed({ ...inputs, ...(handed ? { resultId: real.id, resultDigest: real.digest } : {}) });
  if (handed) expect(outputs).toEqual({ code: 'run_judged', verdict: 'held' });
  else expect(await stateOf(run)).toMatchObject({ state: 'failed', at: 'judging', reason: 'result_unreadable' });
});

test('an output that was stored in the place of the ordered one is not signed as what was judged', async () => {
  const run = await begun();
  artifact(1, 'trainyard-output');
  const inputs = await ordered(run);
  listed = [];
  artifact(4, 'trainyard-output', 'another');
  await signed(inputs);
  expect(await stateOf(run)).toMatchObject({ state: 'failed', at: 'training', reason: 'no_output' });
});

test('a judgement by another order than policy makes is not signed', async () => {
  const run = await begun();
  artifact(1, 'trainyard-output');
  const inputs = await ordered(run);
  const lenient = { ...JudgeOrder.parse(inputs.order), sandbox: 'none' as const };
  await expect(signed({ ...inputs, order: lenient })).rejects.toMatchObject({ code: 'result_invalid' });
  expect(await stateOf(run)).toMatchObject({ state: 'training' });
});

test('a judgement by a policy that the default branch does not hold is not signed', async () => {
  const run = await begun();
  artifact(1, 'trainyard-output');
  const inputs = await ordered(run);
  const elsewhere = await world.commit('elsewhere', { 'eval/predict.py': 'kind' }, base);
  const other = { ...JudgeOrder.parse(inputs.order), policyCommit: elsewhere };
  await expect(signed({ ...inputs, order: other })).rejects.toMatchObject({ code: 'result_invalid' });
});

test('a key that policy does not name signs nothing', async () => {
  const run = await begun();
  const { signer } = flowPorts(world, makeKey());
  const refused = signed(await ordered(run), { signer });
  await expect(refused).rejects.toMatchObject({
    code: 'input_invalid',
    message: expect.stringContaining(signer.keyid),
  });
  expect(await stateOf(run)).toMatchObject({ state: 'training' });
});

test.each<[string, Partial<Inputs>, Partial<Extract<RunState, { state: 'failed' | 'cancelled' }>>]>([
  ['failed', { trainResult: 'failure', orderResult: 'skipped', judgeResult: 'skipped' }, { state: 'failed' }],
  [
    'was cancelled',
    { trainResult: 'cancelled', orderResult: 'cancelled', judgeResult: 'cancelled' },
    { state: 'cancelled' },
  ],
  ['never began, since all was cancelled', { trainResult: 'skipped', orderResult: 'skipped' }, { state: 'cancelled' }],
  [
    'ended, and all was cancelled before judgement',
    { orderResult: 'cancelled', judgeResult: 'skipped' },
    { state: 'cancelled' },
  ],
  [
    'ended, and the order for judgement failed',
    { orderResult: 'failure', judgeResult: 'skipped' },
    { state: 'failed' },
  ],
  ['ended and left nothing', { judgeResult: 'skipped' }, { state: 'failed', at: 'training', reason: 'no_output' }],
])('a training that %s is recorded so', async (_how, change, state) => {
  const run = await begun();
  await signed(await ordered(run, change));
  expect(await stateOf(run)).toMatchObject(state);
});

test('a judgement that was cancelled is recorded so', async () => {
  const run = await begun();
  artifact(1, 'trainyard-output');
  await signed(await ordered(run, { judgeResult: 'cancelled' }));
  expect(await stateOf(run)).toMatchObject({ state: 'cancelled' });
});

test('runs whose workflow run ended without a word are ended by the next job with the key, unread', async () => {
  const run = await begun();
  const output = artifact(1, 'trainyard-output');
  artifact(2, 'trainyard-result', resultOf(run, output.digest, 0.99));
  const ports = portsWith(() => undefined);
  const ended = { ...workflowRun(), status: 'completed', conclusion: 'success' } as const;
  await settleStranded({ ...ports, workflows: { ...ports.workflows, run: async () => ended } });
  expect(await stateOf(run)).toMatchObject({ state: 'failed', at: 'training' });
});

test('runs whose workflow run is under way, or was dispatched by an App, are let be', async () => {
  const run = await begun();
  const ports = portsWith(() => undefined);
  const states = [workflowRun(), { ...workflowRun(), status: 'completed', event: 'workflow_dispatch' } as const];
  for (const one of states) await settleStranded({ ...ports, workflows: { ...ports.workflows, run: async () => one } });
  expect(await stateOf(run)).toMatchObject({ state: 'training' });
});
