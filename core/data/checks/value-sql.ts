import { LARGE } from '../column-check.ts';
import type { Bound, ContractColumn } from '../contract-model.ts';
import { quoteNumber, quoteText } from '../sql/quote.ts';
import { ISO } from '../time.ts';
import { comparedAs } from '../written-forms.ts';
import { forTyped } from './column-rules.ts';
import { isMixed } from './json-values.ts';
import { toRe2 } from './pattern-sql.ts';
import { type TableColumn, textOf } from './table.ts';
import { formatCondition } from './text-format-sql.ts';
import {
  BOOLEANS,
  DATE,
  INTEGER,
  NUMBER,
  parsedNumber,
  parsedTimestamp,
  TIME,
  TIMESTAMP,
  timeOfDay,
} from './text-values-sql.ts';
import { canMeet, typeOf } from './type-family.ts';
import { isAmongSql } from './written-forms-sql.ts';

/**
 * What of a column's rules has a form in SQL that means the same as `compileColumn`; for the rest the values themselves
 * have to be counted.
 */
export function hasSqlForm(column: ContractColumn, table: TableColumn): boolean {
  if (isMixed(table)) return false;
  const { options, logicalType } = forTyped(column, table);
  if (options.pattern !== null && toRe2(options.pattern.source) === null) return false;
  const isTime = logicalType === 'date' || logicalType === 'timestamp' || logicalType === 'time';
  if (isTime && options.format !== null && options.format.pattern !== ISO[logicalType].pattern) return false;
  const texts = [...(options.values ?? []), options.pattern?.source ?? ''];
  return texts.every((text) => text.isWellFormed());
}

/**
 * For each rule of the column the condition that violates it, each to be tried after the ones before it, in the order of
 * `valueRules`. None of them is NULL for any value.
 */
export function violationCases(raw: ContractColumn, table: TableColumn): ReadonlyMap<string, string> {
  const column = forTyped(raw, table);
  const { options, logicalType } = column;
  const text = textOf(table);
  const cases = new Map<string, string>();
  const number = numberOf(column, table);
  // An earlier case takes nulls where they are refused; where they are not, no later one may.
  const add = (check: string, violated: string): void => {
    cases.set(check, `${table.sql} IS NOT NULL AND (${violated})`);
  };
  cases.set('required', `${table.sql} IS NULL`);
  if (logicalType !== null) add('type', canMeet(table, raw) ? wrongType(column, table) : 'true');
  const whole = wholeNumber(logicalType, table);
  const { minimum, maximum, multipleOf } = options;
  if (minimum !== null) add('minimum', `NOT coalesce(${within(number, whole, asStored(minimum, table), '>')}, false)`);
  if (maximum !== null) add('maximum', `NOT coalesce(${within(number, whole, asStored(maximum, table), '<')}, false)`);
  // 0.3 in 32 bits is a multiple of 0.1 as it is written, and none in 64.
  const written = table.type === 'FLOAT' ? `CAST(${text} AS DOUBLE)` : number;
  if (multipleOf !== null) add('multipleOf', `NOT coalesce(${isMultiple(written, whole, multipleOf)}, false)`);
  if (options.minLength !== null) add('minLength', `length(${text}) < ${options.minLength}`);
  if (options.maxLength !== null) add('maxLength', `length(${text}) > ${options.maxLength}`);
  const pattern = options.pattern === null ? null : toRe2(options.pattern.source);
  if (pattern !== null) add('pattern', `NOT regexp_matches(${text}, ${quoteText(pattern)})`);
  if (options.textFormat !== null) add('format', `NOT coalesce(${formatCondition(options.textFormat, text)}, false)`);
  if (options.values !== null) add('enum', `NOT ${isAmongSql(options.values, comparedAs(column), text)}`);
  return cases;
}

function wrongType(column: ContractColumn, table: TableColumn): string {
  const text = textOf(table);
  if (table.typed && table.type !== 'VARCHAR') {
    // NaN and infinities are no numbers.
    if (!/^(FLOAT|DOUBLE)$/.test(table.type)) return 'false';
    const whole = column.logicalType === 'integer' ? ` OR ${table.sql} <> trunc(${table.sql})` : '';
    return `NOT isfinite(${table.sql})${whole}`;
  }
  switch (column.logicalType) {
    case 'integer':
      return `length(${text}) > 400 OR NOT regexp_full_match(${text}, ${quoteText(INTEGER)})`;
    case 'number':
      return `length(${text}) > 400 OR NOT regexp_full_match(${text}, ${quoteText(NUMBER)}) OR NOT isfinite(${parsedNumber(text)})`;
    case 'boolean':
      return `lower(${text}) NOT IN ${BOOLEANS}`;
    case 'date':
      return `NOT regexp_full_match(${text}, ${quoteText(DATE)}) OR TRY_CAST(${text} AS DATE) IS NULL`;
    case 'timestamp':
      return `NOT regexp_full_match(${text}, ${quoteText(TIMESTAMP)}) OR ${parsedTimestamp(text)} IS NULL${wrongOffset(column, text, 17)}`;
    case 'time':
      return `NOT regexp_full_match(${text}, ${quoteText(TIME)})${wrongOffset(column, text, 6)}`;
    case 'string':
    case null:
      return 'false';
  }
}

