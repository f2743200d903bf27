import { expect, test } from 'vitest';
import { type CategoryCounts, chiSquaredTest, jensenShannonTest } from '../../../../core/data/drift/categories.ts';
import { compareDrift } from '../../../../core/data/drift/drift.ts';
import { ksTest } from '../../../../core/data/drift/kolmogorov-smirnov.ts';
import { countNumbers } from '../../../../core/data/drift/number-counts.ts';
import type { ColumnSample } from '../../../../core/data/drift/sample.ts';
import { wassersteinTest } from '../../../../core/data/drift/wasserstein.ts';
import { normalFrom, randomFrom } from './digits.ts';

const ROUNDS = 4000;
/** Among the columns of a dataset each is held against a part of the level. */
const LEVELS = [0.05, 0.01, 0.0025];

const random = randomFrom(2026);
const normal = normalFrom(random);
const DRAWS = {
  normal,
  lognormal: () => Math.exp(normal()),
  uniform: random,
  'whole numbers': () => Math.floor(random() * 12),
} as const;

/** At most as many alarms as the level allows, and four standard deviations of chance. */
function expectLevels(pValue: () => number): void {
  const found = Array.from({ length: ROUNDS }, pValue);
  for (const level of LEVELS) {
    const alarms = found.filter((p) => p <= level).length;
    expect([level, alarms <= ROUNDS * level + 4 * Math.sqrt(ROUNDS * level * (1 - level)), alarms]).toEqual([
      level,
      true,
      alarms,
    ]);
  }
}

const SIZES = [
  [60, 600],
  [100, 100],
  [400, 300],
] as const;
const NUMBERS = SIZES.flatMap(([n, m]) =>
  (['normal', 'lognormal', 'uniform', 'whole numbers'] as const).map((draw) => [n, m, draw] as const),
);

test.each(NUMBERS)('of %i and %i values without drift, %s, ks alarms no more often than its level', (n, m, draw) => {
  const side = (size: number) => countNumbers(Array.from({ length: size }, DRAWS[draw]));
  expectLevels(() => ksTest(side(n), side(m)).pValue);
});

test.each(NUMBERS)('of %i and %i values without drift, %s, wasserstein does neither', (n, m, draw) => {
  const side = (size: number) => countNumbers(Array.from({ length: size }, DRAWS[draw]));
  expectLevels(() => wassersteinTest(side(n), side(m)).pValue);
});

/** Geometric shares: some categories are rare. */
function categories(size: number): CategoryCounts {
  const counts = new Map<string, number>();
  for (let row = 0; row < size; row += 1) {
    const category = String(Math.floor(Math.log(1 - random()) / Math.log(0.7)));
    counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return counts;
}

const sample = (counts: CategoryCounts): ColumnSample => ({ kind: 'categories', counts, nulls: 0, others: 0 });

test.each([[50, 5000] as const, ...SIZES])(
  'of %i and %i categories without drift χ² and the exact test of rare ones together alarm no more often than one level',
  (n, m) => {
    const drift = (): number => {
      const sides = { head: sample(categories(n)), base: sample(categories(m)) };
      return compareDrift([{ column: 'x', ...sides, test: null, smallestEffect: 0 }]).results[0]?.pValue ?? 1;
    };
    expectLevels(drift);
  },
);

test.each(SIZES)(
  'of %i and %i categories without drift χ² and Jensen-Shannon alarm no more often than their level',
  (n, m) => {
    expectLevels(() => chiSquaredTest(categories(n), categories(m)).pValue ?? 1);
    expectLevels(() => jensenShannonTest(categories(n), categories(m)).pValue ?? 1);
  },
);
