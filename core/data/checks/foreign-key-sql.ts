import type { ForeignKey } from '../contract-model.ts';
import { isTolerated } from '../waivers.ts';
import type { Written } from '../written-forms.ts';
import { comparable } from './comparable.ts';
import { cut, type Measured, rowsOf, type Search } from './measured.ts';
import type { DataTable, TableColumn } from './table.ts';

export interface KeyPair {
  readonly from: TableColumn;
  readonly to: TableColumn;
  /** As `comparable` takes it. */
  readonly written: Written | null;
}

/**
 * The condition that a row refers to nothing. As MATCH SIMPLE of SQL: a key of which a part is null refers to nothing and
 * need not.
 */
export function danglingSearch(pairs: readonly KeyPair[], target: DataTable): Search {
  const sides = pairs.map(({ from, to, written }) => comparable(from, to, written));
  const present = pairs.map(({ from }) => `${from.sql} IS NOT NULL`).join(' AND ');
  const unreadable = sides.map(({ left }) => `(${left}) IS NULL`).join(' OR ');
  const held = sides.map(({ right }) => `(${right}) IS NOT NULL`).join(' AND ');
  const tuple = (expressions: readonly string[]): string =>
    expressions.length === 1 ? (expressions[0] ?? 'NULL') : `row(${expressions.join(', ')})`;
  const keys = `SELECT DISTINCT ${tuple(sides.map(({ right }) => right))} FROM ${target.relation} WHERE ${held}`;
  const known = `${tuple(sides.map(({ left }) => left))} IN (${keys})`;
  return { where: `(${present} AND (${unreadable} OR NOT (${known})))`, show: pairs.map(({ from }) => from) };
}

/** @param count rows that refer to nothing; null where that could not be found out, and then why */
export function judgeForeignKey(
  key: ForeignKey,
  count: number | null,
  rows: number,
  search: Search | null,
  why = '',
): Measured {
  const { columns, to, severity, tolerance, line } = key;
  const held = count !== null && isTolerated(count, rows, tolerance);
  const found = count === null ? why : count === 0 ? 'each value is there' : `${rowsOf(count, rows)} refer to nothing`;
  return {
    ...{ rule: 'foreign_key', columns, severity, label: '', tolerance, contractLine: line, count, of: rows },
    status: count === null ? 'not_checked' : held ? 'passed' : 'failed',
    expected: cut(`values of ${to.columns.join(', ')} of ${JSON.stringify(to.object)}`),
    found: cut(found),
    search: count === null || count === 0 ? null : search,
  };
}
