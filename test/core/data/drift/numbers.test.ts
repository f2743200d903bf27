import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ksStatistic, ksTest } from '../../../../core/data/drift/kolmogorov-smirnov.ts';
import { countNumbers, numberCounts } from '../../../../core/data/drift/number-counts.ts';
import { wassersteinDistance, wassersteinTest } from '../../../../core/data/drift/wasserstein.ts';
import { expectDigits, normalFrom, randomFrom } from './digits.ts';

const A = [1, 2, 2, 3, 3, 3, 4, 9, 12, 12, 15];
const B = [0, 2, 3, 5, 5, 6, 7, 9, 9, 11, 13, 14, 20];
const C = Array.from({ length: 31 }, (_, i) => ((i * 7) % 31) + 0.5);
const D = Array.from({ length: 27 }, (_, i) => i * 1.37 + 3);

// scipy 1.17.1: ks_2samp(a, b, method='exact'); its p-value knows no ties, so only the second pair, without any, has one here.
test('the KS statistic and the exact p-value agree with scipy', () => {
  expectDigits(ksStatistic(countNumbers(A), countNumbers(B)), 0.40559440559440557, 14);
  const { statistic, pValue } = ksTest(countNumbers(C), countNumbers(D));
  expectDigits(statistic, 0.23655913978494625, 14);
  expectDigits(pValue, 0.32943147909607656, 12);
});

// scipy 1.17.1: wasserstein_distance(a, b)
test('the Wasserstein distance agrees with scipy', () => {
  expectDigits(wassersteinDistance(countNumbers(A), countNumbers(B)), 2.265734265734265, 14);
  expectDigits(wassersteinDistance(countNumbers(C), countNumbers(D)), 5.31, 14);
});

test('the exact p-value with ties is the share of all splits of the pooled sample that lie as far apart', () => {
  const pooled = [1, 1, 2, 2, 2, 3, 4, 4, 4, 5];
  const size = 4;
  const observed = ksTest(countNumbers(pooled.slice(0, size)), countNumbers(pooled.slice(size)));
  let [as, all] = [0, 0];
  for (let bits = 0; bits < 2 ** pooled.length; bits += 1) {
    const left = pooled.filter((_, index) => (bits >> index) & 1);
    if (left.length !== size) continue;
    const right = pooled.filter((_, index) => !((bits >> index) & 1));
    all += 1;
    if (ksStatistic(countNumbers(left), countNumbers(right)) > observed.statistic - 1e-9) as += 1;
  }
  expectDigits(observed.pValue, as / all, 12);
});

const sample = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true })), {
  minLength: 1,
  maxLength: 60,
});

test('a distance reaches the cut-off exactly if its p-value reaches the level', () => {
  fc.assert(
    fc.property(sample, sample, fc.constantFrom(0.3, 0.05, 0.001), (a, b, level) => {
      const { statistic, pValue, cutoffAt } = ksTest(countNumbers(a), countNumbers(b));
      expect(statistic >= cutoffAt(level) - 1e-12).toBe(pValue <= level);
    }),
    { numRuns: 100 },
  );
});

test('the statistics are symmetric, zero for equal samples, and do not change with repeated rows', () => {
  const finite = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(finite, finite, (x, y) => {
      const [a, b] = [countNumbers(x), countNumbers(y)];
      const thrice = countNumbers([...x, ...x, ...x]);
      expect(ksStatistic(a, b)).toBe(ksStatistic(b, a));
      expect(ksStatistic(a, thrice)).toBeCloseTo(0, 12);
      expect(ksStatistic(thrice, b)).toBeCloseTo(ksStatistic(a, b), 12);
      expect(wassersteinDistance(a, b)).toBeCloseTo(wassersteinDistance(b, a), 6);
      expect(wassersteinDistance(thrice, b)).toBeCloseTo(wassersteinDistance(a, b), 4);
    }),
    { numRuns: 100 },
  );
});

test('the Wasserstein test in standard deviations does not depend on unit and origin', () => {
  const normal = normalFrom(randomFrom(4));
  const [x, y] = [Array.from({ length: 300 }, normal), Array.from({ length: 200 }, () => normal() + 0.2)];
  const move = (value: number): number => value * 1e-3 + 1700;
  const [plain, moved] = [
    wassersteinTest(countNumbers(x), countNumbers(y)),
    wassersteinTest(countNumbers(x.map(move)), countNumbers(y.map(move))),
  ];
  expectDigits(moved.statistic, plain.statistic, 8);
  expectDigits(moved.pValue, plain.pValue, 6);
});

test.each([
  ['nothing against nothing', [], []],
  ['nothing against something', [], [1, 2]],
  ['one value against itself', [3], [3]],
  ['one constant against another of few rows', [1, 1], [2, 2]],
])('%s is no drift', (_what, x, y) => {
  const [a, b] = [countNumbers(x), countNumbers(y)];
  expect(ksTest(a, b).pValue).toBeGreaterThan(0.3);
  expect(wassersteinTest(a, b).pValue).toBeGreaterThan(0.01);
});

test('infinities are values like others for KS', () => {
  const a = countNumbers([-Infinity, 0, 1, Infinity]);
  expect(ksStatistic(a, countNumbers([-Infinity, -Infinity, -Infinity, Infinity]))).toBe(0.5);
});

test('counts are sorted and put together, NaN is left out, −0 is 0', () => {
  const { values, counts, total } = numberCounts([
    [2, 1],
    [-0, 4],
    [Number.NaN, 9],
    [2, 3],
    [0, 1],
    [-7, 2],
  ]);
  expect([[...values].map((value) => value + 0), [...counts], total]).toEqual([[-7, 0, 2], [2, 5, 4], 11]);
});
