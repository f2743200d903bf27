import type { Setting } from '../contract-model.ts';
import { isTolerated } from '../waivers.ts';
import { type Measured, rowsOf } from './measured.ts';
import type { DataTable } from './table.ts';

/**
 * Rows that are equal in every column to an earlier one; nulls are equal. Rows are grouped by a hash first, and by
 * themselves only where a hash occurs twice, because different rows can share one.
 */
export function duplicateRowsQueries({ relation, columns }: DataTable): {
  readonly hashes: string;
  readonly count: string;
} {
  const all = columns.map(({ sql }) => sql).join(', ');
  const hash = `hash(${all})`;
  const repeated = `SELECT ${hash} AS h FROM ${relation} GROUP BY h HAVING count(*) > 1`;
  const rows = `SELECT count(*) AS n FROM ${relation} WHERE ${hash} IN (SELECT h FROM repeated_rows) GROUP BY ${all} HAVING count(*) > 1`;
  return {
    hashes: `CREATE OR REPLACE TEMP TABLE repeated_rows AS ${repeated}; SELECT count(*) FROM repeated_rows`,
    count: `SELECT coalesce(sum(n - 1), 0) FROM (${rows})`,
  };
}

/** @param count rows after the first of each kind */
export function judgeDuplicateRows({ relation, columns, rows }: DataTable, setting: Setting, count: number): Measured {
  const all = columns.map(({ sql }) => sql).join(', ');
  const hash = `hash(${all})`;
  const shared = `SELECT ${hash} FROM ${relation} WHERE ${hash} IN (SELECT h FROM repeated_rows) GROUP BY ${all} HAVING count(*) > 1 ORDER BY 1 LIMIT 20`;
  return {
    ...{ rule: 'duplicate_rows', columns: [], severity: setting.severity, tolerance: setting.tolerance },
    status: isTolerated(count, rows, setting.tolerance) ? 'passed' : 'failed',
    expected: 'each row once',
    found: `${rowsOf(count, rows)} repeat an earlier one`,
    ...{ count, of: rows, contractLine: setting.line, label: '' },
    search: count === 0 ? null : { where: `${hash} IN (${shared})`, show: columns.slice(0, 8) },
  };
}
