import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ksStatistic } from '../../../../core/data/drift/kolmogorov-smirnov.ts';
import { countNumbers } from '../../../../core/data/drift/number-counts.ts';
import { cellsQuery, droppedFor, readCellRows, sampleQuery } from '../../../../core/data/profile/cells-sql.ts';
import {
  alignNumbers,
  coarseness,
  mergeNumbers,
  sketchNumbers,
  toCounts,
} from '../../../../core/data/profile/number-sketch.ts';
import { fromOrdered, toOrdered } from '../../../../core/data/profile/ordered-bits.ts';
import { quoteNumber } from '../../../../core/data/sql/quote.ts';
import { normalFrom, randomFrom } from '../drift/digits.ts';

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
});
afterAll(() => instance.closeSync());

const number = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -9, max: 9 }));
const pairs = (values: readonly number[]): [number, number][] => values.map((value) => [value, 1]);

test('the order of the bits is the order of the numbers', () => {
  fc.assert(
    fc.property(number, number, (a, b) => {
      expect(toOrdered(a) < toOrdered(b)).toBe(a < b);
      expect(fromOrdered(toOrdered(a))).toBe(a + 0);
    }),
  );
});

test('few values are counted exactly', () => {
  const values = [3, -1.5, 3, Infinity, 0, -0, -Infinity, 5e-324];
  const sketch = sketchNumbers(pairs(values), 16);
  expect([sketch.dropped, coarseness(sketch)]).toEqual([0, 0]);
  expect(toCounts(sketch)).toEqual(countNumbers(values));
});

test('the sketch of two parts merged is the sketch of the whole, however it is split', () => {
  const values = fc.array(number, { maxLength: 80 });
  fc.assert(
    fc.property(values, values, values, fc.integer({ min: 2, max: 20 }), (a, b, c, cap) => {
      const [x, y, z] = [a, b, c].map((part) => sketchNumbers(pairs(part), cap));
      const whole = sketchNumbers(pairs([...a, ...b, ...c]), cap);
      if (x === undefined || y === undefined || z === undefined) throw new Error('expected three sketches');
      expect(mergeNumbers(mergeNumbers(x, y, cap), z, cap)).toEqual(whole);
      expect(mergeNumbers(x, mergeNumbers(z, y, cap), cap)).toEqual(whole);
      expect(whole.keys.length).toBeLessThanOrEqual(cap);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['normal', (random: () => number) => normalFrom(random)(), 0.05],
  ['uniform', (random: () => number) => random() * 100, 0.03],
  ['moments of one day', (random: () => number) => 1.7e12 + random() * 86_400_000, 0.01],
  ['incomes', (random: () => number) => Math.exp(10 + normalFrom(random)()), 0.02],
])('KS over the cells of %s values is never above and hardly below the exact one', (_what, draw, off) => {
  const random = randomFrom(5);
  const [a, b] = [0, 1].map((side) => Array.from({ length: 20_000 }, () => draw(random) * (1 + side * 0.01)));
  if (a === undefined || b === undefined) throw new Error('expected two samples');
  const [x, y] = [sketchNumbers(pairs(a), 512), sketchNumbers(pairs(b), 512)];
  const exact = ksStatistic(countNumbers(a), countNumbers(b));
  const found = ksStatistic(...alignNumbers(x, y));
  expect(found).toBeLessThanOrEqual(exact);
  expect(found).toBeGreaterThanOrEqual(exact - Math.max(coarseness(x), coarseness(y)));
  expect(coarseness(x)).toBeLessThan(off);
});

test('DuckDB counts the same cells', async () => {
  const connection = await instance.connect();
  await connection.run('CREATE OR REPLACE TABLE t (v DOUBLE)');
  const values = fc.array(fc.double(), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(values, fc.integer({ min: 2, max: 12 }), async (drawn, cap) => {
      await connection.run('DELETE FROM t');
      await connection.run(
        `INSERT INTO t VALUES (NULL), ${drawn.map((value) => `(${quoteNumber(value)})`).join(', ')}`,
      );
      const sampled = await connection.runAndReadAll(sampleQuery('t', 'v'));
      const dropped = droppedFor(
        sampled.getRows().flatMap(([value]) => (typeof value === 'number' ? [value] : [])),
        cap,
      );
      const counted = await connection.runAndReadAll(cellsQuery('t', 'v', dropped));
      const cells = readCellRows(
        counted.getRows().map(([key, count]) => [String(key), Number(count)]),
        dropped,
      );
      const finished = mergeNumbers(cells, { dropped: 0, keys: [], counts: [] }, cap);
      expect(finished).toEqual(sketchNumbers(pairs(drawn), cap));
    }),
    { numRuns: 60 },
  );
  connection.closeSync();
});
