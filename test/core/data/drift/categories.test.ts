import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  chiSquaredStatistic,
  chiSquaredTest,
  contingency,
  jensenShannonDivergence,
  jensenShannonTest,
  poolRare,
  totals,
} from '../../../../core/data/drift/categories.ts';
import { rarestTest, upperTail } from '../../../../core/data/drift/rare-categories.ts';
import { expectDigits } from './digits.ts';

const P = new Map([
  ['a', 10],
  ['b', 20],
  ['c', 30],
  ['d', 40],
]);
const Q = new Map([
  ['a', 12],
  ['b', 10],
  ['c', 50],
  ['d', 8],
]);

// scipy 1.17.1: chi2_contingency([p, q], correction=False)
test('χ² and its p-value agree with scipy', () => {
  const { statistic, pValue } = chiSquaredTest(P, Q);
  expectDigits(statistic, 27.971590909090903, 13);
  expectDigits(pValue ?? 0, 3.682247845650377e-6, 11);
});

// scipy 1.17.1: jensenshannon(p, q, base=2). Of ten times the rows, so that no category is rare.
test('the Jensen-Shannon distance agrees with scipy', () => {
  const tenfold = (side: typeof P) => new Map([...side].map(([name, count]) => [name, 10 * count]));
  expectDigits(jensenShannonTest(tenfold(P), tenfold(Q)).statistic, 0.34860501504316327, 13);
});

test('sides without a common category are as far apart as can be', () => {
  const { statistic } = jensenShannonTest(new Map([['a', 50]]), new Map([['b', 70]]));
  expectDigits(statistic, 1, 14);
});

test('shares that hardly differ keep their digits', () => {
  const table = [
    { a: 1e9 + 1, b: 1e9 },
    { a: 1e9, b: 1e9 + 1 },
  ];
  // Σ(p−q)²/(8·p̄), the next term being smaller by 18 digits.
  expectDigits(jensenShannonDivergence(table), (2 * (1 / (2e9 + 1)) ** 2) / 8 / 0.5, 6);
});

test('rare categories are put together until all are expected five times', () => {
  const table = contingency(
    new Map([
      ['a', 100],
      ['x', 1],
      ['y', 2],
    ]),
    new Map([
      ['a', 90],
      ['z', 3],
      ['w', 9],
    ]),
  );
  expect(poolRare(table)).toEqual([
    { a: 3, b: 12 },
    { a: 100, b: 90 },
  ]);
});

test('what is rare in total leaves nothing to compare', () => {
  expect(chiSquaredTest(new Map([['a', 3]]), new Map([['b', 3]])).pValue).toBeNull();
  expect(jensenShannonTest(new Map([['a', 30]]), new Map([['a', 30]])).pValue).toBeNull();
  expect(jensenShannonTest(new Map(), new Map([['a', 30]])).pValue).toBeNull();
});

const counts = fc.dictionary(fc.string({ maxLength: 3 }), fc.integer({ min: 1, max: 500 }), { maxKeys: 12 });

test('pooling loses no row, and every statistic stays in its range', () => {
  fc.assert(
    fc.property(counts, counts, (x, y) => {
      const [a, b] = [new Map(Object.entries(x)), new Map(Object.entries(y))];
      const table = contingency(a, b);
      expect(totals(poolRare(table))).toEqual(totals(table));
      expect(chiSquaredStatistic(table)).toBeGreaterThanOrEqual(0);
      const { statistic, pValue } = jensenShannonTest(a, b);
      expect(statistic).toBeGreaterThanOrEqual(0);
      expect(statistic).toBeLessThanOrEqual(1 + 1e-12);
      if (pValue !== null) expect(pValue).toBeLessThanOrEqual(1);
    }),
    { numRuns: 200 },
  );
});

// The values of scipy's hypergeom.sf(found - 1, all, marked, drawn), by exact fractions.
test.each([
  [50, 50, 50, 1_000_050, 0],
  [3, 5, 10, 100, 10],
  [1, 1, 50, 1_000_050, 11],
  [0, 5, 10, 100, 12],
  [40, 60, 500, 1000, 10],
  [6, 5, 10, 100, 12],
])(
  '%i or more of %i marked rows among %i drawn of %i has the exact probability',
  (found, marked, drawn, all, digits) => {
    const choose = (n: number, k: number): bigint => {
      let value = 1n;
      for (let i = 1; i <= k; i += 1) value = (value * BigInt(n - k + i)) / BigInt(i);
      return k < 0 || k > n ? 0n : value;
    };
    if (digits === 0) {
      expect(upperTail(found, marked, drawn, all)).toBeLessThan(1e-200);
      return;
    }
    let ways = 0n;
    for (let x = found; x <= Math.min(marked, drawn); x += 1)
      ways += choose(marked, x) * choose(all - marked, drawn - x);
    const exact = Number((ways * 10n ** 30n) / choose(all, drawn)) / 1e30;
    expectDigits(upperTail(found, marked, drawn, all), exact, digits);
  },
);

test('the exact test has the cut-off at which its p-value reaches the level', () => {
  const [n, m] = [50, 1_000_000];
  for (let fresh = 0; fresh <= 6; fresh += 1) {
    const { statistic, pValue, cutoffAt } = rarestTest([
      { a: n - fresh, b: m - 3 },
      { a: fresh, b: 3 },
    ]);
    expect([fresh, statistic >= cutoffAt(0.001)]).toEqual([fresh, (pValue ?? 1) <= 0.001]);
  }
});
