import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { type GitId, Instant } from '../../core/names.ts';
import { finishJudging } from '../../flows/finish-judging.ts';
import { finishTraining } from '../../flows/finish-training.ts';
import { acceptRun, advanceRun, loadRun } from '../../flows/ledger.ts';
import type { WorkflowRun } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, makeKey, recordOf, runId } from '../core/samples.ts';
import { type FlowPorts, flowPorts, judging, repository } from './ports.ts';

const key = makeKey();
let world: World;
let ports: FlowPorts;
let base: GitId;
let foreign: GitId;

beforeAll(async () => {
  world = await startWorld();
  ports = flowPorts(world, key);
  base = await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
  foreign = await world.commit('trainyard/exec', { '.github/workflows/trainyard-judge.yml': 'jobs: {}\n' }, base);
});
afterAll(() => world.close());

function ended(id: number, headSha: GitId): WorkflowRun {
  const created = { attempt: 1, status: 'completed', conclusion: 'success', event: 'workflow_dispatch' } as const;
  const at = Instant.parse('2026-11-02T10:00:00Z');
  return { id, ...created, path: 'x', headBranch: 'trainyard/exec', headSha, title: 'x', createdAt: at, url: 'x' };
}

async function begun(run: number) {
  const policy = await takePolicySnapshot(ports);
  const origin = { kind: 'branch', branch: 'main' } as const;
  await acceptRun(ports, policy, recordOf({ repository, run: runId(run), origin, commit: base }));
  await advanceRun(ports, policy, runId(run), { state: 'training', workflowRun: 10 + run });
  return policy;
}

const stateOf = async (run: number) =>
  (await loadRun(ports, await takePolicySnapshot(ports), runId(run)))?.record.state;

test('training by workflow files that the default branch does not hold has failed', async () => {
  await begun(1);
  await finishTraining(ports, runId(1), ended(11, foreign));
  expect(await stateOf(1)).toMatchObject({ state: 'failed', at: 'training', reason: 'foreign_workflow' });
});

test('judgement by workflow files that the default branch does not hold is none', async () => {
  const policy = await begun(2);
  await advanceRun(ports, policy, runId(2), judging(22));
  await finishJudging(ports, runId(2), ended(22, foreign));
  expect(await stateOf(2)).toMatchObject({ state: 'failed', at: 'judging', reason: 'foreign_workflow' });
});
