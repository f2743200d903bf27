import type { ContractColumn } from '../contract-model.ts';
import { quoteText } from '../sql/quote.ts';
import { ISO } from '../time.ts';
import type { TableColumn } from './table.ts';
import { NUMBER, parsedTimestamp, timeOfDay } from './value-sql.ts';

/**
 * A text file may write one value in several ways: `1`, `01` and `+1`; `1.5`, `1.50` and `15e-1`; an instant in two zones.
 * As text they differ, and all who read the file by its contract take them for one. Nearly every column holds to one form,
 * and is then compared as it is written.
 */
export type Written = 'integer' | 'number' | 'boolean' | 'timestamp' | 'time';

/** How values of the column may be written; null where a value has one form alone, or text is all that it is. */
export function writtenAs(column: ContractColumn | null, table: TableColumn): Written | null {
  if (column === null || table.type !== 'VARCHAR') return null;
  const { logicalType, options } = column;
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

/** As `inSeveralForms`: an aggregate of SQL over the column. */
export function inSeveralFormsSql(written: Written, sql: string): string {
  switch (written) {
    case 'integer':
      // By order alone, which looks at four bytes of most values: +…, 0…, -0….
      return any(
        `(${sql} > '0' AND ${sql} < '1') OR (${sql} >= '+' AND ${sql} < ',') OR (${sql} >= '-0' AND ${sql} < '-1')`,
      );
    case 'number': {
      const digits = `CASE WHEN contains(${sql}, '.') THEN length(${sql}) - strpos(${sql}, '.') ELSE 0 END`;
      const odd = `regexp_matches(${sql}, ${quoteText(ODD_NUMBER)})`;
      const padded = `contains(${sql}, '.') AND right(${sql}, 1) = '0'`;
      return `(${any(odd)} OR (${any(padded)} AND min(${digits}) <> max(${digits})))`;
    }
    case 'boolean':
      return `NOT (${ALIKE.map((alike) => `coalesce(bool_and(${sql} IN (${alike.map(quoteText).join(', ')})), true)`).join(' OR ')})`;
    case 'timestamp':
    case 'time': {
      const zone = any(`regexp_matches(right(${sql}, 6), '[+-]')`);
      const same = [
        `length(${sql})`,
        `substr(${sql}, ${BETWEEN[written] + 1}, 1)`,
        `right(${sql}, 1) = 'Z'`,
        `contains(${sql}, ',')`,
      ];
      return `(${zone} OR ${same.map((kind) => `min(${kind}) IS DISTINCT FROM max(${kind})`).join(' OR ')})`;
    }
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

/** As `oneForm`. */
export function oneFormSql(written: Written, sql: string): string {
  switch (written) {
    case 'integer':
    case 'number': {
      const [whole, all] = [
        `regexp_extract(${sql}, '^[+-]?([0-9]*)', 1)`,
        `regexp_replace(${sql}, '[eE].*|[^0-9]', '', 'g')`,
      ];
      const digits = `ltrim(${all}, '0')`;
      const power = `coalesce(TRY_CAST(regexp_extract(${sql}, '[eE]([+-]?[0-9]+)$', 1) AS BIGINT), 0)`;
      const point = `(${power} + length(${whole}) - length(${all}) + length(${digits}))`;
      const sign = `CASE WHEN starts_with(${sql}, '-') THEN '-' ELSE '' END`;
      return `CASE WHEN NOT regexp_full_match(${sql}, ${quoteText(NUMBER)}) THEN ${sql} WHEN ${digits} = '' THEN '0' ELSE ${sign} || rtrim(${digits}, '0') || 'e' || ${point} END`;
    }
    case 'boolean':
      return `CASE lower(${sql}) ${[...ONE_BOOLEAN].map(([form, one]) => `WHEN ${quoteText(form)} THEN ${quoteText(one)}`).join(' ')} ELSE ${sql} END`;
    case 'timestamp':
    case 'time': {
      const whole = `regexp_replace(${sql}, '[.,][0-9]+', '')`;
      const fraction = `rtrim(regexp_extract(${sql}, '[.,]([0-9]+)', 1), '0')`;
      const at = written === 'time' ? timeOfDay(whole) : `epoch_us(${parsedTimestamp(whole)})`;
      return `coalesce(CAST(${at} AS VARCHAR) || '.' || ${fraction}, ${sql})`;
    }
  }
}

const ALIKE: readonly (readonly string[])[] = [
  ['true', 'false'],
  ['True', 'False'],
  ['TRUE', 'FALSE'],
  ['1', '0'],
];
const ONE_BOOLEAN = new Map([
  ['true', 'true'],
  ['1', 'true'],
  ['false', 'false'],
  ['0', 'false'],
]);
/** Where a date is divided from its time; of a time alone, a place where all have the same. */
const BETWEEN = { timestamp: 10, time: 2 } as const;
const FRACTION = /[.,](\d+)/;
/** An exponent, a plus, a zero in front, or a point with nothing at one of its sides. */
const ODD_NUMBER = '[eE]|^[+.]|^-?0[0-9]|^-[.]|[.]$|^-0(?:[.]0*)?$';
const ODD = new RegExp(ODD_NUMBER);
const PARTS = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function any(condition: string): string {
  return `coalesce(bool_or(${condition}), false)`;
}

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
