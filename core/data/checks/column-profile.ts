import { personalKind } from '../checks-on-profile/personal.ts';
import type { ColumnProfile, ColumnType } from '../report/profile.ts';
import { commonFormat } from './common-format.ts';
import { cut } from './measured.ts';
import { inferType, toNumberLine } from './number-line.ts';
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
  const found = typeOf(column) ?? inferType(counts.keys());
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
    pii: type === 'string' || type === 'date' ? personalKind(column.name, first(counts, LOOKED_AT)) : null,
  };
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

/** Values on the number line, ascending, with their text and the rows that hold them. */
interface Placed {
  readonly text: string;
  readonly at: number;
  readonly count: number;
}

function lineOf(counts: ReadonlyMap<string, number>, type: ColumnType): readonly Placed[] | null {
  const read = toNumberLine(type);
  if (read === null) return null;
  const placed: Placed[] = [];
  for (const [text, count] of counts) {
    const at = read(text);
    if (Number.isFinite(at)) placed.push({ text, count, at });
  }
  return placed.sort((a, b) => a.at - b.at);
}

function extremes(
  counts: ReadonlyMap<string, number>,
  line: readonly Placed[] | null,
): Pick<ColumnProfile, 'min' | 'max'> {
  if (line !== null) return { min: cutOrNull(line[0]?.text), max: cutOrNull(line.at(-1)?.text) };
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

function statistics(line: readonly Placed[]): Pick<ColumnProfile, 'mean' | 'sd' | 'quantiles' | 'histogram'> {
  const total = line.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return { mean: null, sd: null, quantiles: [], histogram: null };
  // Around a value of the data, so that no digit is lost where all values are far from zero.
  const pivot = line[Math.floor(line.length / 2)]?.at ?? 0;
  const mean = pivot + sumOf(line, ({ at }) => at - pivot) / total;
  const squares = sumOf(line, ({ at }) => (at - mean) ** 2);
  return {
    mean: finite(mean),
    sd: total < 2 ? null : finite(Math.sqrt(squares / (total - 1))),
    quantiles: QUANTILES.map((p) => ({ p, value: quantile(line, total, p) })),
    histogram: histogram(line),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Kahan's sum, weighted by the rows. */
function sumOf(line: readonly Placed[], term: (placed: Placed) => number): number {
  let [sum, lost] = [0, 0];
  for (const placed of line) {
    const next = term(placed) * placed.count - lost;
    const after = sum + next;
    lost = after - sum - next;
    sum = after;
  }
  return sum;
}

/** Interpolated between neighbours (type 7 of Hyndman and Fan), as numpy, pandas and R do by default. */
function quantile(line: readonly Placed[], total: number, p: number): number {
  const rank = p * (total - 1);
  const low = Math.floor(rank);
  const below = valueAt(line, low);
  const above = valueAt(line, Math.min(low + 1, total - 1));
  return below + (rank - low) * (above - below);
}

function valueAt(line: readonly Placed[], rank: number): number {
  let seen = 0;
  for (const { at, count } of line) {
    seen += count;
    if (rank < seen) return at;
  }
  return line.at(-1)?.at ?? Number.NaN;
}

function histogram(line: readonly Placed[]): ColumnProfile['histogram'] {
  const [low, high] = [line[0]?.at, line.at(-1)?.at];
  if (low === undefined || high === undefined) return null;
  const width = (high - low) / BINS;
  if (!Number.isFinite(width) || width <= 0 || low + width === low)
    return [{ from: low, to: high, count: line.reduce((sum, { count }) => sum + count, 0) }];
  const bins = Array.from({ length: BINS }, (_, index) => ({
    from: low + index * width,
    to: index === BINS - 1 ? high : low + (index + 1) * width,
    count: 0,
  }));
  for (const { at, count } of line) {
    const bin = bins[Math.min(Math.floor((at - low) / width), BINS - 1)];
    if (bin !== undefined) bin.count += count;
  }
  return bins;
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
