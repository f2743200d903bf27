import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDrift, DRIFT_DEFAULTS, type DriftColumn } from '../../../../core/data/drift/drift.ts';
import { countNumbers, numberCounts } from '../../../../core/data/drift/number-counts.ts';
import type { ColumnSample } from '../../../../core/data/drift/sample.ts';
import { DriftResult } from '../../../../core/data/report/base.ts';
import { normalFrom, randomFrom } from './digits.ts';

const numbers = (values: readonly number[], nulls = 0): ColumnSample => ({
  kind: 'numbers',
  counts: countNumbers(values),
  nulls,
});
const categories = (counts: Record<string, number>, more: { nulls?: number; others?: number } = {}): ColumnSample => ({
  kind: 'categories',
  counts: new Map(Object.entries(counts)),
  nulls: more.nulls ?? 0,
  others: more.others ?? 0,
});
const column = (head: ColumnSample, base: ColumnSample, more: Partial<DriftColumn> = {}): DriftColumn => ({
  column: 'x',
  head,
  base,
  test: null,
  smallestEffect: null,
  ...more,
});
const only = (one: DriftColumn): DriftResult => {
  const [result] = compareDrift([one]).results;
  if (result === undefined) throw new Error('expected a result');
  return result;
};
const normals = (seed: number, count: number, shift = 0): number[] => {
  const normal = normalFrom(randomFrom(seed));
  return Array.from({ length: count }, () => normal() + shift);
};

test.each([
  ['ks', 0.5, true],
  ['ks', 0, false],
  ['wasserstein', 0.5, true],
  ['wasserstein', 0, false],
] as const)('%s of numbers moved by %s deviations: drifted is %s', (name, shift, drifted) => {
  const result = only(column(numbers(normals(1, 800, shift)), numbers(normals(2, 900)), { test: name }));
  expect(result).toMatchObject({ test: name, drifted, sizes: { head: 800, base: 900 }, correction: 'holm' });
  expect(result.statistic >= result.cutoff).toBe(drifted);
});

test.each(['chi_squared', 'jensen_shannon'] as const)('%s finds categories that changed their shares', (name) => {
  const base = categories({ a: 500, b: 500 });
  expect(only(column(categories({ a: 400, b: 600 }), base, { test: name })).drifted).toBe(true);
  expect(only(column(categories({ a: 495, b: 505 }), base, { test: name })).drifted).toBe(false);
});

test.each([
  ['a new category in each of a few rows', { b: 50 }, { a: 1_000_000 }, true],
  ['a new category in some of a few rows', { a: 40, b: 10 }, { a: 1_000_000 }, true],
  ['a category that a few rows lost', { a: 50 }, { a: 999_990, b: 10 }, false],
  ['one row of a rare category', { a: 49, b: 1 }, { a: 990_000, b: 10_000 }, false],
] as const)('%s, too few for χ², against many', (_, head, base, drifted) => {
  const result = only(column(categories(head), categories(base)));
  expect(result).toMatchObject({ test: 'chi_squared', drifted });
  expect(result.statistic >= result.cutoff).toBe(drifted);
});

const THIRDS = { a: 340_000, b: 330_000, c: 330_000 };
test.each(['chi_squared', 'jensen_shannon'] as const)(
  '%s sees a rare category beside others that are not rare',
  (name) => {
    const drift = (head: Record<string, number>, base: Record<string, number>) =>
      only(column(categories(head), categories(base), { test: name }));
    const fresh = drift({ a: 14, b: 13, c: 13, fresh: 10 }, THIRDS);
    expect(fresh).toMatchObject({ test: 'chi_squared', drifted: true, newCategories: ['fresh'] });
    expect(fresh.pValue).toBeLessThan(1e-30);
    // Where no category is rare, or none departs alone, it is the test that was asked for.
    expect(drift({ a: 17, b: 17, c: 16 }, THIRDS)).toMatchObject({ test: name, drifted: false });
    expect(drift({ a: 40, b: 5, c: 5 }, { ...THIRDS, rare: 3 })).toMatchObject({ test: name, drifted: true });
    for (const result of [fresh, drift({ a: 14, b: 18, c: 17, rare: 1 }, { ...THIRDS, rare: 30_000 })])
      expect(result.drifted).toBe(result.statistic >= result.cutoff);
  },
);

