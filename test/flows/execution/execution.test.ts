import { afterEach, describe, expect, test } from 'vitest';
import { Instant } from '../../../core/names.ts';
import type { LiveNote } from '../../../core/training/stall.ts';
import { cancelRun } from '../../../flows/command-cancel.ts';
import { launchRun } from '../../../flows/launch.ts';
import { keepLiveNote } from '../../../flows/live-note.ts';
import { type Compute, PortError, type Ports } from '../../../flows/ports.ts';
import { handlePullRequest } from '../../../flows/pull-request.ts';
import { settleRuns } from '../../../flows/unsettled-runs.ts';
import { OWNER, REPO } from '../../adapters/github/world.ts';
import { ENVIRONMENT } from '../../core/samples.ts';
import {
  type Computing,
  ended,
  executionOf,
  failing,
  filesIn,
  RUN,
  RUNNING,
  SUCCEEDED,
  sha256,
  startComputing,
} from './world.ts';

let computing: Computing;
afterEach(() => computing.close());

async function launched(train = '', policy = ''): Promise<void> {
  computing = await startComputing(train, policy);
  expect(await launchRun(computing.ports, await computing.draft())).toEqual({ kind: 'launched', run: RUN });
}

const look = () => settleRuns(computing.ports);
const lastCheck = () => computing.checks.findLast(({ name }) => name === 'trainyard / train: delay');

describe('launching on a compute engine', () => {
  test('submits the declared inputs, by digest, with addresses of the run’s own prefix alone', async () => {
    await launched();
    const [submission] = computing.cluster.submissions;
    expect(submission?.execution).toBe(executionOf());
    const tar = computing.shelf.objects.get(`${RUN}/inputs.tar`) ?? Buffer.alloc(0);
    expect(filesIn(tar)).toEqual(['src/model.py', 'train.py']);
    expect(submission?.store.inputs?.sha256).toBe(sha256(tar));
    const { inputs, output, status, checkpoint, restore } = submission?.store ?? {};
    expect(restore).toBeNull();
    for (const address of [inputs, output, status, checkpoint]) expect(address?.url).toContain(`/${RUN}/`);
    expect((await computing.record()).state).toEqual({
      state: 'training',
      workflowRun: null,
      execution: { engine: 'ray', id: executionOf(), attempt: 1 },
    });
  });

  test('twice, as after a crash in between, starts one execution', async () => {
    await launched();
    await launchRun(computing.ports, await computing.draft());
    expect(computing.cluster.submissions).toHaveLength(1);
  });

  test('fails the run at once where the engine says that it is impossible', async () => {
    computing = await startComputing();
    computing.cluster.trouble = new PortError('malformed', 'no machine has 4096 GPUs');
    const said = await launchRun(computing.ports, await computing.draft());
    expect(said).toMatchObject({ kind: 'not_launched', message: expect.stringContaining('no machine has 4096 GPUs') });
    expect((await computing.record()).state).toMatchObject({ state: 'failed', at: 'dispatch', reason: 'malformed' });
  });

  test('is left to be repeated where the engine can’t be reached', async () => {
    computing = await startComputing();
    computing.cluster.trouble = new PortError('unavailable', 'connection refused');
    await expect(launchRun(computing.ports, await computing.draft())).rejects.toThrow('connection refused');
    expect((await computing.record()).state.state).toBe('accepted');
  });

  test('is refused to forks', async () => {
    computing = await startComputing();
    await expect(computing.draft(1, 'fork')).rejects.toThrow('forks train on runners alone');
  });

  test('needs the App', async () => {
    computing = await startComputing();
    const { compute: _, ...ports } = computing.ports;
    const said = await launchRun(ports, await computing.draft());
    expect(said).toMatchObject({ kind: 'not_launched', message: expect.stringContaining('need the App') });
  });

  test('refuses a timeout that outlives every address of the store', async () => {
    computing = await startComputing();
    const draft = await computing.draft();
    const said = await launchRun(computing.ports, { ...draft, order: { ...draft.order, timeout: 7 * 86_400 } });
    expect(said).toMatchObject({ kind: 'not_launched', message: expect.stringContaining('at most 6 days') });
  });
});

