import { afterEach, beforeEach, expect, test } from 'vitest';
import { Instant } from '../../../core/names.ts';
import { finishTraining } from '../../../flows/finish-training.ts';
import { launchRun } from '../../../flows/launch.ts';
import { acceptRun } from '../../../flows/ledger.ts';
import type { Ports, WorkflowRun } from '../../../flows/ports.ts';
import { showPullRequest } from '../../../flows/show.ts';
import { takePolicySnapshot } from '../../../flows/snapshot.ts';
import { settleRuns } from '../../../flows/unsettled-runs.ts';
import { runId } from '../../core/samples.ts';
import { type Computing, commentOn, RUN, RUNNING, startComputing } from './world.ts';

const PRICED = '  prices: { cpu: 2 USD }\n';
let computing: Computing;
afterEach(() => computing.close());

const comment = () => commentOn(computing);

test.each([
  ['per_run', 'it has cost 6.00 USD'],
  ['per_pull_request', `what counts for pull request`],
  ['per_user_month', 'what counts for ada in 2026-11 has cost 6.00 USD'],
  ['per_month', 'what counts for 2026-11 has cost 6.00 USD'],
])('a run on an engine is ended once %s is passed, and the pull request says so', async (budget, words) => {
  computing = await startComputing('', `  budget: { ${budget}: 5 USD }\n${PRICED}`);
  await launchRun(computing.ports, await computing.draft());
  computing.says(RUNNING);
  computing.now = '2026-11-02T13:00:00Z';
  await settleRuns(computing.ports);
  const { state } = await computing.record();
  expect(state).toMatchObject({ state: 'failed', reason: 'budget_passed' });
  expect(state.state === 'failed' && state.message).toContain(words);
  expect((await comment()).replaceAll('\\', '')).toContain(`and policy.budget.${budget} is 5 USD`);
});

test('what other runs have cost ends a run that alone would fit', async () => {
  computing = await startComputing('', `  budget: { per_month: 8 USD }\n  concurrency: 3\n${PRICED}`);
  for (const run of [1, 2]) await launchRun(computing.ports, await computing.draft(run));
  computing.says(RUNNING);
  computing.now = '2026-11-02T11:00:00Z';
  await settleRuns(computing.ports);
  expect((await computing.record()).state.state).toBe('training');
  computing.now = '2026-11-02T12:10:00Z';
  await settleRuns(computing.ports);
  expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'budget_passed' });
});

test('a run of the month before does not count against this one', async () => {
  computing = await startComputing('', `  budget: { per_month: 5 USD }\n${PRICED}`);
  computing.now = '2026-10-31T10:00:00Z';
  await launchRun(computing.ports, await computing.draft(2));
  computing.now = '2026-11-02T10:00:00Z';
  await launchRun(computing.ports, await computing.draft());
  computing.says(RUNNING);
  await settleRuns(computing.ports);
  expect((await computing.record(2)).state).toMatchObject({ state: 'failed', reason: 'budget_passed' });
  expect((await computing.record()).state.state).toBe('training');
});

test.each([
  ['a budget', 'budget: { per_month: 5 USD }', 'budget_exceeded', /may cost 4 USD, .*1 USD is left.*ask for it again/],
  [
    '`concurrency`',
    'concurrency: 1',
    'concurrency_reached',
    /policy.concurrency is 1, .* beside this one are 1.*ask for it again/,
  ],
])(
  'of two runs that were decided at the same time, only as many begin as %s has room for',
  async (_, policy, reason, said) => {
    computing = await startComputing('', `  ${policy}\n${PRICED}`);
    const drafts = [await computing.draft(1), await computing.draft(2)];
    const at = await takePolicySnapshot(computing.ports);
    // Both commands fitted when they were decided; the first to look finds that the other was accepted, too.
    for (const draft of drafts) await acceptRun(computing.ports, at, draft);
    const ends = [];
    for (const draft of drafts) ends.push(await launchRun(computing.ports, draft));
    expect(ends.map(({ kind }) => kind)).toEqual(['not_launched', 'launched']);
    expect((await computing.record(1)).state).toMatchObject({ state: 'failed', at: 'dispatch', reason });
    expect(ends[0]).toMatchObject({ message: expect.stringMatching(said) });
    expect(computing.cluster.submissions.map(({ run }) => run)).toEqual([runId(2)]);
  },
);

