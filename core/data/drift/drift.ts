import { cut } from '../checks/measured.ts';
import type { DRIFT_TESTS, DriftResult, NotCompared } from '../report/base.ts';
import {
  type CategoryCounts,
  type CategoryTest,
  chiSquaredTest,
  contingency,
  cramersV,
  isRare,
  jensenShannonTest,
  pooledBy,
  totals,
} from './categories.ts';
import { type Correction, decideTogether } from './correction.ts';
import { binsOf, categoriesOf } from './distribution.ts';
import { ksTest } from './kolmogorov-smirnov.ts';
import type { NumberCounts } from './number-counts.ts';
import { eitherOf, rarestTest } from './rare-categories.ts';
import { type ColumnSample, sampleSize } from './sample.ts';
import { wassersteinTest } from './wasserstein.ts';

export type DriftTestName = (typeof DRIFT_TESTS)[number];

export interface DriftColumn {
  readonly column: string;
  readonly head: ColumnSample;
  readonly base: ColumnSample;
  /** Null: Kolmogorov-Smirnov for numbers, χ² for categories. */
  readonly test: DriftTestName | null;
  /** Null: the default below. A difference smaller than this is no drift, however certain it is. */
  readonly smallestEffect: number | null;
}

export interface DriftOptions {
  /** Probability of a false alarm: over all columns together with `holm`. */
  readonly level: number;
  readonly correction: Correction;
}

export const DRIFT_DEFAULTS: DriftOptions = { level: 0.01, correction: 'holm' };

/** Categories are few; beyond, there is no distribution to compare, and numbers stand for no categories. */
export const MOST_CATEGORIES = 1000;

/**
 * With millions of rows any difference is significant, also one that no model notices. So a cut-off is the larger of the
 * critical value at these sample sizes and of an effect that matters: 5 points of share between the distribution
 * functions (ks), a tenth of a standard deviation (wasserstein; a half of what Cohen 1988 calls small), 0.05 of the
 * Jensen-Shannon distance, and for χ² Cramér's V of 0.05, as it would be at equal sizes.
 */
export const SMALLEST_EFFECT: Readonly<Record<DriftTestName, number>> = {
  ks: 0.05,
  wasserstein: 0.1,
  jensen_shannon: 0.05,
  chi_squared: 0.05,
};

export interface DriftComparison {
  /** A column that has nulls has a second result, of their share: χ² over `null` and `not null`. */
  readonly results: readonly DriftResult[];
  readonly notCompared: readonly NotCompared[];
}

interface Prepared {
  readonly column: string;
  readonly test: DriftTestName;
  readonly statistic: number;
  readonly pValue: number;
  readonly cutoffAt: (level: number) => number;
  /** The least statistic that matters. */
  readonly floor: number;
  readonly shown: Pick<DriftResult, 'of' | 'newCategories' | 'lostCategories' | 'distribution' | 'sizes'>;
}

/** Compares head with base in all columns together, so that more columns do not mean more false alarms. */
export function compareDrift(columns: readonly DriftColumn[], options: DriftOptions = DRIFT_DEFAULTS): DriftComparison {
  const prepared: Prepared[] = [];
  const notCompared: NotCompared[] = [];
  for (const column of columns) {
    const found = prepare(column);
    if ('code' in found) notCompared.push({ what: 'drift', column: cut(column.column, 256), ...found });
    else prepared.push(found);
    const nulls = prepareNulls(column);
    if (nulls !== null) prepared.push(nulls);
  }
  const decisions = decideTogether(
    prepared.map(({ pValue }) => pValue),
    options.level,
    options.correction,
  );
  const results = prepared.map(({ column, test, statistic, pValue, cutoffAt, floor, shown }, index): DriftResult => {
    const { rejected, level } = decisions[index] ?? { rejected: false, level: options.level };
    const cutoff = Math.max(floor, cutoffAt(level));
    const drifted = rejected && statistic >= floor;
    return {
      column: cut(column, 256),
      test,
      statistic,
      pValue,
      cutoff,
      drifted,
      correction: options.correction,
      ...shown,
    };
  });
  return { results, notCompared };
}

