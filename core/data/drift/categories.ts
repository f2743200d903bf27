import { chiSquaredTail, criticalValue } from './special-functions.ts';

/** How often each category occurs; every count positive. */
export type CategoryCounts = ReadonlyMap<string, number>;

/** One row of the 2 × k table. */
export interface Cell {
  readonly a: number;
  readonly b: number;
}

export interface CategoryTest {
  readonly statistic: number;
  /** Null where fewer than two categories are left to compare. */
  readonly pValue: number | null;
  readonly cutoffAt: (level: number) => number;
  /** The table that was compared in the end. */
  readonly compared: readonly Cell[];
}

/** Below this expected count the χ² distribution is no good approximation (Cochran 1954). */
const LEAST_EXPECTED = 5;
/** Where cells are small, logarithms reach farther than squares. */
const LEAST = { chi_squared: LEAST_EXPECTED, jensen_shannon: 2 * LEAST_EXPECTED } as const;

/** The 2 × k table of both sides' categories, in order of the text. */
export function contingency(a: CategoryCounts, b: CategoryCounts): readonly Cell[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return names.map((name) => ({ a: a.get(name) ?? 0, b: b.get(name) ?? 0 }));
}

/**
 * Rare categories put together, rarest first, until each cell that is left is expected at least five times. What one of
 * them does alone vanishes by this: `rarestTest` looks at each.
 */
export function poolRare(table: readonly Cell[], least = LEAST_EXPECTED): readonly Cell[] {
  const { pooled, kept } = partRare(table, least);
  if (pooled.length === 0) return kept;
  const [a, b] = totals(pooled);
  return [{ a, b }, ...kept];
}

/** What is put together, and what stands for itself. */
interface Parts {
  readonly pooled: readonly Cell[];
  readonly kept: readonly Cell[];
}

function partRare(table: readonly Cell[], least: number): Parts {
  const [n, m] = totals(table);
  const smaller = Math.min(n, m) / (n + m);
  const enough = (cell: Cell): boolean => (cell.a + cell.b) * smaller >= least;
  const sorted = [...table].sort((x, y) => x.a + x.b - (y.a + y.b));
  let pool: Cell = { a: 0, b: 0 };
  let taken = 0;
  for (const cell of sorted) {
    if (enough(cell) && (taken === 0 || enough(pool))) break;
    pool = { a: pool.a + cell.a, b: pool.b + cell.b };
    taken += 1;
  }
  return { pooled: sorted.slice(0, taken), kept: sorted.slice(taken) };
}

/** The categories that a test of this name sees only put together with others. */
export function pooledBy(test: 'chi_squared' | 'jensen_shannon', table: readonly Cell[]): readonly Cell[] {
  return partRare(table, LEAST[test]).pooled;
}

/** Whether a category is expected so seldom on a side that χ² says nothing of it. */
export function isRare({ a, b }: Cell, { head, base }: { readonly head: number; readonly base: number }): boolean {
  return ((a + b) * Math.min(head, base)) / (head + base) < LEAST_EXPECTED;
}

/** Pearson's χ² of homogeneity over a 2 × k table without continuity correction; 0 where a side is empty. */
export function chiSquaredStatistic(table: readonly Cell[]): number {
  const [n, m] = totals(table);
  if (n === 0 || m === 0) return 0;
  let sum = 0;
  for (const { a, b } of table) {
    // (a/n − b/m)² · nm / (a + b): both cells of the column at once.
    if (a + b > 0) sum += ((a / n - b / m) ** 2 / (a + b)) * n * m;
  }
  return sum;
}

/** Cramér's V of the shares, as it is of two sides of equal sizes: from 0 to 1, whatever the sizes. */
export function cramersV(table: readonly Cell[]): number {
  const [n, m] = totals(table);
  if (n === 0 || m === 0) return 0;
  let sum = 0;
  for (const { a, b } of table) if (a + b > 0) sum += (a / n - b / m) ** 2 / (a / n + b / m);
  return Math.sqrt(sum / 2);
}

/** The Jensen-Shannon divergence with equal weights, in nats: from 0 to ln 2. */
export function jensenShannonDivergence(table: readonly Cell[]): number {
  const [n, m] = totals(table);
  if (n === 0 || m === 0) return 0;
  let sum = 0;
  for (const { a, b } of table) {
    const [p, q] = [a / n, b / m];
    // Written by the relative difference, whose terms do not cancel where the shares are close.
    const d = p + q > 0 ? (p - q) / (p + q) : 0;
    sum += ((p + q) / 2) * kernel(d);
  }
  return Math.max(0, sum);
}

/** ((1+d)·ln(1+d) + (1−d)·ln(1−d)) / 2 for −1 ≤ d ≤ 1. */
function kernel(d: number): number {
  const x = d * d;
  if (x < 1e-3) return x / 2 + x ** 2 / 12 + x ** 3 / 30 + x ** 4 / 56 + x ** 5 / 90 + x ** 6 / 132;
  const up = d === -1 ? 0 : (1 + d) * Math.log1p(d);
  const down = d === 1 ? 0 : (1 - d) * Math.log1p(-d);
  return (up + down) / 2;
}

/** χ² of homogeneity after rare categories were put together. */
export function chiSquaredTest(a: CategoryCounts, b: CategoryCounts): CategoryTest {
  const table = poolRare(contingency(a, b));
  const df = table.length - 1;
  const statistic = chiSquaredStatistic(table);
  if (df < 1 || totals(table).includes(0))
    return { statistic, pValue: null, cutoffAt: () => Infinity, compared: table };
  const tail = (x: number): number => chiSquaredTail(x, df);
  return { statistic, pValue: tail(statistic), cutoffAt: (level) => criticalValue(tail, level), compared: table };
}

/**
 * The Jensen-Shannon distance (root of the divergence in bits, from 0 to 1). Expanded around no drift the divergence is
 * Σ(p−q)²/(8·p̄), so 8·JSD/(1/n + 1/m) follows χ²(k − 1) then, and the cut-off falls with the sizes as it should. The
 * same holds for PSI, whose fixed 0.1 therefore is no test. Pooled to ten expected in each cell, and scaled down as
 * Williams 1976 does the likelihood ratio.
 */
export function jensenShannonTest(a: CategoryCounts, b: CategoryCounts): CategoryTest {
  const table = poolRare(contingency(a, b), LEAST.jensen_shannon);
  const [n, m] = totals(table);
  const df = table.length - 1;
  const statistic = Math.sqrt(jensenShannonDivergence(table) / Math.LN2);
  if (df < 1 || n === 0 || m === 0) return { statistic, pValue: null, cutoffAt: () => Infinity, compared: table };
  const factor = (8 * Math.LN2) / (1 / n + 1 / m) / williams(table);
  const tail = (distance: number): number => chiSquaredTail(distance * distance * factor, df);
  return { statistic, pValue: tail(statistic), cutoffAt: (level) => criticalValue(tail, level), compared: table };
}

/** By how much the likelihood ratio of a 2 × k table exceeds χ² in the mean, as a factor. */
function williams(table: readonly Cell[]): number {
  const [n, m] = totals(table);
  const all = n + m;
  const rows = all / n + all / m - 1;
  const columns = table.reduce((sum, { a, b }) => sum + all / (a + b), -1);
  return 1 + (rows * columns) / (6 * all * (table.length - 1));
}

export function totals(table: readonly Cell[]): [a: number, b: number] {
  let [n, m] = [0, 0];
  for (const cell of table) {
    n += cell.a;
    m += cell.b;
  }
  return [n, m];
}
