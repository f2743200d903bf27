import type { Bound, ContractColumn, LogicalType } from './contract-model.ts';
import { quote } from './findings.ts';
import { ISO } from './time.ts';
import { comparedAs, isAmong } from './written-forms.ts';

export interface Violation {
  readonly rule: string;
  readonly message: string;
}

/**
 * Checks one value of a column; an empty field is null, which only `required` refuses.
 * @param known what the text is on the number line, where that has been read before and the column says no format
 */
export type ValueCheck = (value: string, known?: number) => Violation | null;

/** Compiles what a contract says of a column's single values. Uniqueness is checked across rows, elsewhere. */
export function compileColumn(column: ContractColumn): ValueCheck {
  const { options, logicalType } = column;
  const toNumber = logicalType === null ? null : NUMERIC[logicalType];
  const parseTime =
    logicalType === 'date' || logicalType === 'timestamp' || logicalType === 'time'
      ? (options.format ?? ISO[logicalType])
      : null;
  const checks = valueChecks(column);
  return (value, known) => {
    if (value === '')
      return column.required ? { rule: 'required', message: 'expected a value, found an empty field' } : null;
    let number = Number.NaN;
    if (logicalType !== null && logicalType !== 'string') {
      number = (parseTime === null ? toNumber?.(value) : (known ?? parseTime.parse(value))) ?? Number.NaN;
      if (Number.isNaN(number) || (options.timezone !== null && statesOffset(value) !== options.timezone))
        return { rule: 'type', message: wrongType(column, value) };
    }
    for (const check of checks) {
      const violation = check(value, number);
      if (violation !== null) return violation;
    }
    return null;
  };
}

/** Of a text that is a timestamp or a time. */
function statesOffset(text: string): boolean {
  return /(?:Z|[+-]\d{2}(?::?\d{2})?)$/.test(text);
}

/** No number needs more digits; it bounds the work on a hostile field. */
const MAX_NUMBER = 400;
const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const BOOLEANS = new Map([
  ['true', 1],
  ['false', 0],
  ['1', 1],
  ['0', 0],
]);

/** `NaN` says that the text isn't of the type. `NaN` and infinities in the data are none, too. */
const NUMERIC: Readonly<Record<LogicalType, ((value: string) => number) | null>> = {
  string: null,
  integer: (value) => (value.length <= MAX_NUMBER && INTEGER.test(value) ? Number(value) : Number.NaN),
  number: (value) => {
    if (value.length > MAX_NUMBER || !NUMBER.test(value)) return Number.NaN;
    const number = Number(value);
    return Number.isFinite(number) ? number : Number.NaN;
  },
  boolean: (value) => BOOLEANS.get(value.toLowerCase()) ?? Number.NaN,
  date: null,
  timestamp: null,
  time: null,
};

/** What `timezone` asks of a timestamp or a time, in words with a space before them; empty where it asks nothing. */
export function offsetWords({ options: { timezone } }: Pick<ContractColumn, 'options'>): string {
  return timezone === null ? '' : ` with${timezone ? '' : 'out'} an offset from UTC`;
}

function wrongType(column: ContractColumn, value: string): string {
  const format = column.options.format === null ? '' : ` written as ${column.options.format.pattern}`;
  const article = column.logicalType === 'integer' ? 'an' : 'a';
  return `expected ${article} ${column.logicalType}${format}${offsetWords(column)}, found ${quote(value)}`;
}

/** Asked of each distinct value: what it would say is made beforehand. */
type Check = (value: string, number: number) => Violation | null;

function valueChecks(column: ContractColumn): readonly Check[] {
  const { minimum, maximum, multipleOf, minLength, maxLength, pattern, textFormat, values } = column.options;
  const checks: Check[] = [];
  if (minimum !== null) checks.push(bound('minimum', minimum, (order) => (minimum.exclusive ? order > 0 : order >= 0)));
  if (maximum !== null) checks.push(bound('maximum', maximum, (order) => (maximum.exclusive ? order < 0 : order <= 0)));
  if (multipleOf !== null) {
    const expected = `a multiple of ${multipleOf}`;
    checks.push((value, number) => whenBad(isMultiple(value, number, multipleOf), 'multipleOf', expected, value));
  }
  if (minLength !== null) {
    const expected = `${minLength} characters or more`;
    checks.push((value) => whenBad(lengthOf(value) >= minLength, 'minLength', expected, value));
  }
  if (maxLength !== null) {
    const expected = `${maxLength} characters or fewer`;
    checks.push((value) => whenBad(lengthOf(value) <= maxLength, 'maxLength', expected, value));
  }
  if (pattern !== null) {
    const expected = `text that matches ${pattern.source}`;
    checks.push((value) => whenBad(pattern.test(value), 'pattern', expected, value));
  }
  if (textFormat !== null)
    checks.push((value) => whenBad(textFormat.test(value), 'format', textFormat.expected, value));
  if (values !== null) {
    const holds = isAmong(values, comparedAs(column));
    const list = values.length > 10 ? `${values.slice(0, 10).join(', ')}, …` : values.join(', ');
    const expected = `one of ${list}`;
    checks.push((value) => whenBad(holds(value), 'enum', expected, value));
  }
  return checks;
}

/** @param holds given how a value compares with the limit: below, at, or above 0 */
function bound(rule: 'minimum' | 'maximum', limit: Bound, holds: (order: number) => boolean): Check {
  const words = { minimum: ['≥', '>'], maximum: ['≤', '<'] }[rule];
  const expected = `a value ${words[limit.exclusive ? 1 : 0]} ${limit.text}`;
  return (value, number) => whenBad(holds(compareTo(limit, value, number)), rule, expected, value);
}

function whenBad(good: boolean, rule: string, expected: string, value: string): Violation | null {
  return good ? null : { rule, message: `expected ${expected}, found ${quote(value)}` };
}

/** Doubles from here on stand for several integers each. */
export const LARGE = 2 ** 53;

/** How a value stands to a limit, also where a double is neither the one nor the other. */
function compareTo(limit: Bound, value: string, number: number): number {
  if (limit.exact === null || Math.abs(number) < LARGE || !INTEGER.test(value)) return number - limit.value;
  const exact = BigInt(value);
  return exact < limit.exact ? -1 : Number(exact > limit.exact);
}

/** Decimal fractions have no exact binary form: 0.3 counts as a multiple of 0.1. */
function isMultiple(value: string, number: number, of: number): boolean {
  if (Number.isSafeInteger(of) && Math.abs(number) >= LARGE && INTEGER.test(value))
    return BigInt(value) % BigInt(of) === 0n;
  const quotient = number / of;
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient));
}

function lengthOf(value: string): number {
  let length = 0;
  for (const _ of value) length += 1;
  return length;
}
