import type { ContractColumn } from '../contract-model.ts';
import { judged, valueRules } from './column-rules.ts';
import { cut, type Measured } from './measured.ts';
import type { SqlScalar } from './result-row.ts';
import { partsOf, sideBySide } from './side-by-side.ts';
import type { TableColumn } from './table.ts';
import { violationCases } from './value-sql.ts';

/** A column with too many distinct values to count them one by one; `null` contract for one that it doesn't declare. */
export interface ScannedColumn {
  readonly table: TableColumn;
  readonly column: ContractColumn | null;
}

/**
 * One scan that counts, for each column, the rows that violate each of its rules: a row counts for the first that it
 * violates, as in `compileColumn`. Null where no column has a rule.
 */
export function rulesQuery(relation: string, columns: readonly ScannedColumn[]): string | null {
  const selects = partsOf(columns).flatMap((some) => rulesOf(relation, some) ?? []);
  return selects.length === 0 ? null : sideBySide(selects);
}

function rulesOf(relation: string, columns: readonly ScannedColumn[]): string | null {
  const inner: string[] = [];
  const outer: string[] = [];
  columns.forEach(({ table, column }, index) => {
    if (column === null) return;
    const rules = valueRules(column);
    if (rules.length === 0) return;
    inner.push(`${violatedRule(column, table)} AS v${index}`);
    outer.push(...rules.map((_, rule) => `count(*) FILTER (WHERE v${index} = ${rule})`));
  });
  return inner.length === 0 ? null : `SELECT ${outer.join(', ')} FROM (SELECT ${inner.join(', ')} FROM ${relation})`;
}

/** @param row the one row of `rulesQuery` for the same columns */
export function judgeScan(columns: readonly ScannedColumn[], row: readonly SqlScalar[], rows: number): Measured[] {
  let at = 0;
  return columns.flatMap(({ table, column }) => {
    if (column === null) return [];
    return valueRules(column).map(({ rule, expected }, index): Measured => {
      const count = Number(row[at] ?? 0);
      at += 1;
      const where = `(${violatedRule(column, table)}) = ${index}`;
      return judged({ column, table, rule, expected: cut(expected), count, rows, where });
    });
  });
}

/** The number of the first rule that a row violates; null where it violates none. */
export function violatedRule(column: ContractColumn, table: TableColumn): string {
  const cases = violationCases(column, table);
  const numbered = valueRules(column).map(({ check }, index) => `WHEN ${cases.get(check) ?? 'false'} THEN ${index}`);
  return `CASE ${numbered.join(' ')} END`;
}
