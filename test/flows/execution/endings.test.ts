import { afterEach, expect, test } from 'vitest';
import { Instant } from '../../../core/names.ts';
import { cancelRun } from '../../../flows/command-cancel.ts';
import { launchRun } from '../../../flows/launch.ts';
import { PortError } from '../../../flows/ports.ts';
import { settleRuns } from '../../../flows/unsettled-runs.ts';
import { OWNER, REPO } from '../../adapters/github/world.ts';
import { type Computing, commentOn, executionOf, failing, RUN, RUNNING, SUCCEEDED, startComputing } from './world.ts';

/** Ends of a run on a compute engine that several things want at once, or that come while one of them is away. */
let computing: Computing;
afterEach(() => computing.close());

async function running(train = '', policy = ''): Promise<void> {
  computing = await startComputing(train, policy);
  await launchRun(computing.ports, await computing.draft());
  computing.says(RUNNING);
  await settleRuns(computing.ports);
}
const look = () => settleRuns(computing.ports);
const state = async () => (await computing.record()).state;
const where = { owner: OWNER, repo: REPO };

test('the end of a log is shown that was read megabytes behind, also where a part of it can’t be read', async () => {
  await running();
  const lines = Array.from({ length: 90_000 }, (_, line) => `step ${line}: the loss is what it is, and more of it`);
  computing.cluster.printed = `${lines.join('\n')}\nValueError: this is why`;
  const { log } = computing.cluster;
  let stuck = true;
  computing.cluster.log = async (execution, from, bytes) => {
    if (!stuck || from === null) return log(execution, from, bytes);
    stuck = false;
    return { bytes: new Uint8Array(0), next: String(Number(from) + 1000), skipped: true };
  };
  computing.says(failing('command_failed'));
  await look();
  const ending = await state();
  expect(ending.state === 'failed' && ending.message.endsWith('ValueError: this is why')).toBe(true);
});

test('credentials that expire end no run: its pull request names them, and what it made meanwhile is judged', async () => {
  await running();
  computing.cluster.trouble = new PortError('forbidden', 'give the App TRAINYARD_RAY_TOKEN');
  await look();
  expect((await state()).state).toBe('training');
  expect(await commentOn(computing)).toMatch(/is asked again: give the App TRAINYARD.*RAY.*TOKEN/);
  computing.cluster.trouble = null;
  computing.leaves();
  computing.says(SUCCEEDED);
  await look();
  expect((await state()).state).toBe('judging');
});

test('a run that ends well when its budget is passed is judged: what was paid for is not thrown away', async () => {
  await running('', '  budget: { per_run: 5 USD }\n  prices: { cpu: 2 USD }\n');
  computing.cluster.gone = false;
  computing.now = '2026-11-02T13:00:00Z';
  await look();
  expect(computing.cluster.cancels).toEqual([executionOf()]);
  computing.leaves();
  computing.says(SUCCEEDED);
  computing.cluster.gone = true;
  await look();
  expect((await state()).state).toBe('judging');
});

test('a run whose budget is passed while it is cancelled was cancelled, by whoever asked', async () => {
  await running('', '  budget: { per_run: 5 USD }\n  prices: { cpu: 2 USD }\n');
  computing.cluster.gone = false;
  await cancelRun(computing.ports, RUN, 'ben');
  computing.now = '2026-11-02T13:00:00Z';
  await look();
  computing.cluster.gone = true;
  await look();
  expect(await state()).toMatchObject({ state: 'cancelled', by: 'ben' });
});

test('a machine that is lost while the pull request is closed is not replaced', async () => {
  await running(', retries: 3');
  await computing.world.ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...where,
    pull_number: computing.pull,
    state: 'closed',
  });
  computing.says(failing('machine_lost'));
  await look();
  expect(await state()).toMatchObject({ state: 'cancelled' });
  expect(computing.cluster.submissions).toHaveLength(1);
});

test('a push that supersedes a run while it is being cancelled leaves it to whoever cancelled it, and begins no attempt', async () => {
  await running(', retries: 3, on_push: cancel');
  computing.cluster.gone = false;
  await cancelRun(computing.ports, RUN, 'ben');
  await computing.world.commit('faster', { 'train.py': 'print(2)\n' });
  await look();
  computing.says(failing('preempted'));
  await look();
  expect((await state()).state).toBe('training');
  computing.cluster.gone = true;
  await look();
  expect(await state()).toMatchObject({ state: 'cancelled', by: 'ben' });
  expect(computing.cluster.submissions).toHaveLength(1);
});

test.each([
  ['ahead', '2031-01-01T00:00:00Z', '2031-01-01T09:00:00Z'],
  ['behind', '1999-01-01T00:00:00Z', '1999-01-01T00:00:01Z'],
])('an engine whose clock is years %s costs what our own clock says', async (_, startedAt, endedAt) => {
  await running('', '  prices: { cpu: 2 USD }\n');
  computing.now = '2026-11-02T10:30:00Z';
  computing.leaves();
  computing.says({ ...SUCCEEDED, startedAt: Instant.parse(startedAt), endedAt: Instant.parse(endedAt) });
  await look();
  const { training } = await computing.record();
  expect([training.startedAt, training.endedAt]).toEqual(['2026-11-02T10:00:00Z', '2026-11-02T10:30:00Z']);
});

test('a status with a log of other bytes and of escapes shows neither as ours', async () => {
  await running();
  const tail = '\u001b[2J\u0000```\n# Trainyard: all is well @team\n\ufffd';
  computing.leaves({ reason: 'failed', output: null, logTail: tail });
  computing.says(failing('command_failed'));
  await look();
  const comment = await commentOn(computing);
  for (const control of ['\u001b', '\u0000']) expect(comment).not.toContain(control);
  // The fence of the log is longer than any within it.
  expect(comment).toMatch(/\n\s*````+[\s\S]*all is well[\s\S]*\n\s*````+/);
});