test.each([
  ['shares that moved by a point among as many rows', { a: 510_000, b: 990_000 }, { a: 500_000, b: 1_000_000 }, false],
  ['shares that moved by ten points', { a: 650_000, b: 850_000 }, { a: 500_000, b: 1_000_000 }, true],
  ['a new category of one row in two thousand', { a: 14_992, b: 8 }, { a: 1_500_000 }, false],
  ['a new category of one row in fifty', { a: 14_700, b: 300 }, { a: 1_500_000 }, true],
  ['the same beside others', { a: 7500, b: 7200, c: 8 }, { a: 750_000, b: 750_000 }, false],
] as const)('of very many rows %s, head %o and base %o: drifted is %s', (_, head, base, drifted) => {
  const result = only(column(categories(head), categories(base)));
  expect([result.drifted, result.statistic >= result.cutoff]).toEqual([drifted, drifted]);
  // Certain it is in any case.
  expect(result.pValue).toBeLessThan(1e-6);
});

test('nulls in half of a few rows are a drift of many without any', () => {
  const [head, base] = [categories({ a: 25 }, { nulls: 25 }), categories({ a: 1_000_000 })];
  const { results } = compareDrift([column(head, base)]);
  expect(results.map(({ of, drifted }) => [of, drifted])).toEqual([
    ['values', false],
    ['nulls', true],
  ]);
});

test('values that are all rare are not compared, rather than said to be alike', () => {
  const each = (from: number) =>
    categories(Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`v${at + from}`, 1])));
  for (const name of ['chi_squared', 'jensen_shannon'] as const) {
    const { results, notCompared } = compareDrift([column(each(0), each(200), { test: name })]);
    expect([results, notCompared]).toEqual([[], [expect.objectContaining({ code: 'too_many_categories' })]]);
  }
});

test('numbers that stand for categories are compared as such where it is asked', () => {
  const codes = (counts: readonly number[]): ColumnSample => numbers(counts.flatMap((n, code) => Array(n).fill(code)));
  const asked = { test: 'chi_squared' } as const;
  expect(only(column(codes([90, 10, 100]), codes([100, 100]), asked))).toMatchObject({
    drifted: true,
    newCategories: ['2'],
  });
});

test('with millions of rows a difference that does not matter is no drift, however certain it is', () => {
  const result = only(column(categories({ a: 1_010_000, b: 990_000 }), categories({ a: 1_000_000, b: 1_000_000 })));
  expect(result.pValue).toBeLessThan(1e-6);
  expect(result).toMatchObject({ drifted: false });
  expect(result.statistic).toBeLessThan(result.cutoff);
});

test('ten million numbers of which two in a hundred moved are no drift, and six in a hundred are', () => {
  const of = (moved: number): ColumnSample => ({
    kind: 'numbers',
    counts: numberCounts(
      Array.from({ length: 100 }, (_, value) => [
        value,
        100_000 + (value === 90 ? moved : 0) - (value < 20 ? moved / 20 : 0),
      ]),
    ),
    nulls: 0,
  });
  const found = only(column(of(200_000), of(0)));
  expect(found).toMatchObject({ drifted: false, cutoff: 0.05, sizes: { head: 10_000_000 } });
  expect(found.pValue).toBeLessThan(1e-12);
  expect(only(column(of(600_000), of(0))).drifted).toBe(true);
});

test('the cut-off falls with the sample sizes, down to the smallest effect that matters', () => {
  const cutoff = (size: number): number => only(column(numbers(normals(1, size)), numbers(normals(2, size)))).cutoff;
  const [few, some, many] = [cutoff(100), cutoff(1000), cutoff(50_000)];
  expect(few).toBeGreaterThan(some);
  expect(some).toBeGreaterThan(many);
  expect(many).toBe(0.05);
});

test('the more columns, the farther each must be away', () => {
  const one = column(numbers(normals(1, 300)), numbers(normals(2, 300)));
  const [alone] = compareDrift([one]).results;
  const [among] = compareDrift(Array.from({ length: 50 }, () => one)).results;
  expect(among?.cutoff).toBeGreaterThan(alone?.cutoff ?? Infinity);
});

test('new and lost categories are listed, most frequent first', () => {
  const head = categories({ kept: 90, rare: 1, fresh: 9 });
  expect(only(column(head, categories({ kept: 95, gone: 5 })))).toMatchObject({
    newCategories: ['fresh', 'rare'],
    lostCategories: ['gone'],
  });
});

test('nothing is called new where the base keeps only a part of its categories', () => {
  const head = categories({ a: 50, b: 50 });
  expect(only(column(head, categories({ a: 50 }, { others: 50 })))).toMatchObject({ newCategories: [] });
});

