import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import { type GitId, Instant, type RunId } from '../../core/names.ts';
import { finishTraining } from '../../flows/finish-training.ts';
import { acceptRun, advanceRun, loadRun } from '../../flows/ledger.ts';
import type { Ports, WorkflowArtifact, WorkflowRun } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, makeKey, recordOf, runId, sha256 } from '../core/samples.ts';
import { type FlowPorts, flowPorts, repository } from './ports.ts';

const key = makeKey();
let world: World;
let base: GitId;
beforeAll(async () => {
  world = await startWorld();
  base = await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
});
afterAll(() => world.close());

let submitted: RunRecord[];
let artifacts: Map<number, WorkflowArtifact[]>;
let ports: FlowPorts;
let count = 0;
let run: RunId;
beforeEach(async () => {
  count += 1;
  run = runId(count);
  submitted = [];
  artifacts = new Map();
  const plain = flowPorts(world, key);
  const engine: Ports['engine'] = {
    ...plain.engine,
    furtherAttempts: true,
    submit: async (record) => {
      submitted.push(record);
      return { workflowRun: 100 * count + submitted.length + 1 };
    },
  };
  const workflows: Ports['workflows'] = {
    ...plain.workflows,
    syncExecutionRef: async () => base,
    artifacts: async (id) => artifacts.get(id) ?? [],
    jobs: async () => [],
  };
  ports = { ...plain, engine, workflows };
  const policy = await takePolicySnapshot(ports);
  const origin = { kind: 'branch', branch: 'main' } as const;
  await acceptRun(
    ports,
    policy,
    recordOf({ repository, run, origin, commit: base, policy: { commit: base, digest: sha256('policy') } }),
  );
  await advanceRun(ports, policy, run, { state: 'training', workflowRun: workflowRun(1) });
});

const workflowRun = (attempt: number): number => 100 * count + attempt;
const artifact = (name: string, id: number): WorkflowArtifact => {
  return { id, name, digest: sha256(name), size: 10, expired: false };
};
const checkpoint = (attempt: number, sequence: number): WorkflowArtifact =>
  artifact(`trainyard-checkpoint-${attempt}-${String(sequence).padStart(6, '0')}`, 10 * attempt + sequence);

function ended(id: number): WorkflowRun {
  const how = { attempt: 1, status: 'completed', conclusion: 'failure', event: 'workflow_dispatch' } as const;
  const createdAt = Instant.parse('2026-11-02T10:00:00Z');
  return { id, ...how, path: 'x', headBranch: 'main', headSha: base, title: 'x', createdAt, url: 'https://x' };
}

const record = async () => (await loadRun(ports, await takePolicySnapshot(ports), run))?.record;

test('a run that lost its runner goes on in a further workflow run, from its last checkpoint', async () => {
  artifacts.set(workflowRun(1), [checkpoint(1, 1), checkpoint(1, 2)]);
  const outcome = await finishTraining(ports, run, ended(workflowRun(1)));
  expect(outcome.code).toBe('run_accepted');
  const save = { runId: workflowRun(1), id: 12, digest: checkpoint(1, 2).digest };
  const lost = { workflowRun: workflowRun(1), attempt: 1, checkpoint: save };
  expect(submitted.map(({ state }) => state)).toEqual([{ state: 'accepted', lost }]);
  const now = await record();
  expect(now?.state).toEqual({ state: 'training', workflowRun: workflowRun(2), lost });
  // The cost of the first attempt is not forgotten.
  expect(now?.training.endedAt).toBeNull();
  expect(now?.training.startedAt).not.toBeNull();
});

test('what is told of the lost workflow run again changes nothing', async () => {
  artifacts.set(workflowRun(1), [checkpoint(1, 1)]);
  await finishTraining(ports, run, ended(workflowRun(1)));
  const again = await finishTraining(ports, run, ended(workflowRun(1)));
  expect(again.code).toBe('ignored');
  expect(submitted).toHaveLength(1);
});

test('it is tried as often as the config allows, and then has failed', async () => {
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    artifacts.set(workflowRun(attempt), [checkpoint(attempt, 1)]);
    await finishTraining(ports, run, ended(workflowRun(attempt)));
  }
  expect(submitted).toHaveLength(3);
  expect((await record())?.state).toMatchObject({
    state: 'failed',
    reason: 'machine_lost',
    workflowRun: workflowRun(4),
  });
});

test.each([
  ['that left its status', () => [checkpoint(1, 1), artifact('trainyard-output', 5)]],
  ['that had saved nothing', () => []],
])('training %s is not tried again', async (_what, left) => {
  artifacts.set(workflowRun(1), left());
  await finishTraining(ports, run, ended(workflowRun(1)));
  expect(submitted).toEqual([]);
  expect((await record())?.state).toMatchObject({ state: 'failed', at: 'training' });
});

test('a run that somebody asked to cancel is not tried again', async () => {
  artifacts.set(workflowRun(1), [checkpoint(1, 1)]);
  await ports.inFlight.putProgress(`cancel ${run}`, 'grace');
  await finishTraining(ports, run, ended(workflowRun(1)));
  expect((await record())?.state).toEqual({ state: 'cancelled', by: 'grace', workflowRun: workflowRun(1) });
});

test('where nothing is dispatched, a lost runner is the end', async () => {
  artifacts.set(workflowRun(1), [checkpoint(1, 1)]);
  const { furtherAttempts: _none, ...engine } = ports.engine;
  await finishTraining({ ...ports, engine }, run, ended(workflowRun(1)));
  expect((await record())?.state).toMatchObject({ state: 'failed', reason: 'machine_lost' });
});
