import { formatNumber } from '../../evaluation/numbers.ts';
import { cut, type Measured } from '../checks/measured.ts';
import type { TableColumn } from '../checks/table.ts';
import type { LabelRule, Setting } from '../contract-model.ts';
import type { NumberCounts } from '../drift/number-counts.ts';
import type { ColumnProfile } from '../report/profile.ts';
import type { RuleName } from '../rule-names.ts';
import { quoteNumber } from '../sql/quote.ts';
import { isTolerated } from '../waivers.ts';

/** Where nobody asked, fewer rows say nothing about a column: they may all be alike by chance. */
const UNASKED_ROWS = 30;

/** A column that tells a model nothing: without any value, or with the same in every row. A table of one row has none. */
export function uselessColumn(column: ColumnProfile, setting: Setting, hidden: boolean): readonly Measured[] {
  const { name, rows, nulls, distinct, top } = column;
  const asked = setting.line !== null;
  if (rows < (asked ? 2 : UNASKED_ROWS)) return [];
  if (nulls === rows) {
    const found = `all ${rows} rows are null`;
    return [finding({ rule: 'empty_column', column: name, expected: 'values', found, count: rows, of: rows }, setting)];
  }
  const about = { rule: 'constant_column' as const, column: name, expected: 'values that differ', of: rows };
  if (distinct === 1 && nulls === 0) {
    const value = hidden ? 'one and the same value' : JSON.stringify(top[0]?.value ?? '');
    return [finding({ ...about, found: `all ${rows} rows hold ${value}`, count: rows }, setting)];
  }
  return asked ? [{ ...finding({ ...about, found: 'they differ', count: 0 }, setting), status: 'passed' }] : [];
}

/** A column that looks like personal data, and of which the contract does not say so. What holds such data inside is masked only. */
export function personalHint({ name, type, pii, rows, nulls }: ColumnProfile, setting: Setting): readonly Measured[] {
  if (pii === null || type === 'object' || type === 'array') return [];
  const expected = 'personal data to be marked in the contract (trainyardPersonal), or not to be there';
  const found = `looks like ${pii.replaceAll('_', ' ')}: its values are masked in this report`;
  return [finding({ rule: 'personal_data', column: name, expected, found, count: rows - nulls, of: rows }, setting)];
}

/** More different values are no classes. */
const MOST_CLASSES = 1000;

/** Whether each class of a label is frequent enough to be learned and measured. @param counts rows by value, where they were counted */
export function classBalance(
  label: ColumnProfile,
  counts: ReadonlyMap<string, number> | null,
  limits: Pick<LabelRule, 'leastShare' | 'leastRows'>,
  setting: Setting,
  hidden: boolean,
): Measured {
  const present = label.rows - label.nulls;
  const expected = `each class in at least ${limits.leastRows} rows and ${percent(limits.leastShare)} of them`;
  const about = { rule: 'class_balance' as const, column: label.name, expected, of: present };
  if (present === 0)
    return { ...finding({ ...about, found: 'the label has no values', count: 0 }, setting), status: 'not_checked' };
  if (counts === null || counts.size > MOST_CLASSES) {
    const found = 'too many different values to be classes';
    return { ...finding({ ...about, found, count: 0 }, setting), status: 'not_checked' };
  }
  if (counts.size === 1) return finding({ ...about, found: 'there is one class only', count: present }, setting);
  const classes = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const rare = classes.filter(([, count]) => count < limits.leastRows || count / present < limits.leastShare);
  const shares = classes
    .slice(0, 5)
    .map(([value, count]) => `${hidden ? '•••' : cut(JSON.stringify(value), 60)} ${percent(count / present)}`);
  const more = classes.length > 5 ? `, and ${classes.length - 5} more` : '';
  const count = rare.reduce((sum, [, of]) => sum + of, 0);
  const found = `${rare.length === 0 ? 'none' : rare.length} of ${classes.length} classes too rare: ${shares.join(', ')}${more}`;
  const good = isTolerated(count, present, setting.tolerance);
  return { ...finding({ ...about, found, count }, setting), status: good ? 'passed' : 'failed' };
}

export interface Outliers {
  readonly count: number;
  /** What lies between them is none. */
  readonly low: number;
  readonly high: number;
  /** The smallest and the largest finite value. */
  readonly least: number;
  readonly most: number;
}

/** Robust deviations beyond which a value is far out. */
export const FACTOR = 10;
/** The median distance of a normal distribution, in standard deviations. */
export const NORMAL = 0.6745;
/** Fewer values have no distribution to speak of. */
export const FEWEST = 20;