test('nulls that became frequent are a drift of their own', () => {
  const { results } = compareDrift([column(numbers(normals(1, 500), 500), numbers(normals(2, 990), 10))]);
  expect(results.map(({ test: name, drifted }) => [name, drifted])).toEqual([
    ['ks', false],
    ['chi_squared', true],
  ]);
});

test.each([
  ['no head', column(numbers([]), numbers([1])), 'no values to compare in the head'],
  ['only nulls in the base', column(numbers([1]), numbers([], 5)), 'no values to compare in the base'],
  ['another kind', column(numbers([1]), categories({ a: 1 })), 'the head has numbers here and the base categories'],
  ['χ² of many', column(numbers(normals(1, 1001)), numbers([2]), { test: 'chi_squared' }), 'compares categories'],
  ['infinite', column(numbers([Infinity]), numbers([2]), { test: 'wasserstein' }), 'needs finite values'],
  ['few', column(categories({ a: 1 }), categories({ a: 2 })), 'too few values'],
])('what cannot be compared is said with its reason: %s', (_what, one, reason) => {
  const { notCompared, results } = compareDrift([one]);
  expect(notCompared).toMatchObject([{ what: 'drift', column: 'x', reason: expect.stringContaining(reason) }]);
  expect(results.filter(({ test: name }) => name !== 'chi_squared')).toEqual([]);
});

test('whatever the values are, the result fits the report and agrees with its own cut-off', () => {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double(),
    fc.constantFrom(Infinity, -Infinity, -0, 5e-324),
  );
  const side = fc.oneof(
    fc.tuple(fc.array(value, { maxLength: 50 }), fc.nat(9)).map(([values, nulls]) => numbers(values, nulls)),
    fc
      .tuple(fc.dictionary(fc.string(), fc.integer({ min: 1, max: 99 })), fc.nat(9), fc.nat(9))
      .map(([counts, nulls, others]) => categories(counts, { nulls, others })),
  );
  const name = fc.constantFrom(null, 'ks', 'wasserstein', 'chi_squared', 'jensen_shannon');
  fc.assert(
    fc.property(fc.array(fc.tuple(side, side, name), { maxLength: 5 }), (sides) => {
      const { results } = compareDrift(sides.map(([head, base, test]) => column(head, base, { test })));
      for (const result of results) {
        DriftResult.parse(result);
        if (result.drifted) expect(result.statistic).toBeGreaterThanOrEqual(result.cutoff - 1e-12);
        else expect(result.statistic).toBeLessThan(result.cutoff + 1e-12);
      }
    }),
    { numRuns: 300 },
  );
});

// 200 data sets of 6 columns without drift at a level of 0.2, so that a rate too high would show: 40 ± 6 are expected at most.
test.each([
  ['ks', 60],
  ['ks', 400],
  ['wasserstein', 200],
] as const)('without drift the false alarms of %s at %s rows stay within the level over all columns', (name, size) => {
  const normal = normalFrom(randomFrom(11));
  const draw = (): ColumnSample => numbers(Array.from({ length: size }, normal));
  const one = (): DriftColumn => column(draw(), draw(), { test: name, smallestEffect: 0 });
  expect(falseAlarms(one)).toBeLessThan(60);
});

test.each([
  ['chi_squared', 150],
  ['jensen_shannon', 400],
] as const)('without drift the false alarms of %s at %s rows stay within the level over all columns', (name, size) => {
  const random = randomFrom(12);
  const draw = (): ColumnSample => {
    const counts: Record<string, number> = {};
    for (let row = 0; row < size; row += 1) {
      // Geometric shares: some categories are rare.
      const category = String(Math.floor(Math.log(1 - random()) / Math.log(0.6)));
      counts[category] = (counts[category] ?? 0) + 1;
    }
    return categories(counts);
  };
  const one = (): DriftColumn => column(draw(), draw(), { test: name, smallestEffect: 0 });
  expect(falseAlarms(one)).toBeLessThan(60);
});

function falseAlarms(one: () => DriftColumn): number {
  let alarms = 0;
  for (let round = 0; round < 200; round += 1) {
    const { results } = compareDrift(Array.from({ length: 6 }, one), { ...DRIFT_DEFAULTS, level: 0.2 });
    if (results.some(({ drifted }) => drifted)) alarms += 1;
  }
  return alarms;
}
