import { compileColumn, offsetWords } from '../column-check.ts';
import type { ContractColumn } from '../contract-model.ts';
import type { RuleName } from '../rule-names.ts';
import { quoteText } from '../sql/quote.ts';
import { isTolerated } from '../waivers.ts';
import { inSeveralForms, oneForm, type Written } from '../written-forms.ts';
import { isMixed, plainValue, wholeNumber } from './json-values.ts';
import { cut, type Measured, rowsOf } from './measured.ts';
import { numbersOf } from './number-line.ts';
import { type TableColumn, textOf } from './table.ts';
import { canMeet } from './type-family.ts';
import type { ValueCounts } from './value-counts.ts';
import { writtenAs } from './written-forms-sql.ts';

/** Values that are looked for again to show rows that hold them. */
const MAX_SEARCHED = 20;

/** A rule that a contract states of the single values of a column, in the order in which they are tried. */
export interface ValueRule {
  /** As `compileColumn` names it. */
  readonly check: string;
  readonly rule: RuleName;
  readonly expected: string;
}

/** The rules of a column, `unique` left out. The first that a value violates is the one it counts for. */
export function valueRules(column: ContractColumn): ValueRule[] {
  const { required, logicalType, options } = column;
  const { minimum, maximum, multipleOf, minLength, maxLength, pattern, textFormat, values } = options;
  const rules: ValueRule[] = [];
  const add = (check: string, rule: RuleName, expected: string): void => {
    rules.push({ check, rule, expected: cut(expected) });
  };
  if (required) add('required', 'required', 'a value in each row');
  if (logicalType !== null) {
    const format = options.format === null ? '' : ` (${options.format.pattern})`;
    add('type', 'type', `${logicalType}${format}${offsetWords(column)}`);
  }
  if (minimum !== null) add('minimum', 'minimum', `a value ${minimum.exclusive ? '>' : '≥'} ${minimum.text}`);
  if (maximum !== null) add('maximum', 'maximum', `a value ${maximum.exclusive ? '<' : '≤'} ${maximum.text}`);
  if (multipleOf !== null) add('multipleOf', 'multiple_of', `a multiple of ${multipleOf}`);
  if (minLength !== null) add('minLength', 'min_length', `${minLength} characters or more`);
  if (maxLength !== null) add('maxLength', 'max_length', `${maxLength} characters or fewer`);
  if (pattern !== null) add('pattern', 'pattern', `text that matches ${pattern.source}`);
  if (textFormat !== null) add('format', 'format', textFormat.expected);
  if (values !== null) add('enum', 'enum', `one of ${values.join(', ')}`);
  return rules;
}

/** The contract's column as it reads where the file itself has types: a date is then no matter of how it is written. */
export function forTyped(column: ContractColumn, table: TableColumn): ContractColumn {
  if (table.type === 'VARCHAR' || isMixed(table)) return column;
  return { ...column, options: { ...column.options, format: null, timezone: null } };
}

/** Judges the rules of a column's single values and its uniqueness from its exact value counts. */
export function judgeCounts(column: ContractColumn, values: ValueCounts, rows: number): Measured[] {
  const tallies = tally(column, values);
  const measured = valueRules(column).map(({ check, rule, expected }) => {
    const { count, bad } = tallies.get(check) ?? { count: 0, bad: [] };
    const search = check === 'required' ? `${values.column.sql} IS NULL` : isOneOf(values.column, bad);
    return judged({ column, table: values.column, rule, expected, count, rows, where: search });
  });
  if (column.unique) measured.push(uniqueness(column, values, rows));
  return measured;
}

interface Tally {
  count: number;
  readonly bad: string[];
}

function tally(column: ContractColumn, { column: table, nulls, counts }: ValueCounts): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  const add = (check: string, value: string | null, rows: number): void => {
    const known = tallies.get(check) ?? { count: 0, bad: [] };
    known.count += rows;
    if (value !== null && known.bad.length < MAX_SEARCHED) known.bad.push(value);
    tallies.set(check, known);
  };
  if (nulls > 0 && column.required) add('required', null, nulls);
  const possible = canMeet(table, column);
  const typed = forTyped(column, table);
  const check = compileColumn(typed);
  const isTime = typed.logicalType === 'date' || typed.logicalType === 'timestamp';
  const times = isTime && typed.options.format === null ? numbersOf(counts, typed.logicalType) : null;
  let at = -1;
  const whole = table.json === true && column.logicalType === 'integer';
  for (const [value, count] of counts) {
    at += 1;
    const plain = isMixed(table) ? plainValue(value, column.logicalType) : whole ? wholeNumber(value) : value;
    if (!possible || plain === null) add('type', value, count);
    else if (plain === '') {
      // Only a typed file tells an empty text from null; it is a value there, of no length.
      if (column.options.minLength !== null && column.options.minLength > 0) add('minLength', value, count);
    } else {
      const violation = check(plain, plain === value ? times?.[at] : undefined);
      if (violation !== null) add(violation.rule, value, count);
    }
  }
  return tallies;
}

function isOneOf(table: TableColumn, values: readonly string[]): string {
  return `list_contains([${values.map(quoteText).join(', ')}], ${textOf(table)})`;
}

interface Judgement {
  readonly column: ContractColumn;
  readonly table: TableColumn;
  readonly rule: RuleName;
  readonly expected: string;
  readonly count: number;
  readonly rows: number;
  /** Condition of SQL for rows that violate the rule. */
  readonly where: string;
}

/** A rule of a column as measured: it holds where no row violates it. */
export function judged({ column, table, rule, expected, count, rows, where }: Judgement): Measured {
  const mismatch = rule === 'type' && !canMeet(table, column) ? ` (the file’s type is ${cut(table.type, 100)})` : '';
  return {
    rule,
    columns: [column.name],
    severity: column.severity,
    status: isTolerated(count, rows, column.tolerance) ? 'passed' : 'failed',
    expected,
    found: `${rowsOf(count, rows)} violate it${mismatch}`,
    count,
    of: rows,
    tolerance: column.tolerance,
    contractLine: column.line,
    label: '',
    search: count === 0 ? null : { where, show: [table] },
  };
}

function uniqueness(column: ContractColumn, { column: table, counts }: ValueCounts, rows: number): Measured {
  const written = writtenAs(column, table);
  let repeated = 0;
  const bad: string[] = [];
  const take = (count: number, forms: readonly string[]): void => {
    if (count < 2) return;
    repeated += count - 1;
    bad.push(...forms.slice(0, MAX_SEARCHED - bad.length));
  };
  if (written !== null && inSeveralForms(written, counts.keys()))
    for (const { count, forms } of byOneForm(written, counts)) take(count, forms);
  else for (const [value, count] of counts) if (count > 1) take(count, [value]);
  const where = isOneOf(table, bad);
  return judged({ column, table, rule: 'unique', expected: 'each value once', count: repeated, rows, where });
}

/** Rows of each value, and how it is written. */
function byOneForm(
  written: Written,
  counts: ReadonlyMap<string, number>,
): Iterable<{ readonly count: number; readonly forms: readonly string[] }> {
  const values = new Map<string, { count: number; forms: string[] }>();
  for (const [form, count] of counts) {
    const one = oneForm(written, form);
    const known = values.get(one);
    if (known === undefined) values.set(one, { count, forms: [form] });
    else {
      known.count += count;
      known.forms.push(form);
    }
  }
  return values.values();
}
