import { personalInside, personalKind, personalNumber } from '../checks-on-profile/personal.ts';
import type { ColumnProfile, ColumnType } from '../report/profile.ts';
import { commonFormat } from './common-format.ts';
import { cut } from './measured.ts';
import { fieldNames } from './nested-type.ts';
import { inferCounted, numbersOf } from './number-line.ts';
import { ascending } from './number-order.ts';
import type { TableColumn } from './table.ts';
import { typeOf } from './type-family.ts';
import type { ValueCounts } from './value-counts.ts';

const QUANTILES = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1];
const BINS = 20;
const TOP = 20;
/** Values that are looked at for what personal data they may be. */
const LOOKED_AT = 2000;

/** The profile of a column from its exact value counts. @param wanted the contract's type, where it states one */
export function profileCounts(values: ValueCounts, rows: number, wanted: ColumnType | null): ColumnProfile {
  const { column, nulls, counts } = values;
  const found = typeOf(column) ?? inferCounted(counts);
  const type = typeOf(column) === null && wanted !== null && fits(wanted, found) ? wanted : found;
  const line = lineOf(counts, type);
  const lengths = type === 'string' ? lengthsOf(counts.keys()) : null;
  return {
    name: cut(column.name, 256),
    type,
    physicalType: column.typed ? cut(column.type, 256) : null,
    rows,
    nulls,
    distinct: counts.size,
    distinctEstimate: null,
    ...extremes(counts, line),
    ...(line === null ? { mean: null, sd: null, quantiles: [], histogram: null } : statistics(line)),
    top: mostFrequent(counts).map(([value, count]) => ({ value: cut(value), count })),
    minLength: lengths?.min ?? null,
    maxLength: lengths?.max ?? null,
    format: type === 'string' ? commonFormat(counts.keys()) : null,
    pii: personalOf(type, column, first(counts, LOOKED_AT)),
  };
}

/** What personal data a column looks like, by its name and by some of its values. */
export function personalOf(
  type: ColumnType,
  column: TableColumn,
  values: Iterable<readonly [value: string, count: number]>,
): ColumnProfile['pii'] {
  switch (type) {
    case 'integer':
      return personalNumber(column.name, values);
    case 'string':
    case 'date':
      return personalKind(column.name, values);
    case 'object':
    case 'array':
      return personalInside([column.name, ...fieldNames(column.type)], values);
    default:
      return null;
  }
}

function* first<T>(items: Iterable<T>, most: number): Generator<T, void, void> {
  let given = 0;
  for (const item of items) {
    if (given === most) return;
    given += 1;
    yield item;
  }
}

/** In one pass: a column may have half a million values, of which a few are shown. */
function mostFrequent(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  const order = ([a, n]: readonly [string, number], [b, m]: readonly [string, number]): number =>
    m - n || (a < b ? -1 : 1);
  let top: (readonly [string, number])[] = [];
  let least = 0;
  for (const entry of counts) {
    if (entry[1] < least) continue;
    top.push(entry);
    if (top.length < 4 * TOP) continue;
    top = top.sort(order).slice(0, TOP);
    least = top.at(-1)?.[1] ?? 0;
  }
  return top.sort(order).slice(0, TOP);
}

/** Whether every value of the type found is one of the type wanted. */
function fits(wanted: ColumnType, found: ColumnType): boolean {
  return wanted === found || wanted === 'string' || (wanted === 'number' && found === 'integer');
}

/** Values on the number line, ascending: where each lies, and the rows that hold it. */
interface Line {
  readonly at: Float64Array;
  readonly rows: Float64Array;
  /** As it is written. */
  readonly least: string | undefined;
  readonly greatest: string | undefined;
}

function lineOf(counts: ReadonlyMap<string, number>, type: ColumnType): Line | null {
  const numbers = numbersOf(counts, type);
  if (numbers === null) return null;
  const [found, counted] = [new Float64Array(numbers.length), new Float64Array(numbers.length)];
  let [least, greatest]: [string | undefined, string | undefined] = [undefined, undefined];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [seen, size] = [0, 0];
  for (const [text, count] of counts) {
    const at = numbers[seen] ?? Number.NaN;
    seen += 1;
    if (!Number.isFinite(at)) continue;
    found[size] = at;
    counted[size] = count;
    size += 1;
    if (at < low) [low, least] = [at, text];
    if (at >= high) [high, greatest] = [at, text];
  }
  const order = ascending(found.subarray(0, size));
  const [at, rows] = [new Float64Array(size), new Float64Array(size)];
  for (let place = 0; place < size; place += 1) {
    at[place] = found[order[place] ?? 0] ?? 0;
    rows[place] = counted[order[place] ?? 0] ?? 0;
  }
  return { at, rows, least, greatest };
}

