import { holds } from '../../../../core/data/condition.ts';
import type { QualityRule } from '../../../../core/data/contract-model.ts';

/** Reads the values of one row by column name; undefined where the file has no such column. */
export type RowReader = (column: string) => string | undefined;

export interface RuleOutcome {
  readonly holds: boolean;
  /** In words. */
  readonly message: string;
  /** The first row that counts against the rule, from 1; null where none does. */
  readonly line: number | null;
}

const MAX_LINES = 10;

/** Counts what one quality rule measures, row by row, and judges it at the end. */
export class RuleCounter {
  readonly rule: QualityRule;
  readonly #counts: (read: RowReader) => boolean;
  readonly #lines: number[] = [];
  #count = 0;

  constructor(rule: QualityRule) {
    this.rule = rule;
    this.#counts = counter(rule);
  }

  row(line: number, read: RowReader): void {
    if (!this.#counts(read)) return;
    this.#count += 1;
    if (this.#lines.length < MAX_LINES) this.#lines.push(line);
  }

  outcome(rows: number): RuleOutcome {
    const { rule } = this;
    const value = rule.unit === 'percent' ? (rows === 0 ? 0 : (100 * this.#count) / rows) : this.#count;
    const failed = rule.conditions.filter((condition) => !holds(condition, value));
    const unit = rule.unit === 'percent' ? '%' : '';
    const measured = `${Number(value.toPrecision(6))}${unit}`;
    const conditions = failed.map(({ operator, operands }) => `${operator} ${operands.join(' and ')}${unit}`);
    const where = rule.metric === 'rowCount' ? '' : lineList(this.#lines, this.#count);
    const label = rule.label === '' ? '' : ` (${rule.label})`;
    return {
      holds: failed.length === 0,
      message: `${rule.metric} is ${measured}, contract: ${conditions.join(', ')}${where}${label}`,
      line: rule.metric === 'rowCount' ? null : (this.#lines[0] ?? null),
    };
  }
}

function lineList(lines: readonly number[], count: number): string {
  if (lines.length === 0) return '';
  return `; line${count > 1 ? 's' : ''} ${lines.join(', ')}${count > lines.length ? ', …' : ''}`;
}

function counter(rule: QualityRule): (read: RowReader) => boolean {
  const column = rule.columns[0] ?? '';
  switch (rule.metric) {
    case 'rowCount':
      return () => true;
    case 'nullValues':
      return (read) => read(column) === '';
    case 'missingValues': {
      const missing = new Set(rule.missingValues);
      return (read) => missing.has(read(column) ?? '');
    }
    case 'invalidValues': {
      const valid = rule.validValues === null ? null : new Set(rule.validValues);
      return (read) => {
        const value = read(column) ?? '';
        if (value === '') return false;
        return (valid !== null && !valid.has(value)) || (rule.pattern !== null && !rule.pattern.test(value));
      };
    }
    case 'duplicateValues':
      return duplicates(rule.columns);
  }
}

/** Counts the rows after the first of each value; rows with an empty field are left out, as SQL does. */
function duplicates(columns: readonly string[]): (read: RowReader) => boolean {
  const seen = new Set<string>();
  return (read) => {
    const key = keyOf(columns.map((column) => read(column) ?? ''));
    if (key === null) return false;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  };
}

/** One text for several values, equal only where all are; null where one is empty. */
export function keyOf(values: readonly string[]): string | null {
  if (values.includes('')) return null;
  return values.length === 1 ? (values[0] ?? null) : JSON.stringify(values);
}
