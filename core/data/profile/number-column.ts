import type { ColumnType } from '../report/profile.ts';
import { mergeNumbers, type NumberSketch, sketchNumbers } from './number-sketch.ts';
import { type NumbersColumn, ProfileError } from './profile.ts';

export interface Moments {
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly squares: number | null;
}

export interface NumbersInput {
  readonly name: string;
  readonly type: ColumnType;
  readonly nulls: number;
  readonly nan: number;
  /** In any order. */
  readonly pairs: readonly (readonly [value: number, count: number])[];
}

/** A column of numbers (milliseconds since 1970 for dates and timestamps) from its exact value counts. */
export function numbersColumn(input: NumbersInput, cap: number): NumbersColumn {
  const { name, type, nulls, nan, pairs } = input;
  return toColumn({ name, type, nulls, nan }, momentsOf(pairs), sketchNumbers(pairs, cap));
}

/** A column whose cells were counted where the data is, finer than `cap` asks for or just so. */
export function cellsColumn(
  head: Pick<NumbersColumn, 'name' | 'type' | 'nulls' | 'nan'>,
  moments: Moments,
  sketch: NumberSketch,
  cap: number,
): NumbersColumn {
  return toColumn(head, moments, mergeNumbers(sketch, { dropped: 0, keys: [], counts: [] }, cap));
}

/** Both columns' rows together. Counts, cells and extremes are exact, mean and squares up to rounding. */
export function mergeNumbersColumn(a: NumbersColumn, b: NumbersColumn, cap: number): NumbersColumn {
  const { name, type } = a;
  const together = { name, type, nulls: a.nulls + b.nulls, nan: a.nan + b.nan };
  const [left, right] = [readCells(a), readCells(b)];
  const moments = mergeMoments(momentsIn(a, left), momentsIn(b, right));
  return toColumn(together, moments, mergeNumbers(left, right, cap));
}

/** @throws ProfileError where the cells are not in order or do not fit each other */
export function readCells(column: NumbersColumn): NumberSketch {
  const counts = column.counts === '' ? [] : column.counts.split(' ').map((digits) => Number(fromBase36(digits)));
  const keys: bigint[] = [];
  let at = 0n;
  for (const digits of column.keys === '' ? [] : column.keys.split(' ')) {
    const step = fromBase36(digits);
    if (keys.length > 0 && step <= 0n) throw damaged(column, 'cells out of order');
    at += step;
    keys.push(at);
  }
  const limit = 1n << BigInt(63 - column.dropped);
  if (keys.length !== counts.length) throw damaged(column, `${keys.length} cells with ${counts.length} counts`);
  if (keys.some((key) => key < -limit || key >= limit)) throw damaged(column, 'a cell beyond all numbers');
  if (counts.some((count) => !(count > 0) || !Number.isSafeInteger(count)))
    throw damaged(column, 'an impossible count');
  return { dropped: column.dropped, keys, counts };
}

function momentsIn(column: NumbersColumn, sketch: NumberSketch): Moments {
  const { min, max, mean, squares } = column;
  return { count: sketch.counts.reduce((sum, count) => sum + count, 0), min, max, mean, squares };
}

function toColumn(
  head: Pick<NumbersColumn, 'name' | 'type' | 'nulls' | 'nan'>,
  { min, max, mean, squares }: Moments,
  { dropped, keys, counts }: NumberSketch,
): NumbersColumn {
  return {
    kind: 'numbers',
    ...head,
    ...{ min, max, mean, squares },
    dropped,
    keys: keys.map((key, index) => (index === 0 ? key : key - (keys[index - 1] ?? 0n)).toString(36)).join(' '),
    counts: counts.map((count) => count.toString(36)).join(' '),
  };
}

const NONE: Moments = { count: 0, min: null, max: null, mean: null, squares: null };

/** In two passes around a first value: milliseconds since 1970 are large, and what varies in them is small. */
function momentsOf(all: NumbersInput['pairs']): Moments {
  const pairs = all.filter(([value, weight]) => Number.isFinite(value) && weight > 0);
  const origin = pairs[0]?.[0];
  if (origin === undefined) return NONE;
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity];
  for (const [value, weight] of pairs) {
    count += weight;
    sum += weight * (value - origin);
    [min, max] = [Math.min(min, value), Math.max(max, value)];
  }
  const mean = finite(origin + sum / count);
  if (mean === null) return { count, min, max, mean, squares: null };
  let [squares, rest] = [0, 0];
  for (const [value, weight] of pairs) {
    squares += weight * (value - mean) ** 2;
    rest += weight * (value - mean);
  }
  return { count, min, max, mean, squares: finite(Math.max(0, squares - (rest / count) * rest)) };
}

/** Chan, Golub and LeVeque 1979. What leaves the range of numbers is null: unknown, and stays so. */
function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.min === null || a.max === null) return b;
  if (b.min === null || b.max === null) return a;
  const count = a.count + b.count;
  const extremes = { count, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
  if (a.mean === null || b.mean === null) return { ...extremes, mean: null, squares: null };
  const distance = b.mean - a.mean;
  const mean = finite(a.mean + distance * (b.count / count));
  const known = a.squares !== null && b.squares !== null ? a.squares + b.squares : Number.NaN;
  const squares = finite(known + distance * distance * ((a.count / count) * b.count));
  return { ...extremes, mean, squares: mean === null ? null : squares };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function fromBase36(digits: string): bigint {
  const negative = digits.startsWith('-');
  let value = 0n;
  for (const digit of negative ? digits.slice(1) : digits) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return negative ? -value : value;
}

function damaged(column: NumbersColumn, what: string): ProfileError {
  return new ProfileError('not_a_profile', `the profile of column ${JSON.stringify(column.name)} is damaged: ${what}`);
}