function extremes(counts: ReadonlyMap<string, number>, line: Line | null): Pick<ColumnProfile, 'min' | 'max'> {
  if (line !== null) return { min: cutOrNull(line.least), max: cutOrNull(line.greatest) };
  let [min, max]: [string | undefined, string | undefined] = [undefined, undefined];
  for (const value of counts.keys()) {
    if (min === undefined || value < min) min = value;
    if (max === undefined || value > max) max = value;
  }
  return { min: cutOrNull(min), max: cutOrNull(max) };
}

function cutOrNull(text: string | undefined): string | null {
  return text === undefined ? null : cut(text);
}

function statistics(line: Line): Pick<ColumnProfile, 'mean' | 'sd' | 'quantiles' | 'histogram'> {
  const total = line.rows.reduce((sum, count) => sum + count, 0);
  if (total === 0) return { mean: null, sd: null, quantiles: [], histogram: null };
  // Around a value of the data, so that no digit is lost where all values are far from zero.
  const pivot = line.at[Math.floor(line.at.length / 2)] ?? 0;
  const mean = pivot + sumOf(line, (at) => at - pivot) / total;
  const squares = sumOf(line, (at) => (at - mean) ** 2);
  return {
    mean: finite(mean),
    sd: total < 2 ? null : finite(Math.sqrt(squares / (total - 1))),
    quantiles: quantiles(line, total),
    histogram: histogram(line, total),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Kahan's sum, weighted by the rows. */
function sumOf({ at, rows }: Line, term: (at: number) => number): number {
  let [sum, lost] = [0, 0];
  for (let place = 0; place < at.length; place += 1) {
    const next = term(at[place] ?? 0) * (rows[place] ?? 0) - lost;
    const after = sum + next;
    lost = after - sum - next;
    sum = after;
  }
  return sum;
}

/** Interpolated between neighbours (type 7 of Hyndman and Fan), as numpy, pandas and R do by default. */
function quantiles({ at, rows }: Line, total: number): ColumnProfile['quantiles'] {
  let [place, seen] = [0, rows[0] ?? 0];
  // Asked for in ascending order, so that all of them are found on one way through the rows.
  const valueAt = (rank: number): number => {
    while (rank >= seen && place + 1 < at.length) {
      place += 1;
      seen += rows[place] ?? 0;
    }
    return at[place] ?? Number.NaN;
  };
  return QUANTILES.map((p) => {
    const rank = p * (total - 1);
    const low = Math.floor(rank);
    const below = valueAt(low);
    const [lowPlace, lowSeen] = [place, seen];
    const above = valueAt(Math.min(low + 1, total - 1));
    [place, seen] = [lowPlace, lowSeen];
    const span = above - below;
    const part = rank - low;
    // Of two values at either end of what doubles hold, the difference is beyond it.
    return { p, value: Number.isFinite(span) ? below + part * span : below * (1 - part) + above * part };
  });
}

function histogram({ at, rows }: Line, total: number): ColumnProfile['histogram'] {
  const [low, high] = [at[0], at.at(-1)];
  if (low === undefined || high === undefined) return null;
  const width = (high - low) / BINS;
  if (!Number.isFinite(width) || width <= 0 || low + width === low) return [{ from: low, to: high, count: total }];
  const counts = new Float64Array(BINS);
  for (let place = 0; place < at.length; place += 1) {
    const bin = Math.min(Math.floor(((at[place] ?? 0) - low) / width), BINS - 1);
    counts[bin] = (counts[bin] ?? 0) + (rows[place] ?? 0);
  }
  return Array.from(counts, (count, index) => ({
    from: low + index * width,
    to: index === BINS - 1 ? high : low + (index + 1) * width,
    count,
  }));
}

function lengthsOf(values: Iterable<string>): { min: number; max: number } | null {
  let [min, max] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    let length = 0;
    for (const _ of value) length += 1;
    min = Math.min(min, length);
    max = Math.max(max, length);
  }
  return Number.isFinite(min) ? { min, max } : null;
}
