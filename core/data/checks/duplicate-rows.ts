import type { Setting } from '../contract-model.ts';
import { isTolerated } from '../waivers.ts';
import { type Measured, rowsOf, type Search } from './measured.ts';
import type { DataTable } from './table.ts';
import { keepRepeated, keptSearch, listed, plainKey } from './uniqueness.ts';

/** The hash of each row as a whole; rows that are equal in every column have equal ones, and nulls are equal. */
export function rowHashesQuery({ relation, columns }: DataTable): string {
  return `SELECT ${hashOf(columns)} AS h FROM ${relation}`;
}

const KEPT = 'repeated_rows';

/** A query of the number of rows after the first of each kind, and how rows of these kinds are found after it. */
export interface DuplicateRows {
  readonly query: string;
  readonly search: Search;
}

/**
 * Rows that are equal in every column to another one. Different rows can share a hash, so those of a repeated hash are
 * compared by themselves.
 * @param hashes those that occur more than once; null where they are too many to be listed, and rows too many to be kept
 */
export function duplicateRows(table: DataTable, hashes: readonly string[] | null): DuplicateRows {
  const { relation, columns } = table;
  const show = columns.slice(0, 8);
  const all = columns.map(({ sql }) => sql).join(', ');
  const hash = hashOf(columns);
  if (hashes !== null)
    return {
      query: keepRepeated(table, plainKey(columns), `${hash} IN ${listed(hashes)}`, KEPT),
      search: keptSearch(show, KEPT),
    };
  const repeated = `${relation} WHERE ${hash} IN (SELECT h FROM ${KEPT}) GROUP BY ${all} HAVING count(*) > 1`;
  const keep = `CREATE OR REPLACE TEMP TABLE ${KEPT} AS SELECT h FROM (${rowHashesQuery(table)}) GROUP BY h HAVING count(*) > 1`;
  return {
    query: `${keep}; SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ${repeated})`,
    search: { where: `${hash} IN (SELECT ${hash} FROM ${repeated} ORDER BY 1 LIMIT 20)`, show },
  };
}

function hashOf(columns: DataTable['columns']): string {
  return `hash(${columns.map(({ sql }) => sql).join(', ')})`;
}

/** @param count rows after the first of each kind */
export function judgeDuplicateRows(rows: number, setting: Setting, count: number, search: Search | null): Measured {
  return {
    ...{ rule: 'duplicate_rows', columns: [], severity: setting.severity, tolerance: setting.tolerance },
    status: isTolerated(count, rows, setting.tolerance) ? 'passed' : 'failed',
    expected: 'each row once',
    found: `${rowsOf(count, rows)} repeat an earlier one`,
    ...{ count, of: rows, contractLine: setting.line, label: '' },
    search: count === 0 ? null : search,
  };
}
