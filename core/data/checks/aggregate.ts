import { holds } from '../condition.ts';
import type { AggregateRule, Condition, LogicalType } from '../contract-model.ts';
import { quoteNumber } from '../sql/quote.ts';
import { cut, type Measured } from './measured.ts';
import type { SqlScalar } from './result-row.ts';
import { deviationOf } from './scan-profile.ts';
import type { DataTable, TableColumn } from './table.ts';
import { canHold, typeOf } from './type-family.ts';
import { numberOf, wholeNumber } from './value-sql.ts';

/**
 * One scan for the aggregates of one column: rows with a value, those whose value is no finite number, and one number as
 * text for each rule. Sums are compensated, and quantiles interpolated between neighbours (type 7 of Hyndman and Fan).
 */
export function aggregateQuery(
  { relation }: DataTable,
  column: TableColumn,
  rules: readonly AggregateRule[],
  declared: LogicalType | null,
): string {
  const numbers = isNumeric(column) ? numberOf({ logicalType: 'number' }, column) : 'CAST(NULL AS DOUBLE)';
  // Whether the contract calls them integers decides for a text file; a file with types has its own word.
  const whole = declared === 'integer' || typeOf(column) === 'integer' ? wholeNumber('integer', column) : null;
  const parts = rules.map((rule) => expression(rule));
  const from = `(SELECT ${column.sql} AS v, ${numbers} AS n, ${whole ?? 'CAST(NULL AS HUGEINT)'} AS w FROM ${relation} WHERE ${column.sql} IS NOT NULL)`;
  return `SELECT count(*), count(*) FILTER (WHERE NOT isfinite(n)), ${parts.join(', ')} FROM ${from}`;
}

function isNumeric(column: TableColumn): boolean {
  return canHold(column, 'number') || typeOf(column) === 'boolean';
}

/** Of integers the smallest, the largest and the sum keep all of their digits, as far as 128 bits hold them. */
function expression({ aggregate, p }: AggregateRule): string {
  const ofIntegers = (whole: string, number: string): string =>
    `CASE WHEN count(w) = count(*) THEN CAST(${whole} AS VARCHAR) ELSE CAST(${number} AS VARCHAR) END`;
  switch (aggregate) {
    case 'min':
    case 'max':
      return ofIntegers(`${aggregate}(w)`, `${aggregate}(n)`);
    case 'sum':
      return ofIntegers('sum(w)', 'fsum(n)');
    case 'mean':
      return 'CAST(favg(n) AS VARCHAR)';
    case 'stddev':
      return `CAST(${deviationOf('n')} AS VARCHAR)`;
    case 'median':
      return 'CAST(median(n) AS VARCHAR)';
    case 'quantile':
      return `CAST(quantile_cont(n, ${quoteNumber(p ?? 0.5)}) AS VARCHAR)`;
    case 'distinct':
      return 'CAST(count(DISTINCT v) AS VARCHAR)';
  }
}

/** @param row the one row of `aggregateQuery` for the same rules */
export function judgeAggregates(
  column: TableColumn,
  rules: readonly AggregateRule[],
  row: readonly SqlScalar[],
): readonly Measured[] {
  const [present, infinite] = [Number(row[0] ?? 0), Number(row[1] ?? 0)];
  return rules.map((rule, index): Measured => {
    const value = row[index + 2];
    if (rule.aggregate !== 'distinct') {
      if (!isNumeric(column)) return aggregateNotChecked(rule, `the file’s type is ${column.type}: expected numbers`);
      if (infinite > 0) return aggregateNotChecked(rule, `${infinite} of ${present} values are no finite numbers`);
    }
    const text = String(value);
    const beyond = value === null ? present > 1 : !Number.isFinite(Number(text));
    if (beyond) return aggregateNotChecked(rule, 'its values are so large that doubles can’t hold it');
    if (value === null || value === undefined)
      return aggregateNotChecked(rule, `too few values to compute it: ${present}`);
    const good = rule.conditions.every((condition) => holdsForText(condition, text));
    return measured(rule, good ? 'passed' : 'failed', /^-?\d+$/.test(text) ? text : String(Number(text)));
  });
}

export function aggregateNotChecked(rule: AggregateRule, why: string): Measured {
  return measured(rule, 'not_checked', why);
}

/** Integers that no double is are compared by all of their digits. */
function holdsForText(condition: Condition, text: string): boolean {
  const number = Number(text);
  if (Number.isSafeInteger(number) || !/^-?\d+$/.test(text)) return holds(condition, number);
  const exact = BigInt(text);
  // What differs from an operand only in lost digits is moved off it to the side where it lies.
  const operand = condition.operands.find((one) => one === number);
  if (operand === undefined || BigInt(operand) === exact) return holds(condition, number);
  return holds(condition, exact > BigInt(operand) ? nextUp(number) : -nextUp(-number));
}

/** The next larger double. */
function nextUp(number: number): number {
  const step = Math.abs(number) * 2 ** -52;
  return number + step;
}

function measured(rule: AggregateRule, status: Measured['status'], found: string): Measured {
  const { aggregate, p, column, conditions, severity, label, line } = rule;
  const expected = conditions.map(({ operator, operands }) => `${operator} ${operands.join(' and ')}`).join(', ');
  return {
    ...{ rule: aggregate, columns: [column], severity, status, count: null, of: 0, tolerance: null },
    ...{ expected: cut(`${aggregate}${p === null ? '' : ` ${p}`}: ${expected}`), found: cut(found) },
    ...{ contractLine: line, label, search: null },
  };
}