describe('a run on a compute engine', () => {
  test('says on its check why it waits, and then that it runs', async () => {
    await launched();
    await look();
    expect(lastCheck()?.title).toMatch(/^Waiting for its machine/);
    expect(lastCheck()?.summary).toContain('0/3 nodes have enough GPUs');
    computing.says(RUNNING);
    await look();
    expect(lastCheck()?.title).toMatch(/^Training/);
    expect(lastCheck()?.summary).toMatch(new RegExp(`Running \\(since 2026-11-02T10:.*\\) on ray as ${executionOf()}`));
  });

  test('is not shown again while nothing changes', async () => {
    await launched();
    await look();
    const before = computing.checks.length;
    expect(await look()).toEqual([]);
    expect(computing.checks).toHaveLength(before);
  });

  test('gets another check before GitHub calls the first one stale', async () => {
    await launched();
    computing.now = '2026-11-16T10:00:00Z';
    await look();
    expect(lastCheck()).toMatchObject({ externalId: 'train delay renewed 1', status: 'in_progress' });
  });

  test('is judged by the digest that it claims, through an address that is good for a short time', async () => {
    await launched();
    const output = computing.leaves();
    computing.says(SUCCEEDED);
    await look();
    const { state } = await computing.record();
    const stored = {
      store: 'run',
      run: RUN,
      name: 'attempt-1/output.tar',
      sha256: sha256(output),
      size: output.length,
    };
    expect(state).toMatchObject({ state: 'judging', trainRun: null, output: stored, workflowRun: 501 });
    const [inputs] = computing.dispatched;
    expect(inputs).toMatchObject({ train_run: '0', artifact_id: '0', artifact_digest: sha256(output) });
    expect(JSON.parse(inputs?.['stored_output'] ?? '')).toEqual({
      url: `https://store.example.com/${RUN}/attempt-1/output.tar?for=7200`,
      headers: {},
      size: output.length,
    });
  });

  test('has in its record what its machine said that it was trained with', async () => {
    await launched();
    computing.leaves({ environment: ENVIRONMENT });
    computing.says(SUCCEEDED);
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'judging', environment: ENVIRONMENT });
  });

  test('has there the image that the engine itself says, whatever its machine said', async () => {
    await launched();
    computing.leaves({ environment: { ...ENVIRONMENT, image: 'said by the machine' } });
    const image = `team/train@sha256:${'a'.repeat(64)}`;
    computing.says({ ...SUCCEEDED, image });
    await look();
    expect((await computing.record()).state).toMatchObject({ environment: { ...ENVIRONMENT, image } });
  });

  test.each([
    ['it left nothing', () => computing.shelf.objects.clear(), 'no_output'],
    [
      'its status is no JSON',
      () => void computing.shelf.objects.set(`${RUN}/attempt-1/status.json`, Buffer.from('{')),
      'no_output',
    ],
    ['its status names no output', () => void computing.leaves({ output: null }), 'no_output'],
    [
      'the store holds another size',
      () => void computing.shelf.objects.set(`${RUN}/attempt-1/output.tar`, Buffer.from('x')),
      'output_invalid',
    ],
  ])('fails where %s', async (_what, damage, reason) => {
    await launched();
    computing.leaves();
    damage();
    computing.says(SUCCEEDED);
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'failed', at: 'training', reason });
  });

  test('that failed by its own doing is not tried again, and shows the end of its log', async () => {
    await launched();
    computing.leaves({ logTail: 'Traceback\nValueError: no', output: null });
    computing.says(failing('command_failed'));
    await look();
    const { state } = await computing.record();
    expect(state).toMatchObject({ state: 'failed', reason: 'command_failed' });
    expect(state.state === 'failed' && state.message).toContain('ValueError: no');
    expect(computing.cluster.submissions).toHaveLength(1);
  });

  test('that lost its machine goes on in a further attempt, from the last checkpoint', async () => {
    await launched();
    computing.shelf.objects.set(`${RUN}/checkpoint.tar`, Buffer.from('weights'));
    computing.says(failing('preempted'));
    await look();
    expect((await computing.record()).state).toMatchObject({ execution: { id: executionOf(2), attempt: 2 } });
    const [, second] = computing.cluster.submissions;
    expect(second?.store.restore?.url).toContain(`${RUN}/checkpoint.tar`);
    expect(second?.store.output.url).toContain('attempt-2/output.tar');
    expect(computing.cluster.cancels).toEqual([executionOf(1)]);
  });

  test('that the engine no longer knows has lost its machine', async () => {
    await launched();
    computing.cluster.observations.delete(executionOf());
    await look();
    expect((await computing.record()).state).toMatchObject({ execution: { attempt: 2 } });
  });

  test('is not begun again beside what is left of the attempt before', async () => {
    await launched();
    computing.cluster.gone = false;
    computing.says(failing('machine_lost'));
    await look();
    expect(computing.cluster.submissions).toHaveLength(1);
    expect((await computing.record()).state).toMatchObject({ state: 'training', execution: { attempt: 1 } });
  });

  test('is tried again as often as the model says, and no more', async () => {
    await launched(', retries: 1');
    computing.says(failing('machine_lost'));
    await look();
    computing.says(failing('machine_lost'), 2);
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'machine_lost' });
    expect(computing.cluster.submissions).toHaveLength(2);
  });

  test.each([
    ['  spot_fallback: true\n', false],
    ['', true],
  ])('takes dearer machines in its last attempt where policy allows it (%j)', async (policy, spot) => {
    await launched(', retries: 1, resources: { spot: true }', policy);
    computing.says(failing('preempted'));
    await look();
    expect(computing.cluster.submissions.map(({ order }) => order.request.resources.spot)).toEqual([true, spot]);
  });

  test('goes on while its cluster can’t be reached, and its check says so', async () => {
    await launched();
    computing.cluster.trouble = new PortError('unavailable', 'connection refused');
    await look();
    expect((await computing.record()).state.state).toBe('training');
    expect(lastCheck()?.summary).toContain('connection refused');
  });

  test('that somebody stopped on the engine has failed, and was not cancelled by us', async () => {
    await launched();
    computing.says(ended({ how: 'cancelled' }));
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'stopped_elsewhere' });
  });
});

