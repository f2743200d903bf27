import { describe, expect, test } from 'vitest';
import { nextRunRecord } from '../../../core/ledger/machine.ts';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { Instant } from '../../../core/names.ts';
import { logBatches, type TrackedRun, trackedRun } from '../../../core/training/tracking.ts';
import { recordOf, sha256 } from '../samples.ts';

const later = (minutes: number): Instant =>
  Instant.parse(new Date(Date.UTC(2026, 10, 2, 10, minutes)).toISOString().replace('.000Z', 'Z'));
const failed = (record: RunRecord): RunRecord => {
  const training = nextRunRecord(record, { state: 'training', workflowRun: 7 }, later(1), sha256('1'));
  const end = { state: 'failed', at: 'training', reason: 'timed_out', message: 'too long', workflowRun: 7 } as const;
  return nextRunRecord(training, end, later(9), sha256('2'));
};
const point = (metric: string, step: number, value: number) => ({ metric, step, value });
const told = (record: RunRecord, ...points: ReturnType<typeof point>[]): TrackedRun => {
  const run = trackedRun(record, points);
  if (run === null) throw new Error('it has ended');
  return run;
};

describe('what a tracking server is told of a run', () => {
  test('is nothing before it has ended', () => {
    expect(trackedRun(recordOf(), [])).toBeNull();
  });

  test('names commit, model, who asked, when its training began and ended, and why it failed', () => {
    const record = failed(recordOf());
    const run = told(record);
    expect(run).toMatchObject({ status: 'FAILED', start: Date.parse(later(1)), end: Date.parse(later(9)) });
    expect(run.tags).toEqual(
      expect.arrayContaining([
        { key: 'trainyard.run', value: record.run },
        { key: 'mlflow.source.git.commit', value: record.commit },
        { key: 'trainyard.reason', value: 'timed_out' },
      ]),
    );
  });

  test('holds of several values at one step the last, with a time that is the same when it is told again', () => {
    const run = told(failed(recordOf()), point('loss', 1, 0.9), point('loss', 1, 0.8), point('p@5', 1, 0.1));
    expect(run.metrics).toEqual([
      { key: 'loss', value: 0.8, step: 1, timestamp: run.start },
      { key: 'p_at_5', value: 0.1, step: 1, timestamp: run.start },
    ]);
  });
});

test('a tracking server is told of a resumed run without the steps that were done again', () => {
  const points = [point('loss', 1, 0.9), point('loss', 2, 0.8), point('loss', 3, 0.7)];
  const again = { ...point('loss', 2, 0.5), attempt: 2 };
  const run = trackedRun(failed(recordOf()), [...points, again]);
  expect(run?.metrics.map(({ step, value }) => [step, value])).toEqual([
    [1, 0.9],
    [2, 0.5],
  ]);
});

describe('requests to the server', () => {
  const metrics = (count: number, key = 'loss') =>
    Array.from({ length: count }, (_, step) => ({ key, value: 1, step, timestamp: 0 }));
  const texts = (count: number, value: string) => Array.from({ length: count }, (_, at) => ({ key: `k${at}`, value }));

  test.each([
    [0, []],
    [1, [1]],
    [1000, [1000]],
    [2001, [1000, 1000, 1]],
  ])('hold at most 1,000 of %i metrics each', (count, sizes) => {
    const batches = logBatches({ metrics: metrics(count), params: [], tags: [] });
    expect(batches.map((batch) => batch.metrics.length)).toEqual(sizes);
  });

  test('hold at most 100 parameters and 100 tags each, and lose none', () => {
    const batches = logBatches({ metrics: [], params: texts(101, 'x'), tags: texts(100, 'y') });
    expect(batches.map(({ params, tags }) => [params.length, tags.length])).toEqual([
      [0, 100],
      [100, 0],
      [1, 0],
    ]);
  });

  test('stay under a megabyte', () => {
    const batches = logBatches({ metrics: [], params: texts(100, '€'.repeat(6000)), tags: [] });
    expect(batches.length).toBeGreaterThan(1);
    for (const batch of batches) expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThan(1_000_000);
    expect(batches.flatMap(({ params }) => params)).toHaveLength(100);
  });
});
