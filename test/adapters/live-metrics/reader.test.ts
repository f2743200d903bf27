import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { IngestQueue } from '../../../adapters/live-metrics/ingest.ts';
import { MetricsReader } from '../../../adapters/live-metrics/reader.ts';
import { parseStepMetrics, type StepMetric } from '../../../core/evaluation/metrics.ts';
import { MetricName } from '../../../core/names.ts';

const base = mkdtempSync(join(tmpdir(), 'trainyard-metrics-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let file = '';
let count = 0;
beforeEach(() => {
  count += 1;
  file = join(base, `metrics-${count}.jsonl`);
  writeFileSync(file, '');
});

const line = (step: number, metric = 'loss'): string => `{"step":${step},"metric":"${metric}","value":0.5}\n`;
const written = (path: string): string => {
  writeFileSync(path, line(9));
  return path;
};
const point = (step: number): StepMetric => ({ step, metric: MetricName.parse('loss'), value: 0.5 });
const steps = (points: readonly StepMetric[]): number[] => points.map(({ step }) => step);

test('lines are read once, and only when they are whole', async () => {
  const reader = new MetricsReader(file);
  appendFileSync(file, line(1) + line(2).slice(0, 10));
  expect(steps(await reader.next())).toEqual([1]);
  expect(steps(await reader.next())).toEqual([]);
  appendFileSync(file, line(2).slice(10));
  expect(steps(await reader.next())).toEqual([2]);
});

test('a last line without its end counts when nothing writes any more', async () => {
  appendFileSync(file, line(1).trimEnd());
  const reader = new MetricsReader(file);
  expect(steps(await reader.next())).toEqual([]);
  expect(steps(await reader.next(true))).toEqual([1]);
});

test.each([
  ['replaced by another', () => renameSync(written(`${file}.new`), file)],
  ['shortened and begun anew', () => written(file)],
])('a file that is %s is read from its beginning', async (_what, change) => {
  const reader = new MetricsReader(file);
  appendFileSync(file, line(1) + line(2));
  await reader.next();
  change();
  expect(steps(await reader.next())).toEqual([9]);
});

test('a file that became a link is not followed', async () => {
  const reader = new MetricsReader(file);
  writeFileSync(join(base, 'elsewhere'), line(7));
  rmSync(file);
  symlinkSync(join(base, 'elsewhere'), file);
  expect(await reader.next(true)).toEqual([]);
});

test.each([
  ['a value that is none', '{"step":1,"metric":"loss","value":nan}', /not JSON/],
  ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x80]), /not JSON/],
  ['a line of 5,000 characters', 'x'.repeat(5000), /longer than/],
  ['another shape', '{"step":-1}', /step/],
])('%s is counted and told, and the lines around it are read', async (_what, bad, problem) => {
  appendFileSync(file, Buffer.concat([Buffer.from(line(1)), Buffer.from(bad), Buffer.from(`\n${line(2)}`)]));
  const reader = new MetricsReader(file);
  expect(steps(await reader.next())).toEqual([1, 2]);
  expect(reader.trouble).toMatchObject({ lines: 1, problem: expect.stringMatching(problem), skipped: 0 });
});

test('of a flood only the end is read, and how much was stepped over is told', async () => {
  const lines = Array.from({ length: 60_000 }, (_line, step) => line(step)).join('');
  appendFileSync(file, lines);
  const reader = new MetricsReader(file);
  const points = await reader.next();
  expect(points.at(-1)?.step).toBe(59_999);
  expect(reader.trouble.lines).toBe(0);
  // What was read and what was stepped over is all there is: nothing twice, nothing silently lost.
  const read = points.reduce((sum, { step }) => sum + line(step).length, 0);
  expect(read + reader.trouble.skipped).toBe(lines.length);
  expect(read).toBeLessThanOrEqual(1 << 19);
});

test('a line without end is stepped over', async () => {
  const reader = new MetricsReader(file);
  appendFileSync(file, 'x'.repeat(1 << 20));
  expect(await reader.next()).toEqual([]);
  appendFileSync(file, `\n${line(3)}`);
  expect(steps(await reader.next())).toEqual([3]);
});

test('whatever the file holds, reading it ends and gives what parses', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), async (pieces) => {
      writeFileSync(file, Buffer.concat(pieces));
      const points = await new MetricsReader(file).next(true);
      expect(points).toEqual(parseStepMetrics(Buffer.concat(pieces)).points);
    }),
    { numRuns: 100 },
  );
});

test('a long training has its end sent, too, within what the App takes', async () => {
  const sent: StepMetric[] = [];
  const queue = new IngestQueue(async (points) => {
    sent.push(...points);
    return true;
  });
  for (let step = 0; step < 1_000_000; step += 1) {
    queue.add(point(step));
    if (queue.waiting === 400) await queue.send();
  }
  await queue.send();
  expect(sent.length).toBeLessThanOrEqual(5000);
  expect(sent.at(-1)?.step).toBeGreaterThan(900_000);
});

test('what could not be sent is sent again, and what was refused is not', async () => {
  const answers = [false, true];
  const sent: number[][] = [];
  const queue = new IngestQueue(async (points) => {
    sent.push(steps(points));
    return answers.shift() ?? true;
  });
  queue.add(point(1));
  await queue.send();
  queue.add(point(2));
  await queue.send();
  await queue.send();
  expect(sent).toEqual([[1], [1, 2]]);
});
