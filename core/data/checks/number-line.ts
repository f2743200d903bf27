import type { ColumnType } from '../report/profile.ts';
import { ISO } from '../time.ts';

const INTEGER = /^[+-]?\d{1,400}$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads a value on the number line of its column: the number itself, or milliseconds since 1970. NaN for what has none. */
export function toNumberLine(type: ColumnType): ((value: string) => number) | null {
  switch (type) {
    case 'integer':
    case 'number':
      return Number;
    case 'date':
      return (value) => ISO.date.parse(value) ?? Number.NaN;
    case 'timestamp':
      return (value) => ISO.timestamp.parse(value) ?? Number.NaN;
    default:
      return null;
  }
}

/** Of the counts that were read last, and as what; they go when the counts do. */
const read = new WeakMap<ReadonlyMap<string, number>, { readonly type: ColumnType; readonly numbers: Float64Array }>();

/**
 * The values of a column on the number line, in their own order; NaN for those that have no place there. Profile and
 * rules ask for the same ones, and hundreds of thousands of dates take long to read.
 */
export function numbersOf(counts: ReadonlyMap<string, number>, type: ColumnType): Float64Array | null {
  const known = read.get(counts);
  if (known?.type === type) return known.numbers;
  const toNumber = toNumberLine(type);
  if (toNumber === null) return null;
  const numbers = new Float64Array(counts.size);
  let at = 0;
  for (const text of counts.keys()) {
    numbers[at] = toNumber(text);
    at += 1;
  }
  read.set(counts, { type, numbers });
  return numbers;
}

/** As `inferType`, of the values of a column that were counted. */
export function inferCounted(counts: ReadonlyMap<string, number>): ColumnType {
  const some: string[] = [];
  for (const value of counts.keys()) {
    some.push(value);
    if (some.length === GUESSED_BY) break;
  }
  const guess = inferType(some);
  // No narrower type is left after the first values, so it is the narrowest where all the others have it.
  const times = guess === 'date' || guess === 'timestamp' ? numbersOf(counts, guess) : null;
  return times?.every((number) => !Number.isNaN(number)) === true ? guess : inferType(counts.keys());
}

const GUESSED_BY = 100;

const TRIED: readonly (readonly [ColumnType, (value: string) => boolean])[] = [
  ['integer', (value) => INTEGER.test(value)],
  ['number', (value) => value.length <= 400 && NUMBER.test(value) && Number.isFinite(Number(value))],
  ['boolean', (value) => /^(true|false)$/i.test(value)],
  ['date', (value) => ISO.date.parse(value) !== null],
  ['timestamp', (value) => ISO.timestamp.parse(value) !== null],
];

const LEADING_ZERO = /^[+-]?0\d/;

function isNumeric([type]: (typeof TRIED)[number]): boolean {
  return type === 'integer' || type === 'number';
}

/** The narrowest type that all values of an untyped column have; text where there is none, or no value. */
export function inferType(values: Iterable<string>): ColumnType {
  let candidates = TRIED;
  let any = false;
  for (const value of values) {
    any = true;
    // Text with a leading zero is a code, such as a postcode: as a number it would lose it.
    if (candidates.some(isNumeric) && LEADING_ZERO.test(value))
      candidates = candidates.filter((one) => !isNumeric(one));
    // Nearly every value fits what the ones before it left.
    if (candidates.every(([, fits]) => fits(value))) continue;
    candidates = candidates.filter(([, fits]) => fits(value));
    if (candidates.length === 0) break;
  }
  return any ? (candidates[0]?.[0] ?? 'string') : 'string';
}
