import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import type { GitId, RunId } from '../../core/names.ts';
import { ephemeralLabels } from '../../core/runners/names.ts';
import { acceptRun, advanceRun, loadRun } from '../../flows/ledger.ts';
import { liveNotes } from '../../flows/live-notes.ts';
import { PortError } from '../../flows/ports.ts';
import { confirmRunnerGone, handleRunnerJob, settleRunners } from '../../flows/runner-job.ts';
import { runnerNote, runnerTrouble } from '../../flows/runner-settle.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, makeKey, recordOf, runId } from '../core/samples.ts';
import { type FakeRunners, fakeRunners, SECRET } from './fake-runners.ts';
import { type FlowPorts, flowPorts, repository } from './ports.ts';

const key = makeKey();
let world: World;
let base: GitId;
let next = 0;

let fake: FakeRunners;
let ports: FlowPorts;
let recorded: unknown[];

beforeAll(async () => {
  world = await startWorld();
  base = await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
});
beforeEach(() => {
  fake = fakeRunners();
  recorded = [];
  const steps = {
    async run<T>(_name: string, action: () => Promise<T>): Promise<T> {
      const result = await action();
      recorded.push(result);
      return result;
    },
  };
  ports = flowPorts(world, key, { runners: fake, steps });
});
afterAll(() => world.close());

/** A run in training by the workflow run of the same number, whose job waits. */
async function training(labels: (run: RunId) => readonly string[] = (run) => ephemeralLabels('kubernetes', run)) {
  next += 1;
  const run = runId(next);
  const policy = await takePolicySnapshot(ports);
  const record = recordOf({ repository, run, origin: { kind: 'branch', branch: 'main' }, commit: base });
  const order = { ...record.order, runner: [...labels(run)] };
  await acceptRun(ports, policy, { ...record, order });
  await advanceRun(ports, policy, run, { state: 'training', workflowRun: next });
  fake.jobs.set(next, { status: 'queued' });
  return { run, workflowRun: next };
}

async function recordNow(run: RunId): Promise<RunRecord> {
  const found = await loadRun(ports, await takePolicySnapshot(ports), run);
  if (found === null) throw new Error(`there is no run ${run}`);
  return found.record;
}

test('a job that waits gets one runner, however often it is told of, and its secret is recorded nowhere', async () => {
  const { run } = await training();
  expect(await handleRunnerJob(ports, run)).toMatchObject({ code: 'runner_settled' });
  await handleRunnerJob(ports, run);
  expect([...fake.machines.values()].map(({ order }) => order)).toMatchObject([{ run, repository, jitConfig: SECRET }]);
  expect(fake.registered.size).toBe(1);
  expect(JSON.stringify(recorded)).not.toContain(SECRET);
});

test.each<[string, () => Promise<RunId>]>([
  ['of no run', async () => runId(900)],
  ['of a run whose policy names labels of the team', async () => (await training(() => ['self-hosted', 'gpu'])).run],
  [
    'of a run whose record names the labels of another',
    async () => (await training(() => ephemeralLabels('kubernetes', runId(901)))).run,
  ],
  [
    'that is in another workflow run than the record names',
    async () => {
      const { run, workflowRun } = await training();
      fake.jobs.delete(workflowRun);
      fake.jobs.set(workflowRun + 500, { status: 'queued' });
      return run;
    },
  ],
  [
    'of a run that has ended',
    async () => {
      const { run, workflowRun } = await training();
      const state = { state: 'cancelled', by: 'ada', workflowRun } as const;
      await advanceRun(ports, await takePolicySnapshot(ports), run, state);
      return run;
    },
  ],
])('a job %s makes no machine', async (_what, prepare) => {
  await handleRunnerJob(ports, await prepare());
  expect([fake.machines.size, fake.registered.size]).toEqual([0, 0]);
});