test.each([
  ['words', 'policy.budget.per_run is 5 USD', 'not_launched', 'failed'],
  ['a number', 1, 'launched', 'training'],
])('%s that an earlier version has left for whether there is room is understood', async (_, left, kind, state) => {
  computing = await startComputing('', PRICED);
  const { run } = computing.ports.steps;
  computing.ports.steps.run = async (name, work) => {
    const now = await run(name, work);
    // The database holds what another version has left, of whatever type.
    return name.startsWith('accept ') ? (left as typeof now) : now;
  };
  expect(await launchRun(computing.ports, await computing.draft())).toMatchObject({ kind });
  expect((await computing.record()).state.state).toBe(state);
});

/** A run that trains in the job of a workflow run, which goes on. */
const going: WorkflowRun = {
  id: 77,
  attempt: 1,
  path: '.github/workflows/trainyard-train.yml',
  headBranch: 'main',
  headSha: 'a'.repeat(40) as WorkflowRun['headSha'],
  title: 'train',
  createdAt: Instant.parse('2026-11-02T10:00:00Z'),
  url: 'https://github.example.com/run/77',
  event: 'workflow_dispatch',
  status: 'in_progress',
  conclusion: null,
};
let cancels: number[];
let ports: Ports;
beforeEach(() => {
  cancels = [];
});

async function inAJob(policy: string): Promise<void> {
  computing = await startComputing('', policy);
  const cancel = async (id: number) => {
    cancels.push(id);
    return 'stopping' as const;
  };
  ports = {
    ...computing.ports,
    workflows: { ...computing.ports.workflows, run: async () => going, artifacts: async () => [] },
    engine: { ...computing.ports.engine, cancel },
  };
  const draft = await computing.draft();
  const order = { ...draft.order, request: { ...draft.order.request, engine: 'runner' as const } };
  await launchRun(ports, { ...draft, order });
}

test('a run in a workflow job is asked to end once a budget is passed, and the pull request says why', async () => {
  await inAJob(`  budget: { per_month: 5 USD }\n${PRICED}`);
  await settleRuns(ports);
  expect(cancels).toEqual([]);
  computing.now = '2026-11-02T13:00:00Z';
  await settleRuns(ports);
  expect(cancels).toEqual([77]);
  expect((await computing.record()).state.state).toBe('training');
  expect(await comment()).toMatch(/It is being stopped: what counts for 2026-11 has cost 6\.00 USD/);
});

test.each([
  [
    'has failed by its budget once its job is gone',
    null,
    { state: 'failed', reason: 'budget_passed', workflowRun: 77 },
  ],
  ['was cancelled where somebody asked for that first', 'bob', { state: 'cancelled', by: 'bob' }],
])('a run in a workflow job %s', async (_what, canceller, state) => {
  await inAJob(`  budget: { per_month: 5 USD }\n${PRICED}`);
  if (canceller !== null) await ports.inFlight.putProgress(`cancel ${RUN}`, canceller);
  computing.now = '2026-11-02T13:00:00Z';
  await settleRuns(ports);
  const { commit: headSha } = await takePolicySnapshot(ports);
  await finishTraining(ports, RUN, { ...going, headSha, status: 'completed', conclusion: 'cancelled' });
  expect((await computing.record()).state).toMatchObject(state);
});

test('a stalled run is told of on the pull request, and no longer once it goes on', async () => {
  computing = await startComputing(', stall: 10m');
  await launchRun(computing.ports, await computing.draft());
  computing.says(RUNNING);
  await settleRuns(computing.ports);
  await showPullRequest(computing.ports, computing.pull);
  expect(await comment()).not.toContain('Stalled');
  for (const minute of ['04', '08', '11']) {
    computing.now = `2026-11-02T10:${minute}:00Z`;
    await settleRuns(computing.ports);
  }
  expect(await comment()).toContain('Stalled: no log, metric or checkpoint came for 11 min');
  computing.cluster.printed += 'epoch 2\n';
  await settleRuns(computing.ports);
  expect(await comment()).not.toContain('Stalled');
});
