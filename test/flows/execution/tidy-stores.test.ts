import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunId } from '../../../core/names.ts';
import { requireCompute } from '../../../flows/compute.ts';
import { launchRun } from '../../../flows/launch.ts';
import { acceptRun, advanceRun, closeRun } from '../../../flows/ledger.ts';
import { PortError, type Ports } from '../../../flows/ports.ts';
import { takePolicySnapshot } from '../../../flows/snapshot.ts';
import { tidyStores } from '../../../flows/tidy-stores.ts';
import { settleRuns } from '../../../flows/unsettled-runs.ts';
import { OWNER, REPO } from '../../adapters/github/world.ts';
import { runId } from '../../core/samples.ts';
import { judged, memory } from '../ports.ts';
import { type Computing, cluster, executionOf, failing, RUN, SUCCEEDED, startComputing } from './world.ts';

let computing: Computing;
afterEach(() => computing.close());

const tidy = (ports: Ports = computing.ports) => tidyStores(ports);
const objects = () => [...computing.shelf.objects.keys()].sort();
const hours = (count: number) => `2026-11-02T${String(10 + count).padStart(2, '0')}:30:00Z`;

async function closePull(): Promise<void> {
  const at = { owner: OWNER, repo: REPO, pull_number: computing.pull };
  await computing.world.ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, state: 'closed' });
}

/** Trained in its second attempt, judged, and in the ledger. */
async function judgedRun(store?: string): Promise<void> {
  computing = await startComputing(', retries: 1', '', store === undefined ? {} : { store });
  await launchRun(computing.ports, await computing.draft());
  computing.says(failing('machine_lost'));
  computing.shelf.objects.set(`${RUN}/checkpoint.tar`, Buffer.from('step 5'));
  await settleRuns(computing.ports);
  computing.leaves();
  computing.leaves({}, 2);
  computing.says(SUCCEEDED, 2);
  await settleRuns(computing.ports);
  const { state } = await computing.record();
  if (state.state !== 'judging') throw new Error(`the run is ${state.state}`);
  const { output, order, trainRun, workflowRun } = state;
  const policy = await takePolicySnapshot(computing.ports);
  await advanceRun(computing.ports, policy, RUN, { ...judged(1), output, order, trainRun, judgeRun: workflowRun });
  await closeRun(computing.ports, policy, RUN, 'ada');
}

describe('what a judged run has left', () => {
  test('stays while its pull request is open', async () => {
    await judgedRun();
    const before = objects();
    expect(await tidy()).toEqual([]);
    expect(objects()).toEqual(before);
    expect(computing.cluster.forgotten).toEqual([]);
  });

  test('is taken away with its pull request, all but the output that it was judged by', async () => {
    await judgedRun();
    await closePull();
    expect(await tidy()).toEqual([`run ${RUN}: its inputs, checkpoints and logs on ray are taken away`]);
    expect(objects()).toEqual([`${RUN}/attempt-2/output.tar`]);
    expect(computing.cluster.forgotten).toEqual([executionOf(1), executionOf(2)]);
  });

  test('is looked for once an hour, and taken away once', async () => {
    await judgedRun();
    expect(await tidy()).toEqual([]);
    await closePull();
    expect(await tidy()).toEqual([]);
    computing.now = hours(1);
    expect(await tidy()).toHaveLength(1);
    computing.now = hours(3);
    expect(await tidy()).toEqual([]);
    expect(computing.cluster.forgotten).toHaveLength(2);
  });

  test('is taken away again without harm where nobody remembers that it was', async () => {
    await judgedRun();
    await closePull();
    await tidy();
    await tidy({ ...computing.ports, inFlight: memory() });
    expect(objects()).toEqual([`${RUN}/attempt-2/output.tar`]);
  });

  test('goes as a whole after policy.store.keep, also from an open pull request', async () => {
    await judgedRun('{ s3: { bucket: team-runs }, keep: 2d }');
    computing.now = '2026-11-04T09:59:59Z';
    expect(await tidy()).toEqual([]);
    computing.now = '2026-11-04T11:00:00Z';
    expect(await tidy()).toEqual([`run ${RUN}: all that it left on ray are taken away`]);
    expect(objects()).toEqual([]);
  });

  test('and loses its output later, where it was kept at first', async () => {
    await judgedRun('{ s3: { bucket: team-runs }, keep: 2d }');
    await closePull();
    await tidy();
    expect(objects()).toHaveLength(1);
    computing.now = '2026-11-05T10:00:00Z';
    await tidy();
    expect(objects()).toEqual([]);
  });
});

