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
