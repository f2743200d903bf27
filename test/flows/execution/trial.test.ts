import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Instant } from '../../../core/names.ts';
import { cancelRun } from '../../../flows/command-cancel.ts';
import { requireCompute } from '../../../flows/compute.ts';
import { sightLines } from '../../../flows/execution-sight.ts';
import { finishTraining } from '../../../flows/finish-training.ts';
import { launchRun } from '../../../flows/launch.ts';
import { type Compute, PortError, type Ports, type WorkflowArtifact, type WorkflowRun } from '../../../flows/ports.ts';
import { sha256 } from '../../core/samples.ts';
import { type Computing, executionOf, RUN, startComputing } from './world.ts';

/** The trial on a sample of a run that a compute engine is to train: a workflow run in which no job trains. */
const TRIAL = 77;
type Job = Awaited<ReturnType<Ports['workflows']['jobs']>>[number];

let computing: Computing;
let ports: Ports;
let jobs: Job[];
let artifacts: WorkflowArtifact[];
afterEach(() => computing.close());

async function launched(engine?: Compute['engine']): Promise<void> {
  computing = await startComputing(', smoke: { rows: 10 }');
  jobs = [];
  artifacts = [];
  ports = {
    ...computing.ports,
    compute: { ...requireCompute(computing.ports), ...(engine === undefined ? {} : { engine }) },
    workflows: { ...computing.ports.workflows, jobs: async () => jobs, artifacts: async () => artifacts },
  };
  await launchRun(ports, await computing.draft());
}

const job = (name: string, conclusion: string): Job => ({ name, status: 'completed', conclusion, url: 'https://x' });

async function ended(conclusion: string): Promise<WorkflowRun> {
  const headSha = await computing.world.ports.source.branchHead('main');
  if (headSha === null) throw new Error('there is no branch main');
  const how = { attempt: 1, status: 'completed', event: 'workflow_dispatch', headBranch: 'main', title: 'x' } as const;
  return {
    id: TRIAL,
    ...how,
    conclusion,
    path: 'x',
    headSha,
    createdAt: Instant.parse(computing.now),
    url: 'https://x',
  };
}

const finish = async (conclusion: string) => finishTraining(ports, RUN, await ended(conclusion));

describe('a run that is to be tried on a sample', () => {
  beforeEach(() => launched());

  test('is tried in a workflow run, and nothing is asked of its engine meanwhile', async () => {
    const record = await computing.record();
    expect(record.state).toEqual({ state: 'training', workflowRun: TRIAL });
    // What an hour of the engine costs is not owed for it.
    expect(record.training).toEqual({ startedAt: null, endedAt: null });
    expect(sightLines(record, null)).toEqual(['Tried on a sample first, in a job, before ray is asked']);
    expect([computing.cluster.submissions, computing.shelf.objects.size]).toEqual([[], 0]);
  });

  test('goes to its engine once the trial has passed', async () => {
    jobs = [job('train / fetch', 'success'), job('train / smoke', 'success'), job('train / train', 'skipped')];
    computing.now = '2026-11-02T10:05:00Z';
    expect(await finish('success')).toMatchObject({ code: 'run_accepted', message: expect.stringContaining('passed') });
    const record = await computing.record();
    expect(record.state).toMatchObject({ state: 'training', workflowRun: null, execution: { id: executionOf() } });
    expect(record.training.startedAt).toBe('2026-11-02T10:05:00Z');
    expect(computing.cluster.submissions).toHaveLength(1);
  });

  test('goes there once, although the end of the trial is told twice', async () => {
    jobs = [job('smoke', 'success')];
    await finish('success');
    expect(await finish('success')).toMatchObject({ code: 'ignored' });
    expect(computing.cluster.submissions).toHaveLength(1);
  });

  test.each([
    ['without such a job', []],
    ['in which it was skipped', [job('smoke', 'skipped')]],
    ['in which a job of another name passed', [job('no smoke here', 'success')]],
  ])('does not pass by a workflow run %s', async (_, found) => {
    jobs = found;
    expect(await finish('success')).toMatchObject({ code: 'run_failed' });
    expect((await computing.record()).state).toMatchObject({ state: 'failed', at: 'training', reason: 'smoke_failed' });
    expect(computing.cluster.submissions).toEqual([]);
  });

  test('has failed with what the trial said', async () => {
    jobs = [job('smoke', 'failure')];
    artifacts = [{ id: 4, name: 'trainyard-output', digest: sha256('archive'), size: 10, expired: false }];
    const status = { reason: 'smoke_failed', exitCode: 1, logTail: 'no column "delay"' };
    const artifactFiles = async () => new Map([['status.json', Buffer.from(JSON.stringify(status))]]);
    ports = { ...ports, workflows: { ...ports.workflows, artifactFiles } };
    await finish('failure');
    const { state } = await computing.record();
    expect(state).toMatchObject({ state: 'failed', reason: 'smoke_failed' });
    expect(state).toMatchObject({ message: expect.stringContaining('no column "delay"') });
    expect(computing.cluster.submissions).toEqual([]);
  });

  test('and is cancelled meanwhile does not go to its engine, even where the trial has passed', async () => {
    await cancelRun(ports, RUN, 'ada');
    jobs = [job('smoke', 'success')];
    await finish('success');
    expect((await computing.record()).state).toMatchObject({ state: 'cancelled', by: 'ada' });
    expect(computing.cluster.submissions).toEqual([]);
  });

  test('and is stopped for a budget meanwhile does not go to its engine, although the trial has passed before its end came', async () => {
    const stop = { reason: 'budget_passed', message: 'policy.budget.per_month is passed' };
    await ports.inFlight.putProgress(`stop ${RUN}`, JSON.stringify(stop));
    jobs = [job('smoke', 'success')];
    await finish('success');
    expect((await computing.record()).state).toMatchObject({
      state: 'failed',
      reason: 'budget_passed',
      message: expect.stringContaining('per_month'),
    });
    expect(computing.cluster.submissions).toEqual([]);
  });

  test('waits for an engine that is away, with its trial behind it', async () => {
    jobs = [job('smoke', 'success')];
    computing.cluster.trouble = new PortError('unavailable', 'connection refused');
    await expect(finish('success')).rejects.toThrow('connection refused');
    expect((await computing.record()).state).toEqual({ state: 'accepted', tried: TRIAL });
    computing.cluster.trouble = null;
    await launchRun(ports, await computing.draft());
    expect(computing.cluster.submissions).toHaveLength(1);
  });
});

test('what the App holds no credentials for is refused before it is tried', async () => {
  const refused: Compute['engine'] = async () => {
    throw new PortError('forbidden', 'the App was given no such cluster');
  };
  await launched(refused);
  const { state } = await computing.record();
  expect(state).toMatchObject({ state: 'failed', at: 'dispatch', reason: 'forbidden', workflowRun: null });
});