/** @param from where in the text, from 1, a sign can be of nothing but an offset */
function wrongOffset({ options: { timezone } }: ContractColumn, text: string, from: number): string {
  if (timezone === null) return '';
  return ` OR ${timezone ? 'NOT ' : ''}regexp_matches(substr(${text}, ${from}), '[Z+-]')`;
}

/** On the number line: numbers themselves, milliseconds since 1970 of dates and timestamps, NULL for what is neither. */
export function numberOf(column: Pick<ContractColumn, 'logicalType'>, table: TableColumn): string {
  const text = textOf(table);
  const native = table.typed && table.type !== 'VARCHAR';
  switch (column.logicalType) {
    case 'integer':
    case 'number':
      return native ? `CAST(${table.sql} AS DOUBLE)` : parsedNumber(text);
    case 'boolean':
      return native
        ? `CAST(${table.sql} AS DOUBLE)`
        : `CASE WHEN lower(${text}) IN ('true', '1') THEN 1.0 ELSE 0.0 END`;
    case 'date':
      return `CAST(epoch_ms(${native ? table.sql : `TRY_CAST(${text} AS DATE)`}::TIMESTAMP) AS DOUBLE)`;
    case 'timestamp':
      return native ? `epoch_us(${table.sql}) / 1000.0` : `epoch_us(${parsedTimestamp(text)}) / 1000.0`;
    case 'time':
      return native ? timeOfDay(`CAST(${table.sql} AS VARCHAR)`) : timeOfDay(text);
    case 'string':
    case null:
      return 'CAST(NULL AS DOUBLE)';
  }
}

/**
 * A value for a query that compares or adds up: of the contract's type where the file has none. What is not of that type
 * is null; the rule of the type names it. An integer beyond 128 bits ends the query, since as null it would meet any rule.
 * Dates and times that are written otherwise than ISO 8601 stay text.
 *
 * @param clean whether each value is known to be of the type: casts alone take 1.5 for 2 and `1_000` for a number
 */
export function typedSql(
  column: Pick<ContractColumn, 'logicalType' | 'options'> | null,
  table: TableColumn,
  clean: boolean,
): string {
  const text = textOf(table);
  if (column === null || (table.typed && table.type !== 'VARCHAR' && !isMixed(table))) return table.sql;
  const { logicalType, options } = column;
  const where = (pattern: string, cast: string): string =>
    clean ? cast : `CASE WHEN regexp_full_match(${text}, ${quoteText(pattern)}) THEN ${cast} END`;
  const iso = (type: 'date' | 'timestamp'): boolean =>
    options.format === null || options.format.pattern === ISO[type].pattern;
  switch (logicalType) {
    case 'integer':
      return where(INTEGER, `CAST(${text} AS HUGEINT)`);
    case 'number':
      return where(NUMBER, `TRY_CAST(${text} AS DOUBLE)`);
    case 'boolean':
      return `CASE WHEN lower(${text}) IN ('true', '1') THEN true WHEN lower(${text}) IN ('false', '0') THEN false END`;
    case 'date':
      return iso('date') ? where(DATE, `TRY_CAST(${text} AS DATE)`) : table.sql;
    case 'timestamp':
      return iso('timestamp') ? where(TIMESTAMP, parsedTimestamp(text)) : table.sql;
    case 'string':
    case 'time':
    case null:
      return table.sql;
  }
}

/** The value as an integer of 128 bits, where it is one and the contract speaks of numbers; null where it can't be. */
export function wholeNumber(logicalType: ContractColumn['logicalType'], table: TableColumn): string | null {
  if (logicalType !== 'integer' && logicalType !== 'number') return null;
  if (typeOf(table) === 'integer') return `TRY_CAST(${table.sql} AS HUGEINT)`;
  if (table.typed && table.type !== 'VARCHAR') return null;
  const text = textOf(table);
  return `CASE WHEN regexp_full_match(${text}, ${quoteText(INTEGER)}) THEN TRY_CAST(${text} AS HUGEINT) END`;
}

/** In a column of 32 bits 1.1 is another number than in 64, and a bound of 1.1 means it. */
function asStored(bound: Bound, { type }: TableColumn): Bound {
  return type === 'FLOAT' ? { ...bound, value: Math.fround(bound.value) } : bound;
}

/** As `column-check.ts`: by doubles, but where a double stands for several integers by the integers themselves. */
function within(number: string, whole: string | null, bound: Bound, sign: '>' | '<'): string {
  const operator = `${sign}${bound.exclusive ? '' : '='}`;
  const plain = `${number} ${operator} ${quoteNumber(bound.value)}`;
  if (whole === null || bound.exact === null || Math.abs(bound.value) < LARGE) return plain;
  if (Math.abs(bound.value) >= 2 ** 126) return plain;
  return `CASE WHEN abs(${number}) < ${LARGE} OR (${whole}) IS NULL THEN ${plain} ELSE (${whole}) ${operator} CAST('${bound.exact}' AS HUGEINT) END`;
}

/** Decimal fractions have no exact binary form: 0.3 counts as a multiple of 0.1. */
function isMultiple(number: string, whole: string | null, of: number): string {
  const quotient = `(${number} / ${quoteNumber(of)})`;
  const near = `abs(${quotient} - round(${quotient})) <= 1e-9 * greatest(1, abs(${quotient}))`;
  if (whole === null || !Number.isSafeInteger(of)) return near;
  return `CASE WHEN abs(${number}) < ${LARGE} OR (${whole}) IS NULL THEN ${near} ELSE (${whole}) % ${of} = 0 END`;
}