describe('ending a run on a compute engine', () => {
  test('reports it cancelled once its compute is gone', async () => {
    await launched();
    expect(await cancelRun(computing.ports, RUN, 'bob')).toMatchObject({ stopping: false });
    expect((await computing.record()).state).toEqual({ state: 'cancelled', by: 'bob', workflowRun: null });
  });

  test('says that it is being stopped until then', async () => {
    await launched();
    computing.says(RUNNING);
    computing.cluster.gone = false;
    expect(await cancelRun(computing.ports, RUN, 'bob')).toMatchObject({ stopping: true });
    await look();
    expect((await computing.record()).state.state).toBe('training');
    computing.cluster.gone = true;
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'cancelled', by: 'bob' });
  });

  test('loses nothing of one that ended well before', async () => {
    await launched();
    computing.cluster.gone = false;
    await cancelRun(computing.ports, RUN, 'bob');
    computing.leaves();
    computing.says(SUCCEEDED);
    await look();
    expect((await computing.record()).state.state).toBe('judging');
  });

  test('closing the pull request ends it', async () => {
    await launched();
    await close();
    await tellPull('closed');
    expect((await computing.record()).state).toMatchObject({ state: 'cancelled', by: 'ada' });
  });

  test('closing the pull request ends it also where nobody told of it', async () => {
    await launched();
    await close();
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'cancelled', by: computing.ports.self });
  });

  test('leaves no further attempt behind that was begun meanwhile', async () => {
    await launched();
    computing.says(failing('machine_lost'));
    const { compute, ...rest } = computing.ports;
    const submitting: Ports = {
      ...rest,
      compute: {
        ...compute,
        engine: async () => ({
          ...computing.cluster,
          async submit(submission) {
            await computing.cluster.submit(submission);
            await cancelRun(computing.ports, RUN, 'bob');
          },
        }),
      } as Compute,
    };
    await settleRuns(submitting);
    expect((await computing.record()).state).toMatchObject({ state: 'cancelled', by: 'bob' });
    expect(computing.cluster.cancels).toContain(executionOf(2));
  });

  test.each([
    [', on_push: cancel', 'cancelled'],
    ['', 'training'],
  ])('a push ends it only where the model says so (%j)', async (train, state) => {
    await launched(train);
    const { head } = await computing.ports.pulls.get(computing.pull);
    await computing.world.commit('faster', { 'train.py': 'print(2)\n' }, head.sha);
    await tellPull('synchronize');
    expect((await computing.record()).state.state).toBe(state);
  });

  test('its budget ends it, and it says what it has cost', async () => {
    await launched('', '  budget: { per_run: 5 USD }\n  prices: { cpu: 2 USD }\n');
    computing.says(RUNNING);
    computing.now = '2026-11-02T13:00:00Z';
    await look();
    const { state } = await computing.record();
    expect(state).toMatchObject({ state: 'failed', reason: 'budget_passed' });
    expect(state.state === 'failed' && state.message).toContain('it has cost 6.00 USD');
  });

  test('its timeout ends it where the engine did not', async () => {
    computing = await startComputing('', '', { timeout: '5m' });
    await launchRun(computing.ports, await computing.draft());
    computing.says(RUNNING);
    for (const minute of ['00', '05', '10', '15', '20']) {
      computing.now = `2026-11-02T10:${minute}:00Z`;
      await look();
    }
    expect((await computing.record()).state.state).toBe('training');
    computing.now = '2026-11-02T10:21:00Z';
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'timed_out' });
    expect(computing.cluster.cancels).toEqual([executionOf()]);
  });

  test('a clock that was set, or time in which nobody looked, is not taken for its timeout', async () => {
    await launched();
    computing.says(RUNNING);
    for (const now of ['2026-11-02T10:00:00Z', '2026-11-03T10:00:00Z', '2026-11-02T10:05:00Z']) {
      computing.now = now;
      await look();
    }
    expect((await computing.record()).state.state).toBe('training');
  });
});

