import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followMetrics, METRICS_INTERVAL_MS } from '../../../actions/train/metrics-tail.ts';
import { type ProgressOptions, progressNotifier, renderedEvery } from '../../../app/ingest/progress.ts';
import { atMostEvery } from '../../../app/ingest/rate.ts';
import { RepositoryName } from '../../../core/names.ts';
import { runId } from '../../core/samples.ts';

/** Milliseconds in which what training reports is to be in the check, beside the time of requests. */
const WITHIN = 5000;
/** Milliseconds between two lines that training writes. */
const TICK = 100;
const SECONDS = 30;
const RUN = runId(1);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'live-'));
  // Time is moved by hand; files are read in their own.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(async () => {
  // In this order: what was spied on is the timer moved by hand, which must not come back for the files after this one.
  vi.restoreAllMocks();
  vi.useRealTimers();
  await rm(directory, { recursive: true, force: true });
});

/** Follows a file as a job does, with an App that renders as often as it lets itself. */
async function reported(runs: number) {
  const pauses = vi.spyOn(globalThis, 'setTimeout');
  const looks = () => pauses.mock.calls.filter(([, pause]) => pause === METRICS_INTERVAL_MS).length;
  const file = join(directory, 'metrics.jsonl');
  const [posted, shown, delays] = [new Set<number>(), new Set<number>(), [] as number[]];
  let renderings = 0;
  const render = atMostEvery(
    () => renderedEvery(runs),
    () => {
      renderings += 1;
      for (const step of posted) if (!shown.has(step)) delays.push(Date.now() - step * TICK - began);
      for (const step of posted) shown.add(step);
    },
    Date.now,
  );
  const post = async (points: readonly { readonly step: number }[]) => {
    for (const { step } of points) posted.add(step);
    render('run');
    return true;
  };
  const began = Date.now();
  const tail = followMetrics({ file, tree: directory, post, intervalMs: METRICS_INTERVAL_MS });
  const seconds = SECONDS + WITHIN / 1000;
  for (let tick = 0; tick < (seconds * 1000) / TICK; tick += 1) {
    if (tick < (SECONDS * 1000) / TICK)
      await appendFile(file, `${JSON.stringify({ step: tick, metric: 'loss', value: 1 })}\n`);
    // The next pause begins once what was there is read and posted.
    while (looks() < 1 + Math.floor((tick * TICK) / METRICS_INTERVAL_MS)) await setImmediate();
    vi.advanceTimersByTime(TICK);
  }
  await tail.stop();
  return { shown, renderings, longest: Math.max(...delays) };
}

test.each([1, 2, 3])('what training reports is rendered within five seconds where %i runs report', async (runs) => {
  const { shown, renderings, longest } = await reported(runs);
  expect(shown.size).toBe((SECONDS * 1000) / TICK);
  expect(longest).toBeLessThanOrEqual(WITHIN);
  // GitHub is written to no oftener than that needs.
  expect(renderings).toBeLessThanOrEqual(2 + ((SECONDS + WITHIN / 1000) * 1000) / renderedEvery(runs));
});

test('where more runs report, each is rendered less often, so that all together stay within 48 a minute', () => {
  for (const runs of [1, 2, 3, 10, 100]) expect((60_000 / renderedEvery(runs)) * runs).toBeLessThanOrEqual(48);
});

test('runs of another account do not slow a run down', async () => {
  const [repository, other] = ['flights/delay', 'trains/delay'].map((name) => RepositoryName.parse(name)) as [
    RepositoryName,
    RepositoryName,
  ];
  const shown: string[] = [];
  const pool = { query: async () => ({ rows: [{ installation: 1, lane: 'lane' }] }) };
  const deliveries = { enqueue: async (arrival: { repository: string }) => void shown.push(arrival.repository) };
  const notify = progressNotifier({
    // Of both, what is called here.
    pool: pool as unknown as ProgressOptions['pool'],
    deliveries: deliveries as unknown as ProgressOptions['deliveries'],
    now: Date.now,
    log: { info() {}, error() {} } as unknown as ProgressOptions['log'],
  });
  for (let run = 1; run <= 20; run += 1) notify(other, runId(run));
  notify(repository, RUN);
  notify(repository, RUN);
  await vi.advanceTimersByTimeAsync(3000);
  expect(shown.filter((name) => name === repository)).toHaveLength(2);
  // Twenty runs share 48 a minute.
  notify(other, RUN);
  notify(other, RUN);
  await vi.advanceTimersByTimeAsync(3000);
  expect(shown.filter((name) => name === other)).toHaveLength(20);
});