describe('an output that is judged again after policy.store.keep', () => {
  const AGAIN = runId(2);

  beforeEach(async () => {
    await judgedRun('{ s3: { bucket: team-runs }, keep: 2d }');
    computing.now = '2026-11-04T09:00:00Z';
    const policy = await takePolicySnapshot(computing.ports);
    const draft = { ...(await computing.draft(2)), evaluates: RUN };
    await acceptRun(computing.ports, policy, draft);
  });

  test('stays while that goes on', async () => {
    computing.now = '2026-11-09T10:00:00Z';
    expect(await tidy()).toEqual([]);
    expect(objects()).toContain(`${RUN}/attempt-2/output.tar`);
  });

  test('and stays as long again after its end', async () => {
    const policy = await takePolicySnapshot(computing.ports);
    const [first, { state }] = [await computing.record(), await computing.record(2)];
    if (first.state.state !== 'judged' || state.state !== 'accepted') throw new Error('expected one to judge anew');
    const { output, order, trainRun } = first.state;
    await advanceRun(computing.ports, policy, AGAIN, { state: 'judging', trainRun, output, order, workflowRun: 9 });
    await advanceRun(computing.ports, policy, AGAIN, { ...judged(2), output, order, trainRun, judgeRun: 9 });
    await closeRun(computing.ports, policy, AGAIN, 'ada');
    computing.now = '2026-11-06T08:59:59Z';
    expect(await tidy()).toEqual([]);
    computing.now = '2026-11-06T10:00:00Z';
    expect(await tidy()).toEqual([`run ${RUN}: all that it left on ray are taken away`]);
    expect(objects()).toEqual([]);
  });
});

describe('what is remembered of what was taken away', () => {
  test('is an entry for each run, as long as one word', async () => {
    await judgedRun();
    await closePull();
    await tidy();
    expect(await computing.ports.inFlight.progressBelow('tidied ')).toEqual({
      [`tidied ${RUN}`]: 'rest',
      'tidied at': computing.now,
    });
    expect(await computing.ports.inFlight.progress('tidied')).toBeNull();
  });

  test.each(['rest', 'left'])('counts as an earlier version left it in one entry: %s', async (word) => {
    await judgedRun();
    await closePull();
    await computing.ports.inFlight.putProgress('tidied', JSON.stringify({ [RUN]: word }));
    expect(await tidy()).toEqual([]);
  });

  test.each(['no JSON', '{"x":"everything"}'])('is nothing where that entry is %j', async (text) => {
    await judgedRun();
    await closePull();
    await computing.ports.inFlight.putProgress('tidied', text);
    expect(await tidy()).toHaveLength(1);
  });
});

describe('a store or a cluster', () => {
  beforeEach(async () => {
    await judgedRun();
    await closePull();
  });

  test.each([
    ['is away', new PortError('unavailable', 'connection refused')],
    ['lets nobody in', new PortError('forbidden', 'the token has expired')],
  ])('that %s is asked again', async (_, trouble) => {
    computing.cluster.trouble = trouble;
    expect(await tidy()).toEqual([`run ${RUN}: what it left can’t be taken away now: ${trouble.message}`]);
    computing.cluster.trouble = null;
    computing.now = hours(2);
    expect(await tidy()).toHaveLength(1);
    expect(computing.cluster.forgotten).toEqual([executionOf(1), executionOf(2)]);
  });

  test('that can’t be asked at all is told of once', async () => {
    computing.cluster.trouble = new PortError('malformed', 'no such address');
    expect(await tidy()).toEqual([`run ${RUN}: what it left stays where it is: no such address`]);
    computing.now = hours(2);
    expect(await tidy()).toEqual([]);
  });
});

test('a run that goes on loses nothing, also where its pull request is closed', async () => {
  computing = await startComputing();
  await launchRun(computing.ports, await computing.draft());
  await closePull();
  expect(await tidy()).toEqual([]);
  expect(objects()).toEqual([`${RUN}/inputs.tar`]);
});

test('a cluster that is away keeps nothing waiting that another has', async () => {
  computing = await startComputing();
  const other = cluster();
  const engine = async (name: string) => (name === 'kubernetes' ? other : computing.cluster);
  const ports = { ...computing.ports, compute: { ...requireCompute(computing.ports), engine } };
  for (const [run, name] of [
    [1, 'ray'],
    [2, 'kubernetes'],
  ] as const) {
    const draft = await computing.draft(run);
    const request = { ...draft.order.request, engine: name };
    await launchRun(ports, { ...draft, order: { ...draft.order, request } });
    const at = name === 'ray' ? computing.cluster : other;
    at.observations.set(`trainyard-${runId(run).toLowerCase()}-1`, failing('command_failed'));
  }
  await settleRuns(ports);
  await closePull();
  computing.cluster.trouble = new PortError('unavailable', 'connection refused');
  expect(await tidy(ports)).toEqual([
    `run ${RUN}: what it left can’t be taken away now: connection refused`,
    `run ${runId(2)}: its inputs, checkpoints and logs on kubernetes are taken away`,
  ]);
  // Neither is asked again before the next look.
  expect(await tidy(ports)).toEqual([]);
});

test('of many runs ten are done at a turn, the oldest first', async () => {
  computing = await startComputing('', '  concurrency: 64\n');
  const runs: RunId[] = [];
  for (let run = 1; run <= 12; run += 1) {
    await launchRun(computing.ports, await computing.draft(run));
    computing.cluster.observations.set(`trainyard-${runId(run).toLowerCase()}-1`, failing('command_failed'));
    runs.push(runId(run));
  }
  await settleRuns(computing.ports);
  await closePull();
  const named = (said: readonly string[]) => said.map((line) => line.slice(4, 30));
  expect(named(await tidy())).toEqual(runs.slice(0, 10));
  expect(named(await tidy())).toEqual(runs.slice(10));
  expect(objects()).toEqual([]);
});