type Reason = Pick<NotCompared, 'code' | 'reason'>;

function prepare({ column, head, base, test, smallestEffect }: DriftColumn): Prepared | Reason {
  const sizes = { head: sampleSize(head), base: sampleSize(base) };
  if (sizes.head === 0 || sizes.base === 0) {
    return { code: 'no_values', reason: `there are no values to compare in the ${sizes.head === 0 ? 'head' : 'base'}` };
  }
  if (head.kind === 'numbers' && base.kind === 'numbers') {
    if (test === 'jensen_shannon' || test === 'chi_squared') {
      if (Math.max(head.counts.values.length, base.counts.values.length) > MOST_CATEGORIES) {
        const reason = `${test} compares categories, and these are more than ${MOST_CATEGORIES} numbers`;
        return { code: 'too_many_categories', reason };
      }
      const [a, b] = [asCategories(head), asCategories(base)];
      return prepareCategories({ column, test, head: a, base: b, smallestEffect, sizes });
    }
    return prepareNumbers({ column, test: test ?? 'ks', head: head.counts, base: base.counts, smallestEffect, sizes });
  }
  if (head.kind === 'categories' && base.kind === 'categories') {
    if (test === 'ks' || test === 'wasserstein')
      return { code: 'test_unfit', reason: `${test} compares numbers, and these are categories` };
    return prepareCategories({ column, test: test ?? 'chi_squared', head, base, smallestEffect, sizes });
  }
  return { code: 'type_changed', reason: `the head has ${head.kind} here and the base ${base.kind}` };
}

interface Sides<Test extends DriftTestName, Side> {
  readonly column: string;
  readonly test: Test;
  readonly head: Side;
  readonly base: Side;
  readonly smallestEffect: number | null;
  readonly sizes: { readonly head: number; readonly base: number };
}

function prepareNumbers(sides: Sides<'ks' | 'wasserstein', NumberCounts>): Prepared | Reason {
  const { column, test, head, base, sizes } = sides;
  const finite = (side: NumberCounts): boolean =>
    Number.isFinite(side.values[0]) && Number.isFinite(side.values[side.values.length - 1]);
  if (test === 'wasserstein' && !(finite(head) && finite(base)))
    return { code: 'test_unfit', reason: 'wasserstein needs finite values: use ks' };
  const tested = test === 'ks' ? ksTest(head, base) : wassersteinTest(head, base);
  if (!Number.isFinite(tested.statistic))
    return { code: 'test_unfit', reason: 'the values are too large to be compared by wasserstein: use ks' };
  const categories = { newCategories: [], lostCategories: [] };
  const shown = { of: 'values' as const, ...categories, distribution: binsOf(head, base), sizes };
  return { column, test, ...tested, floor: sides.smallestEffect ?? SMALLEST_EFFECT[test], shown };
}

type Categories = Extract<ColumnSample, { kind: 'categories' }>;

function asCategories({ counts, nulls }: Extract<ColumnSample, { kind: 'numbers' }>): Categories {
  const named = Array.from(counts.values, (value, at): [string, number] => [String(value), counts.counts[at] ?? 0]);
  return { kind: 'categories', counts: new Map(named), nulls, others: 0 };
}

/** Cannot be a value of a column that is compared by its own text: those get a prefix. */
const OTHERS = 'others';

type CategorySides = Sides<'chi_squared' | 'jensen_shannon', Categories>;

function prepareCategories(sides: CategorySides): Prepared | Reason {
  const { column, test, head, base, sizes } = sides;
  const [a, b] = [withOthers(head), withOthers(base)];
  const tested = (test === 'chi_squared' ? chiSquaredTest : jensenShannonTest)(a, b);
  const { pValue } = tested;
  if (pValue === null && sampleSize(head) + sampleSize(base) < 20)
    return { code: 'too_few_values', reason: 'there are too few values to compare' };
  const table = contingency(a, b);
  if (pValue === null && table.length > 1) {
    const exact = rarestTest(table);
    // Where each value is as rare as the next, nothing was compared by this either.
    if (exact.pValue === 1 && table.every((cell) => isRare(cell, sizes)))
      return { code: 'too_many_categories', reason: 'each of its values is too rare to be compared at these sizes' };
    return rareDrift(sides, exact);
  }
  const floor = floorOf(test, sides.smallestEffect, tested);
  const { statistic, cutoffAt } = tested;
  const pooled = pooledBy(test, table);
  const whole = { column, test, statistic, pValue: pValue ?? 1, cutoffAt, floor, shown: shownCategories(sides) };
  if (pValue === null) return { ...whole, cutoffAt: () => floor };
  return pooled.length === 0 ? whole : eitherOf([whole, rareDrift(sides, rarestTest(table, pooled))]);
}