describe('a run that shows no sign of life', () => {
  async function silent(policy: string): Promise<void> {
    await launched(', stall: 10m', policy);
    computing.says(RUNNING);
    computing.cluster.printed = 'epoch 1\n';
    for (const minute of ['00', '04', '08', '11']) {
      computing.now = `2026-11-02T10:${minute}:00Z`;
      await look();
    }
  }

  test('is flagged on its check', async () => {
    await silent('');
    expect((await computing.record()).state.state).toBe('training');
    expect(lastCheck()?.summary).toContain(
      'Stalled: no log, metric or checkpoint came for 11 min (train.stall: 10 min)',
    );
  });

  test('is stopped where policy says so', async () => {
    await silent('  stalled: stop\n');
    expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'stalled' });
  });

  test('is flagged for GPUs that do nothing while its log goes on, until they work', async () => {
    await launched(', stall: 10m');
    const idle = async (gpuUse: number | null, now: string) => {
      computing.says({ state: 'running', startedAt: null, gpuUse });
      computing.now = now;
      computing.cluster.printed += `waiting at ${now}\n`;
      await look();
      return lastCheck()?.summary ?? '';
    };
    expect(await idle(0, '2026-11-02T10:00:00Z')).not.toContain('Stalled');
    for (const minute of ['04', '08']) await idle(0, `2026-11-02T10:${minute}:00Z`);
    expect(await idle(0, '2026-11-02T10:11:00Z')).toContain('Stalled: its GPUs have been at 0 % for 11 min');
    expect(await idle(0.4, '2026-11-02T10:12:00Z')).not.toContain('Stalled');
    // An engine that can’t tell says nothing of idling.
    expect(await idle(null, '2026-11-02T10:30:00Z')).not.toContain('Stalled');
  });

  test.each([
    ['a clock that was set forward', '2026-11-02T11:00:00Z'],
    ['a clock that was set back', '2026-11-01T10:00:00Z'],
  ])('is not flagged, and not stopped, for %s while it ran', async (_, jumped) => {
    await launched(', stall: 10m', '  stalled: stop\n');
    computing.cluster.printed = 'epoch 1\n';
    computing.says({ state: 'running', startedAt: null, gpuUse: 0 });
    for (const now of ['2026-11-02T10:00:00Z', '2026-11-02T10:04:00Z', jumped]) {
      computing.now = now;
      await look();
    }
    expect(lastCheck()?.summary).not.toContain('Stalled');
    expect((await computing.record()).state.state).toBe('training');
    computing.now = jumped.replace('00:00', '04:00');
    await look();
    computing.now = jumped.replace('00:00', '08:00');
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'stalled' });
  });

  test('is flagged for GPUs that its own machine says do nothing, and not by what that said long ago', async () => {
    await launched(', stall: 10m');
    computing.says(RUNNING);
    const told = async (now: string, note: LiveNote | null) => {
      computing.now = now;
      computing.cluster.printed += `waiting at ${now}\n`;
      if (note !== null) await keepLiveNote(computing.ports, RUN, note, Instant.parse(now));
      await look();
      return lastCheck()?.summary ?? '';
    };
    for (const minute of ['00', '04', '08']) await told(`2026-11-02T10:${minute}:00Z`, { gpu_use: 0 });
    expect(await told('2026-11-02T10:11:00Z', { gpu_use: 0 })).toContain('its GPUs have been at 0 % for 11 min');
    expect(await told('2026-11-02T10:17:00Z', null)).not.toContain('Stalled');
  });

  test('is flagged for a loss that is not a number among its metrics, and stopped where policy says so', async () => {
    await launched('', '  stalled: stop\n');
    computing.says(RUNNING);
    const points = [0.5, Number.NaN].map((value, step) => ({ metric: 'loss', step, value }));
    computing.ports.inFlight.stepMetrics = async () => points;
    await look();
    expect((await computing.record()).state).toMatchObject({
      state: 'failed',
      reason: 'stalled',
      message: expect.stringContaining('Its loss is not a number: loss from step 1; policy.stalled says stop'),
    });
  });

  test('is not stopped for a loss that an attempt before has lost', async () => {
    await launched('', '  stalled: stop\n');
    computing.says(failing('machine_lost'));
    await look();
    computing.says(RUNNING, 2);
    computing.ports.inFlight.stepMetrics = async () => [{ metric: 'loss', step: 1, value: Number.NaN }];
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'training', execution: { attempt: 2 } });
    computing.ports.inFlight.stepMetrics = async () => [{ metric: 'loss', step: 1, value: Number.NaN, attempt: 2 }];
    await look();
    expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'stalled' });
  });

  test('is no longer flagged once its log goes on', async () => {
    await silent('');
    computing.cluster.printed += 'epoch 2\n';
    await look();
    expect(lastCheck()?.summary).not.toContain('Stalled');
  });

  test('is flagged for a loss that is no number megabytes behind what was read, until its log goes on without one', async () => {
    await launched();
    computing.says(RUNNING);
    const { log } = computing.cluster;
    computing.cluster.log = async (execution, from, bytes) => {
      const { next, bytes: all, ...piece } = await log(execution, from, bytes);
      return {
        ...piece,
        bytes: all.subarray(0, bytes),
        next: String(Math.min(Number(next), Number(from ?? 0) + bytes)),
      };
    };
    computing.cluster.printed = `${'epoch 1 acc=0.5\n'.repeat(600_000)}loss=nan\n`;
    await look();
    expect(lastCheck()?.summary).toContain('the loss is not a number');
    await look();
    expect(lastCheck()?.summary).toContain('the loss is not a number');
    computing.cluster.printed += 'loss=0.5\n';
    await look();
    expect(lastCheck()?.summary).not.toContain('the loss is not a number');
  });

  test('is flagged for a loss that is no number, also where two looks see half of its line each', async () => {
    await launched();
    computing.says(RUNNING);
    computing.cluster.printed = 'epoch 3 train_lo';
    await look();
    expect(lastCheck()?.summary).not.toContain('not a number');
    computing.cluster.printed += 'ss=NaN acc=0.1\n';
    await look();
    expect(lastCheck()?.summary).toContain('the loss is not a number');
  });
});

async function close(): Promise<void> {
  await computing.world.ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
    owner: OWNER,
    repo: REPO,
    pull_number: computing.pull,
    state: 'closed',
  });
}

async function tellPull(action: 'closed' | 'synchronize'): Promise<void> {
  const { head } = await computing.ports.pulls.get(computing.pull);
  await handlePullRequest(computing.ports, {
    action,
    number: computing.pull,
    sha: head.sha,
    headRepository: null,
    at: Instant.parse('2026-11-02T10:00:00Z'),
    sender: 'ada',
  });
}
