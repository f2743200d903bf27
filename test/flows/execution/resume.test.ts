import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { attemptWords, toldAttempt } from '../../../core/training/told-attempt.ts';
import { resumeProblem } from '../../../flows/earlier-checkpoint.ts';
import { launchRun } from '../../../flows/launch.ts';
import { settleRuns } from '../../../flows/unsettled-runs.ts';
import { runId } from '../../core/samples.ts';
import { type Computing, commentOn, failing, RUN, RUNNING, SUCCEEDED, startComputing } from './world.ts';

/** A run that failed on its engine and had saved a checkpoint, and one that goes on with that. */
let computing: Computing;
afterEach(() => computing.close());
beforeEach(async () => {
  computing = await startComputing(', retries: 1');
  await launchRun(computing.ports, await computing.draft());
  computing.shelf.objects.set(`${RUN}/checkpoint.tar`, Buffer.from('step 40'));
  computing.says(failing('command_failed'));
  await settleRuns(computing.ports);
});

const resumed = async () => ({ ...(await computing.draft(2)), resumes: RUN });
const submitted = () => computing.cluster.submissions.filter(({ run }) => run === runId(2));

test('a run goes on with the last checkpoint of the one that it names, and keeps its own', async () => {
  expect(await launchRun(computing.ports, await resumed())).toMatchObject({ kind: 'launched' });
  const [{ store } = { store: null }] = submitted();
  expect(store?.restore).toMatchObject({ method: 'GET', url: expect.stringContaining(`/${RUN}/checkpoint.tar`) });
  expect(store?.checkpoint?.url).toContain(`/${runId(2)}/checkpoint.tar`);
  expect((await computing.record(2)).resumes).toBe(RUN);
});

test.each([
  ['its own checkpoint where it has saved one', true, runId(2)],
  ['that of the run that it names where it has not', false, RUN],
])('its next attempt begins with %s', async (_, saved, from) => {
  await launchRun(computing.ports, await resumed());
  if (saved) computing.shelf.objects.set(`${runId(2)}/checkpoint.tar`, Buffer.from('step 50'));
  computing.cluster.observations.set(submitted()[0]?.execution ?? '', failing('machine_lost'));
  await settleRuns(computing.ports);
  expect(submitted()[1]?.store.restore?.url).toContain(`/${from}/checkpoint.tar`);
});

test('a run that went on with another one’s checkpoint says whose', async () => {
  await launchRun(computing.ports, await resumed());
  expect((await computing.record(2)).state).toMatchObject({ execution: { attempt: 1, restores: RUN } });
  const told = toldAttempt(1, RUN, { resumed: { attempt: 1, step: null, bytes: 9 }, notes: [] });
  expect(told && attemptWords(told, runId(2))).toEqual([
    `Attempt 1 went on from the last checkpoint of run ${RUN} (9 bytes).`,
  ]);
});

test('a run without such a checkpoint fails before its engine is asked', async () => {
  computing.shelf.objects.delete(`${RUN}/checkpoint.tar`);
  expect(await launchRun(computing.ports, await resumed())).toMatchObject({
    kind: 'not_launched',
    message: expect.stringContaining('left no checkpoint'),
  });
  expect(submitted()).toEqual([]);
});

test.each<[string, (record: RunRecord) => Partial<RunRecord>]>([
  ['other inputs', ({ fingerprint }) => ({ fingerprint: { ...fingerprint, source: fingerprint.request } })],
  ['another request', ({ fingerprint }) => ({ fingerprint: { ...fingerprint, request: fingerprint.source } })],
  ['a fork', () => ({ trust: 'fork' })],
  ['a run that goes on', () => ({ state: { state: 'training', workflowRun: null } })],
  ['a run on a runner', ({ order }) => ({ order: { ...order, request: { ...order.request, engine: 'runner' } } })],
])('the checkpoint of %s is refused', async (_, change) => {
  const record = await computing.record();
  expect(resumeProblem(record, record)).toBeNull();
  expect(resumeProblem(record, { ...record, ...change(record) })).toContain('can’t be gone on with');
});

describe('an attempt', () => {
  beforeEach(async () => {
    await computing.close();
    computing = await startComputing(', retries: 1');
    await launchRun(computing.ports, await computing.draft());
  });
  const shown = () => computing.checks.findLast(({ name }) => name === 'trainyard / train: delay')?.summary ?? '';

  test('says which attempt it was, what that went on from, and what of its checkpoints went wrong', async () => {
    computing.shelf.objects.set(`${RUN}/checkpoint.tar`, Buffer.from('step 40'));
    computing.says(failing('machine_lost'));
    await settleRuns(computing.ports);
    expect((await computing.record()).state).toMatchObject({ execution: { attempt: 2, restores: RUN } });
    computing.says(RUNNING, 2);
    await settleRuns(computing.ports);
    expect(shown()).toContain('attempt 2, given the last checkpoint');
    const note = { code: 'checkpoint_not_saved', message: 'a link\n@team **there**' } as const;
    computing.leaves({ attempt: 2, resumed: { attempt: 1, step: null, bytes: 7 }, notes: [note] }, 2);
    computing.says(SUCCEEDED, 2);
    await settleRuns(computing.ports);
    expect((await computing.record()).state).toMatchObject({
      state: 'judging',
      told: { attempt: 2, resumed: { run: RUN, bytes: 7 }, notes: [{ ...note, message: 'a link @team **there**' }] },
    });
    for (const text of [shown(), await commentOn(computing)]) {
      expect(text).toContain('Attempt 2 went on from its own last checkpoint (7 bytes)');
      expect(text).toContain('A checkpoint could not be kept');
      expect(text).not.toContain('**there**');
    }
  });

  test('that failed says so, too, before the end of its log', async () => {
    const note = { code: 'checkpoint_not_restored', message: 'bad magic' } as const;
    computing.leaves({ reason: 'failed', output: null, notes: [note] });
    computing.says(failing('command_failed'));
    await settleRuns(computing.ports);
    const { state } = await computing.record();
    expect(state.state === 'failed' && state.message.split('\n')).toEqual([
      expect.stringMatching(/could not be restored, so training began at its beginning\. bad magic$/),
      'epoch 1',
      'epoch 2',
    ]);
  });
});