test('what the provider refuses is said, with nothing left registered', async () => {
  const { run } = await training();
  fake.refuses = new PortError('malformed', "kubernetes: the namespace's quota does not allow it");
  await handleRunnerJob(ports, run);
  expect(await runnerNote(ports, run)).toMatch(/^Its runner could not be made by kubernetes[\s\S]*quota/);
  expect([fake.machines.size, fake.registered.size]).toEqual([0, 0]);
});

test('a runner that is made is told of on its check, and one that can’t be on the pull request, too', async () => {
  const { run } = await training();
  await handleRunnerJob(ports, run);
  expect([await runnerNote(ports, run), await runnerTrouble(ports, run)]).toEqual([
    'A runner is being made for it by kubernetes.',
    null,
  ]);
  const { run: other } = await training();
  fake.refuses = new PortError('malformed', "kubernetes: the namespace's quota does not allow it");
  await handleRunnerJob(ports, other);
  expect(await runnerTrouble(ports, other)).toBe(await runnerNote(ports, other));
  const { check, trouble } = await liveNotes(ports, await recordNow(other));
  expect([check, trouble].map(([line]) => line)).toEqual([
    expect.stringContaining('could not be made'),
    expect.stringContaining('could not be made'),
  ]);
});

test('trouble with a runner is told of no more once its run trains no more', async () => {
  const { run, workflowRun } = await training();
  fake.refuses = new PortError('malformed', 'the namespace has no quota left');
  await handleRunnerJob(ports, run);
  const state = { state: 'cancelled', by: 'ada', workflowRun } as const;
  await advanceRun(ports, await takePolicySnapshot(ports), run, state);
  expect(await liveNotes(ports, await recordNow(run))).toEqual({ check: [], trouble: [] });
});

test('a permission that is missing is said, and keeps nothing else from being compared', async () => {
  const { run } = await training();
  const refuse = async () => {
    throw new PortError('forbidden', 'expected the repository permission administration: write');
  };
  Object.assign(fake.registrations, { list: refuse });
  expect(await settleRunners(ports)).toEqual([]);
  expect(await runnerNote(ports, run)).toMatch(/can't be looked after: expected the repository permission/);
});

test('a provider that the App was not set up for is said', async () => {
  const { run } = await training((id) => ephemeralLabels('local', id));
  await handleRunnerJob(ports, run);
  expect(await runnerNote(ports, run)).toMatch(/expected the App to be set up for the runner provider local/);
});

test('the timer finds the job that nobody told of, and the machine that nobody needs', async () => {
  const { run, workflowRun } = await training();
  expect(await settleRunners(ports)).toEqual([expect.stringMatching(/-1 is made$/)]);
  expect(await settleRunners(ports)).toEqual([]);
  fake.jobs.set(workflowRun, { status: 'completed', runner: 'other' });
  expect(await settleRunners(ports)).toEqual([expect.stringMatching(`${run.toLowerCase()}-1: no job waits for it`)]);
  expect([fake.machines.size, fake.registered.size, await settleRunners(ports)]).toEqual([0, 0, []]);
});

test('a runner that was given the job a moment before is left alone, and so is its machine', async () => {
  const { run, workflowRun } = await training();
  await handleRunnerJob(ports, run);
  fake.jobs.set(workflowRun, { status: 'completed', runner: 'other' });
  const { get } = fake.registrations;
  Object.assign(fake.registrations, {
    get: async (id: number) => {
      const found = await get(id);
      return found === null ? null : { ...found, busy: true };
    },
  });
  await handleRunnerJob(ports, run);
  expect([fake.machines.size, fake.registered.size]).toEqual([1, 1]);
});

test('a cancelled run is confirmed gone only when its machine is', async () => {
  const { run, workflowRun } = await training();
  await handleRunnerJob(ports, run);
  fake.jobs.set(workflowRun, { status: 'completed', runner: null });
  fake.stubborn = true;
  await expect(confirmRunnerGone(ports, run)).rejects.toThrow(/not confirmed gone yet/);
  fake.stubborn = false;
  expect(await confirmRunnerGone(ports, run)).toBeNull();
});