function shownCategories({ head, base, sizes }: Pick<CategorySides, 'head' | 'base' | 'sizes'>): Prepared['shown'] {
  return {
    of: 'values',
    newCategories: missingFrom(base, head),
    lostCategories: missingFrom(head, base),
    distribution: categoriesOf(head.counts, base.counts, { head: head.others, base: base.others }),
    sizes,
  };
}

/** By χ² of one category, whatever was asked for: only it can be exact at these sizes. */
function rareDrift(sides: CategorySides, tested: CategoryTest): Prepared {
  const { column } = sides;
  const { statistic, pValue, cutoffAt } = tested;
  const floor = floorOf('chi_squared', sides.test === 'chi_squared' ? sides.smallestEffect : null, tested);
  return {
    column,
    test: 'chi_squared',
    statistic,
    pValue: pValue ?? 1,
    cutoffAt,
    floor,
    shown: shownCategories(sides),
  };
}

/**
 * χ² grows with the sizes, so the effect is put in terms of it: what the same departure would come to if it were just as
 * large as matters.
 */
function floorOf(
  test: 'chi_squared' | 'jensen_shannon',
  effect: number | null,
  { statistic, compared }: Pick<CategoryTest, 'statistic' | 'compared'>,
): number {
  const smallest = effect ?? SMALLEST_EFFECT[test];
  if (test === 'jensen_shannon') return smallest;
  const [head, base] = totals(compared);
  const found = cramersV(compared);
  return found > 0 ? statistic * (smallest / found) ** 2 : (smallest * smallest * 4 * head * base) / (head + base);
}

function withOthers(side: Categories): CategoryCounts {
  const counts = new Map<string, number>([...side.counts].map(([name, count]) => [`=${name}`, count]));
  if (side.others > 0) counts.set(OTHERS, side.others);
  return counts;
}

/** Categories of `side` that `reference` does not have, most frequent first; none where either is not known in full. */
function missingFrom(reference: Categories, side: Categories): string[] {
  if (reference.others > 0) return [];
  return [...side.counts]
    .filter(([name, count]) => count > 0 && !reference.counts.has(name))
    .sort(([x, a], [y, b]) => b - a || (x < y ? -1 : 1))
    .slice(0, 100)
    .map(([name]) => name.slice(0, 1000));
}

function prepareNulls({ column, head, base }: DriftColumn): Prepared | null {
  if (head.nulls === 0 && base.nulls === 0) return null;
  const [a, b] = [nullCounts(head), nullCounts(base)];
  const sizes = { head: head.nulls + sampleSize(head), base: base.nulls + sampleSize(base) };
  if (sizes.head === 0 || sizes.base === 0) return null;
  const whole = chiSquaredTest(a, b);
  const table = contingency(a, b);
  const tested = whole.pValue === null && table.length > 1 ? rarestTest(table) : whole;
  const { statistic, pValue, cutoffAt } = tested;
  if (pValue === null) return null;
  const distribution = categoriesOf(a, b, { head: 0, base: 0 });
  const shown = { of: 'nulls' as const, newCategories: [], lostCategories: [], distribution, sizes };
  return {
    column,
    test: 'chi_squared',
    statistic,
    pValue,
    cutoffAt,
    floor: floorOf('chi_squared', null, tested),
    shown,
  };
}

function nullCounts(sample: ColumnSample): CategoryCounts {
  return new Map([
    ['null', sample.nulls],
    ['not null', sampleSize(sample)],
  ]);
}
