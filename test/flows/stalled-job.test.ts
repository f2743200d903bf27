import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import { type GitId, Instant, type Sha256 } from '../../core/names.ts';
import { runRequest } from '../../core/training/order.ts';
import { finishTraining } from '../../flows/finish-training.ts';
import { acceptRun, advanceRun, loadRun } from '../../flows/ledger.ts';
import { keepLiveNote } from '../../flows/live-note.ts';
import { liveNotes } from '../../flows/live-notes.ts';
import { modelAt } from '../../flows/model-at.ts';
import type { StepMetric, WorkflowRun } from '../../flows/ports.ts';
import { draftRun } from '../../flows/run-draft.ts';
import { takePolicySnapshot, takeSnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { makeKey, recordOf, runId } from '../core/samples.ts';
import { type FlowPorts, flowPorts, repository } from './ports.ts';
import { DELAY } from './releasing.ts';

const key = makeKey();
let world: World;
let ports: FlowPorts;
let base: GitId;
let head: GitId;

const config = (train: string, policy: string): string => `version: 1
models:
  delay: { inputs: [train.py], train: { run: python train.py${train} } }
policy:
  signing: { keys: [keys/trainyard.pub] }
${policy}`;

beforeAll(async () => {
  world = await startWorld();
  const files = { 'train.py': 'print(1)\n', 'keys/trainyard.pub': key.public.pem };
  base = await world.commit('main', { [CONFIG_PATH]: config(', stall: 30m', '  stalled: stop\n'), ...files });
  // A pull request that would rather not be watched.
  head = await world.commit('change', { [CONFIG_PATH]: config('', ''), 'train.py': 'print(2)\n' }, base);
  ports = flowPorts(world, key);
});
afterAll(() => world.close());

async function training(run: number): Promise<RunRecord> {
  const policy = await takePolicySnapshot(ports);
  const origin = { kind: 'branch', branch: 'main' } as const;
  const record = recordOf({ repository, run: runId(run), origin, commit: base });
  await acceptRun(ports, policy, { ...record, order: { ...record.order, stall: { after: 1800, stop: false } } });
  await advanceRun(ports, policy, runId(run), { state: 'training', workflowRun: 10 + run });
  return recordNow(run);
}

async function recordNow(run: number): Promise<RunRecord> {
  const found = await loadRun(ports, await takePolicySnapshot(ports), runId(run));
  if (found === null) throw new Error(`there is no run ${run}`);
  return found.record;
}

test('what a job is told of stalling is of the default branch, whatever the commit says', async () => {
  const at = await takePolicySnapshot(ports);
  const model = modelAt(at, await takeSnapshot(ports, head), DELAY);
  if (model.kind !== 'known') throw new Error(`the model is ${JSON.stringify(model)}`);
  const { order } = draftRun(at, model, runRequest(model.effective, {}), {
    run: runId(1),
    repository,
    commit: head,
    origin: { kind: 'pull_request', number: 1, commentId: 1, line: 1 },
    requestedBy: 'ada',
    trust: 'member',
    policyChange: false,
  });
  expect(order.stall).toEqual({ after: 1800, stop: true });
});

test('what the job’s own watch tells is on its check and on its pull request, until it is over', async () => {
  const record = await training(2);
  const told = async (): Promise<readonly string[]> => (await liveNotes(ports, record)).trouble;
  const now = Instant.parse('2026-11-02T10:00:00Z');
  expect(await told()).toEqual([]);
  await keepLiveNote(ports, record.run, { stalled: 'quiet', seconds: 1860 }, now);
  expect(await told()).toEqual(['Stalled: no log, metric or checkpoint came for 31 min (train.stall: 30 min)']);
  expect((await liveNotes(ports, record)).check).toEqual(await told());
  await keepLiveNote(ports, record.run, { stalled: null, seconds: 0 }, now);
  expect(await told()).toEqual([]);
});

test('a loss that is not a number is told by the metrics alone', async () => {
  const record = await training(3);
  const points: readonly StepMetric[] = [1, Number.NaN].map((value, step) => ({ metric: 'val_loss', step, value }));
  const inFlight = { ...ports.inFlight, stepMetrics: async () => points };
  expect((await liveNotes({ inFlight }, record)).check).toEqual(['Its loss is not a number: val_loss from step 1']);
});

test('a job that policy ended has failed as stalled, and says why', async () => {
  await training(4);
  const digest = 'd'.repeat(64) as Sha256;
  const status = {
    reason: 'stalled',
    message: 'Stalled: no log; policy.stalled says stop.',
    exitCode: 143,
    logTail: 'epoch 1',
  };
  const at = Instant.parse('2026-11-02T10:00:00Z');
  const workflow: WorkflowRun = {
    ...{ id: 14, attempt: 1, status: 'completed', conclusion: 'failure', event: 'workflow_dispatch', path: 'x' },
    ...{ headBranch: 'trainyard/exec', headSha: base, title: 'x', createdAt: at, url: 'x' },
  };
  const workflows = {
    ...ports.workflows,
    artifacts: async () => [{ id: 1, name: 'trainyard-output', digest, size: 1, expired: false }],
    artifactFiles: async () => new Map([['status.json', Buffer.from(JSON.stringify(status))]]),
    jobs: async () => [],
  };
  await finishTraining({ ...ports, workflows }, runId(4), workflow);
  expect((await recordNow(4)).state).toMatchObject({
    state: 'failed',
    reason: 'stalled',
    message: 'Stalled: no log; policy.stalled says stop.\nepoch 1',
  });
});
