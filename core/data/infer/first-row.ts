import { inferType } from '../checks/number-line.ts';
import type { ColumnProfile } from '../report/profile.ts';

/** Columns of text in which a header would hardly be a value, too. */
const FEW_VALUES = 200;

/**
 * Whether what was taken for the header looks like a row: each name is such a value as its column has, and at least one
 * is what nobody calls a column. Where all are text, a header that occurs again further down would look the same.
 */
export function looksLikeRow(columns: readonly ColumnProfile[]): boolean {
  const typed = columns.filter(({ type }) => type !== 'string');
  if (typed.some(({ name, type }) => !isOfType(name, type))) return false;
  const numbers = typed.filter(({ type }) => isNumeric(type)).map(({ name }) => Number(name));
  if (columns.some(isPersonal)) return true;
  if (typed.length === 0 || isSeries(numbers)) return false;
  const isFraction = numbers.some((one) => !Number.isInteger(one) || one < 0);
  return numbers.length > 1 || isFraction || typed.some(isTime) || columns.some(isAmongValues);
}

/** Numbers that are names: places from 0, years, quantiles, wavelengths. */
function isSeries(numbers: readonly number[]): boolean {
  const steps = numbers.slice(1).map((one, at) => one - (numbers[at] ?? one));
  const [step = 0] = steps;
  const even = step !== 0 && steps.every((one) => one === step);
  const rises = steps.length > 0 && steps.every((one) => one > 0);
  const years = numbers.every((one) => Number.isInteger(one) && one >= 1800 && one <= 2200);
  const shares = numbers.every((one) => one >= 0 && one <= 1);
  return (even && (steps.length > 1 || Math.abs(step) === 1)) || (rises && (years || shares || steps.length > 2));
}

function isOfType(name: string, type: ColumnProfile['type']): boolean {
  const found = inferType([name]);
  return found === type || (isNumeric(type) && isNumeric(found));
}

function isNumeric(type: ColumnProfile['type']): boolean {
  return type === 'integer' || type === 'number';
}

function isTime({ type }: ColumnProfile): boolean {
  return type === 'date' || type === 'timestamp' || type === 'time';
}

/** The column itself tells what its values are: an address is no name. */
function isPersonal({ name, format, pii }: ColumnProfile): boolean {
  switch (pii === 'email' ? 'email' : format) {
    case 'email':
      return /^[^\s@]+@[^\s@]+$/.test(name);
    case 'uuid':
      return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(name);
    case 'url':
      return /^https?:\/\//i.test(name);
    default:
      return false;
  }
}

function isAmongValues({ name, type, distinct, top, pii }: ColumnProfile): boolean {
  const few = distinct !== null && distinct <= FEW_VALUES && distinct > 1;
  return type === 'string' && few && pii === null && name !== '' && top.some(({ value }) => value === name);
}
