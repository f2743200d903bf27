import type { ContractColumn } from './contract-model.ts';
import { ISO } from './time.ts';

/**
 * A text file may write one value in several ways: `1`, `01` and `+1`; `1.5`, `1.50` and `15e-1`; an instant in two zones.
 * As text they differ, and all who read the file by its contract take them for one. Nearly every column holds to one form,
 * and is then compared as it is written.
 */
export type Written = 'integer' | 'number' | 'boolean' | 'timestamp' | 'time';

/** How values of the column are compared; null where a value has one form alone, or text is all that it is. */
export function comparedAs({ logicalType, options }: Pick<ContractColumn, 'logicalType' | 'options'>): Written | null {
  switch (logicalType) {
    case 'integer':
    case 'number':
    case 'boolean':
      return logicalType;
    case 'timestamp':
    case 'time':
      return options.format === null || options.format.pattern === ISO[logicalType].pattern ? logicalType : null;
    case 'date':
    case 'string':
    case null:
      return null;
  }
}

/** Whether two of the values could be the same one. What is not of the type has one form. */
export function inSeveralForms(written: Written, values: Iterable<string>): boolean {
  switch (written) {
    case 'integer':
      return some(values, isOddInteger);
    case 'number':
      return areOddNumbers(values);
    case 'boolean': {
      const all = [...values];
      return !ALIKE.some((alike) => all.every((value) => alike.includes(value)));
    }
    case 'timestamp':
    case 'time':
      return areInSeveralShapes(values, BETWEEN[written]);
  }
}

/** A text that all forms of one value share, and no other value has; what is not of the type stays as it is. */
export function oneForm(written: Written, text: string): string {
  switch (written) {
    case 'integer':
    case 'number':
      return oneNumber(text);
    case 'boolean':
      return ONE_BOOLEAN.get(text.toLowerCase()) ?? text;
    case 'timestamp':
    case 'time': {
      // Beyond what a double holds of an instant, digits stay digits.
      const at = ISO[written].parse(text.replace(FRACTION, ''));
      return at === null ? text : `${at}.${(FRACTION.exec(text)?.[1] ?? '').replace(/0+$/, '')}`;
    }
  }
}

/** Tells whether a value is one of some, however it is written. @param written null where it is compared as text */
export function isAmong(values: readonly string[], written: Written | null): (value: string) => boolean {
  const texts = new Set(values);
  if (written === null) return (value) => texts.has(value);
  const ones = new Set(values.map((value) => oneForm(written, value)));
  return (value) => texts.has(value) || ones.has(oneForm(written, value));
}

/** Both of each are written alike. */
export const ALIKE: readonly (readonly string[])[] = [
  ['true', 'false'],
  ['True', 'False'],
  ['TRUE', 'FALSE'],
  ['1', '0'],
];
export const ONE_BOOLEAN = new Map([
  ['true', 'true'],
  ['1', 'true'],
  ['false', 'false'],
  ['0', 'false'],
]);
/** Where a date is divided from its time; of a time alone, a place where all have the same. */
export const BETWEEN = { timestamp: 10, time: 2 } as const;
const FRACTION = /[.,](\d+)/;
/** An exponent, a plus, a zero in front, or a point with nothing at one of its sides. */
export const ODD_NUMBER = '[eE]|^[+.]|^-?0[0-9]|^-[.]|[.]$|^-0(?:[.]0*)?$';
const ODD = new RegExp(ODD_NUMBER);
const PARTS = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function some(values: Iterable<string>, holds: (value: string) => boolean): boolean {
  for (const value of values) if (holds(value)) return true;
  return false;
}

const [PLUS, MINUS, ZERO, ONE] = [43, 45, 48, 49];

function isOddInteger(value: string): boolean {
  const first = value.charCodeAt(0);
  if (first >= ONE) return false;
  if (first === ZERO) return value.length > 1;
  return first === PLUS || (first === MINUS && value.charCodeAt(1) === ZERO);
}

/** Where each has as many decimals as the others, zeros at the end are part of the one form. */
function areOddNumbers(values: Iterable<string>): boolean {
  const decimals = new Set<number>();
  let padded = false;
  for (const value of values) {
    if (ODD.test(value)) return true;
    const point = value.indexOf('.');
    decimals.add(point === -1 ? 0 : value.length - point);
    padded ||= point !== -1 && value.endsWith('0');
    if (padded && decimals.size > 1) return true;
  }
  return false;
}

function oneNumber(text: string): string {
  const [, sign, whole = '', decimals = '', power = '0'] = PARTS.exec(text) ?? [];
  const all = whole + decimals;
  if (sign === undefined || all === '') return text;
  const digits = all.replace(/^0+/, '');
  if (digits === '') return '0';
  const point = BigInt(power) + BigInt(whole.length - all.length + digits.length);
  return `${sign === '-' ? '-' : ''}${digits.replace(/0+$/, '')}e${point}`;
}

/** Times of one shape are equal where they are equal as text; an offset makes one time of several texts. */
function areInSeveralShapes(values: Iterable<string>, between: number): boolean {
  let first: string | null = null;
  for (const value of values) {
    first ??= value;
    if (value === first) continue;
    if (value.length !== first.length || value.charAt(between) !== first.charAt(between)) return true;
    if (hasOffset(value) || value.endsWith('Z') !== first.endsWith('Z')) return true;
    if (value.includes(',') !== first.includes(',')) return true;
  }
  return false;
}

function hasOffset(value: string): boolean {
  return [3, 5, 6].some((fromEnd) => {
    const code = value.charCodeAt(value.length - fromEnd);
    return code === PLUS || code === MINUS;
  });
}
