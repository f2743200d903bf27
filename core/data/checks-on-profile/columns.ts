import { formatNumber } from '../../evaluation/numbers.ts';
import { cut, type Measured } from '../checks/measured.ts';
import type { NumberCounts } from '../drift/number-counts.ts';
import type { ColumnProfile } from '../report/profile.ts';

/** Columns that tell a model nothing: without any value, or with the same in every row. Warnings; a table of one row has none. */
export function uselessColumns(columns: readonly ColumnProfile[]): readonly Measured[] {
  return columns.flatMap((column): Measured[] => {
    const { name, rows, nulls, distinct, top } = column;
    if (rows < 2) return [];
    if (nulls === rows) {
      const found = `all ${rows} rows are null`;
      return [warning({ rule: 'empty_column', column: name, expected: 'values', found, count: rows, of: rows })];
    }
    if (distinct !== 1 || nulls > 0) return [];
    const found = `all ${rows} rows hold ${JSON.stringify(top[0]?.value ?? '')}`;
    return [
      warning({ rule: 'constant_column', column: name, expected: 'values that differ', found, count: rows, of: rows }),
    ];
  });
}

export interface BalanceLimits {
  /** The least share of the rarest class. */
  readonly leastShare: number;
  /** The least rows of the rarest class. */
  readonly leastRows: number;
}

export const BALANCE: BalanceLimits = { leastShare: 0.01, leastRows: 10 };

/** Whether each class of a label is frequent enough to be learned and measured. */
export function classBalance(label: ColumnProfile, limits: BalanceLimits = BALANCE): Measured {
  const { name, rows, nulls, distinct, top } = label;
  const present = rows - nulls;
  const expected = `each class in at least ${limits.leastRows} rows and ${percent(limits.leastShare)} of them`;
  const about = { rule: 'class_balance', column: name, expected, of: present };
  if (present === 0)
    return { ...warning({ ...about, found: 'the label has no values', count: 0 }), status: 'not_checked' };
  if (distinct === null || distinct > top.length) {
    const found = 'too many different values to be classes';
    return { ...warning({ ...about, found, count: 0 }), status: 'not_checked' };
  }
  if (distinct === 1) return warning({ ...about, found: 'there is one class only', count: present });
  const rare = top.filter(({ count }) => count < limits.leastRows || count / present < limits.leastShare);
  const shares = top
    .slice(0, 5)
    .map(({ value, count }) => `${cut(JSON.stringify(value), 60)} ${percent(count / present)}`);
  const more = top.length > 5 ? `, and ${top.length - 5} more` : '';
  const count = rare.reduce((sum, { count: of }) => sum + of, 0);
  const found = `${rare.length === 0 ? 'none' : rare.length} of ${distinct} classes too rare: ${shares.join(', ')}${more}`;
  return { ...warning({ ...about, found: cut(found), count }), status: rare.length === 0 ? 'passed' : 'failed' };
}

export interface Outliers {
  readonly count: number;
  /** What lies between them is none. */
  readonly low: number;
  readonly high: number;
}

/**
 * Values far out on their own side: farther from the median than `factor` times the median distance of that side
 * (double MAD, scaled to standard deviations of a normal distribution). Unlike mean and deviation, neither moves with
 * the outliers themselves, and a skewed distribution has two widths. Null where half the values are equal.
 */
export function outliers(counts: NumberCounts, factor = 10): Outliers | null {
  const finite = counts.values.reduce(
    (sum, value, at) => sum + (Number.isFinite(value) ? (counts.counts[at] ?? 0) : 0),
    0,
  );
  if (finite < 20) return null;
  const middle = weightedMedian(pairsOf(counts));
  const below = weightedMedian(pairsOf(counts).flatMap(([v, n]) => (v <= middle ? [[middle - v, n] as const] : [])));
  const above = weightedMedian(pairsOf(counts).flatMap(([v, n]) => (v >= middle ? [[v - middle, n] as const] : [])));
  if (!(below > 0) || !(above > 0)) return null;
  // The median distance of a normal distribution is 0.6745 standard deviations.
  const [low, high] = [middle - (factor * below) / 0.6745, middle + (factor * above) / 0.6745];
  let count = 0;
  counts.values.forEach((value, at) => {
    if (value < low || value > high) count += counts.counts[at] ?? 0;
  });
  return { count, low, high };
}

/** A warning where a column has outliers; null otherwise. */
export function outlierWarning(column: string, counts: NumberCounts): Measured | null {
  const found = outliers(counts);
  if (found === null || found.count === 0) return null;
  const range = `${formatNumber(found.low)} to ${formatNumber(found.high)}`;
  const expected = `values within ${range} (10 robust deviations around the median)`;
  const values = [counts.values[0] ?? 0, counts.values.at(-1) ?? 0].filter((v) => v < found.low || v > found.high);
  const text = `${found.count} beyond, such as ${values.map(shown).join(' and ')}`;
  return warning({ rule: 'outliers', column, expected, found: text, count: found.count, of: counts.total });
}

export interface Warned {
  readonly rule: string;
  readonly column: string;
  readonly expected: string;
  readonly found: string;
  readonly count: number;
  readonly of: number;
}

/** What nobody asked for in the contract is a warning at most. */
export function warning({ rule, column, expected, found, count, of }: Warned): Measured {
  return {
    rule,
    columns: [column],
    severity: 'warn',
    status: 'failed',
    expected: cut(expected),
    found: cut(found),
    count,
    of,
    contractLine: null,
    label: '',
    tolerance: null,
    search: null,
  };
}

function pairsOf({ values, counts }: NumberCounts): (readonly [value: number, count: number])[] {
  return Array.from(values, (value, at) => [value, counts[at] ?? 0] as const).filter(([value]) =>
    Number.isFinite(value),
  );
}

function weightedMedian(pairs: readonly (readonly [value: number, count: number])[]): number {
  const sorted = [...pairs].sort(([a], [b]) => a - b);
  const half = sorted.reduce((sum, [, count]) => sum + count, 0) / 2;
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= half) return value;
  }
  return Number.NaN;
}

function shown(value: number): string {
  return Number.isFinite(value) ? formatNumber(value) : String(value);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