/**
 * Values far out on their own side: farther from the median than `factor` times the median distance of that side
 * (double MAD, scaled to standard deviations of a normal distribution). Unlike mean and deviation, neither moves with
 * the outliers themselves, and a skewed distribution has two widths. Null where half the values are equal.
 */
export function outliers(counts: NumberCounts, factor = FACTOR): Outliers | null {
  const pairs = pairsOf(counts);
  const finite = pairs.reduce((sum, [, count]) => sum + count, 0);
  if (finite < FEWEST) return null;
  const middle = weightedMedian(pairs);
  const below = weightedMedian(pairs.flatMap(([v, n]) => (v <= middle ? [[middle - v, n] as const] : [])));
  const above = weightedMedian(pairs.flatMap(([v, n]) => (v >= middle ? [[v - middle, n] as const] : [])));
  if (!(below > 0) || !(above > 0)) return null;
  const [low, high] = [middle - (factor * below) / NORMAL, middle + (factor * above) / NORMAL];
  let count = 0;
  counts.values.forEach((value, at) => {
    if (value < low || value > high) count += counts.counts[at] ?? 0;
  });
  return { count, low, high, least: pairs[0]?.[0] ?? 0, most: pairs.at(-1)?.[0] ?? 0 };
}

/**
 * Whether a column can have outliers at all, by its quantiles: the median distance of a side is about that of its
 * quartile. It spares most columns the look at each value.
 */
export function maySpread({ quantiles }: ColumnProfile): boolean {
  const at = (p: number): number => quantiles.find((one) => one.p === p)?.value ?? Number.NaN;
  const [least, lower, middle, upper, most] = [0, 0.25, 0.5, 0.75, 1].map(at);
  if (least === undefined || lower === undefined || middle === undefined || upper === undefined || most === undefined)
    return true;
  // Half of the range, for what interpolation and ties may move.
  const reach = (side: number): number => (FACTOR * side) / NORMAL / 2;
  return !(middle - least < reach(middle - lower) && most - middle < reach(upper - middle));
}

export interface Spread {
  readonly setting: Setting;
  readonly table: TableColumn;
  /** Of SQL: the value as a number. */
  readonly number: string;
  readonly rows: number;
  /** Whether no report may show values of the column. */
  readonly hidden: boolean;
}

/** A finding where there are outliers; where the contract asks, also where there are none or none can be told. */
export function judgeOutliers(spread: Spread, found: Outliers | 'none' | null): readonly Measured[] {
  const { setting, table, number, rows, hidden } = spread;
  const about = { rule: 'outliers' as const, column: table.name, of: rows };
  if (found === null) {
    const why = `fewer than ${FEWEST} values, or one of them in half of the rows: there is no spread to compare with`;
    return setting.line === null ? [] : [outliersNotChecked(spread, why)];
  }
  const plain = 'values within 10 robust deviations of the median';
  if (found === 'none' || found.count === 0) {
    const none = finding({ ...about, expected: plain, found: 'none beyond', count: 0 }, setting);
    return setting.line === null ? [] : [{ ...none, status: 'passed' }];
  }
  const range = `${formatNumber(found.low)} to ${formatNumber(found.high)}`;
  const expected = hidden ? plain : `values within ${range} (10 robust deviations around the median)`;
  const values = [found.least, found.most].filter((value) => value < found.low || value > found.high);
  const text = `${found.count} beyond${hidden ? '' : `, such as ${values.map(formatNumber).join(' and ')}`}`;
  const good = isTolerated(found.count, rows, setting.tolerance);
  return [
    {
      ...finding({ ...about, expected, found: text, count: found.count }, setting),
      status: good ? 'passed' : 'failed',
      search: {
        where: `coalesce(NOT isnan(${number}) AND (${number} < ${quoteNumber(found.low)} OR ${number} > ${quoteNumber(found.high)}), false)`,
        show: [table],
      },
    },
  ];
}

export function outliersNotChecked({ setting, table, rows }: Spread, why: string): Measured {
  const expected = 'values within 10 robust deviations of the median';
  const about = { rule: 'outliers' as const, column: table.name, of: rows, expected, found: why, count: 0 };
  return { ...finding(about, setting), status: 'not_checked', count: null };
}

interface Found {
  readonly rule: RuleName;
  readonly column: string;
  readonly expected: string;
  readonly found: string;
  readonly count: number;
  readonly of: number;
}

function finding(
  { rule, column, expected, found, count, of }: Found,
  { severity, tolerance, line }: Setting,
): Measured {
  return {
    ...{ rule, columns: [cut(column, 256)], severity, status: 'failed', expected: cut(expected), found: cut(found) },
    ...{ count, of, contractLine: line, label: '', tolerance, search: null },
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

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
