import { comparable } from '../checks/comparable.ts';
import { cut, type Measured, rowsOf, type Search } from '../checks/measured.ts';
import type { DataTable, TableColumn } from '../checks/table.ts';
import type { Overlap } from '../contract-model.ts';
import { isTolerated } from '../waivers.ts';
import type { Written } from '../written-forms.ts';

/** Why nothing was compared, where no columns were named. */
export const NOTHING_IN_COMMON = 'the two have not any column in common';

interface Pair {
  readonly train: TableColumn;
  readonly test: TableColumn;
}

/** The columns that both tables have, or those named; null where one of them is not on both sides. */
export function overlapColumns(
  train: DataTable,
  test: DataTable,
  names: readonly string[] | null,
): readonly Pair[] | null {
  const others = new Map(train.columns.map((column) => [column.name, column]));
  const pairs = test.columns.flatMap((column): Pair[] => {
    const other = others.get(column.name);
    return other === undefined || (names !== null && !names.includes(column.name))
      ? []
      : [{ train: other, test: column }];
  });
  return pairs.length === 0 || (names !== null && pairs.length < new Set(names).size) ? null : pairs;
}

/**
 * The condition that a row also occurs in the other table; a row of nulls only is none. Rows are compared as a whole, and
 * null is equal to null.
 * @param pairs with `written` as `comparable` takes it
 */
export function overlapSearch(
  pairs: readonly (Pair & { readonly written: Written | null })[],
  train: DataTable,
): Search {
  const sides = pairs.map((pair) => comparable(pair.test, pair.train, pair.written));
  // DuckDB takes a row of one column for the column itself.
  const row = (expressions: readonly string[]): string =>
    expressions.length === 1 ? (expressions[0] ?? 'NULL') : `row(${expressions.join(', ')})`;
  // Text that is no value of the other side's type would be null, and equal to the nulls there.
  const readable = (side: 'test' | 'train', expressions: readonly string[]): string =>
    expressions.map((one, at) => `(${pairs[at]?.[side].sql} IS NULL OR (${one}) IS NOT NULL)`).join(' AND ');
  const [left, right] = [sides.map((side) => side.left), sides.map((side) => side.right)];
  const seen = `SELECT DISTINCT ${row(right)} FROM ${train.relation} WHERE ${readable('train', right)}`;
  const any = pairs.map(({ test }) => `${test.sql} IS NOT NULL`).join(' OR ');
  return {
    where: `((${any}) AND ${readable('test', left)} AND coalesce(${row(left)} IN (${seen}), false))`,
    show: pairs.slice(0, 8).map(({ test }) => test),
  };
}

interface Found {
  readonly count: number;
  readonly rows: number;
  readonly search: Search;
}

/** What a model has seen in training says nothing about what it learned. */
export function judgeOverlap(overlap: Overlap, pairs: readonly Pair[], { count, rows, search }: Found): Measured {
  const columns = pairs.map(({ test }) => test.name);
  const good = isTolerated(count, rows, overlap.tolerance);
  return {
    ...about(overlap),
    columns: columns.length > 64 || overlap.columns === null ? [] : columns,
    status: good ? 'passed' : 'failed',
    found: cut(count > 0 ? `${rowsOf(count, rows)} also there` : 'none'),
    count,
    of: rows,
    search: count === 0 ? null : search,
  };
}

export function overlapNotChecked(overlap: Overlap, why: string): Measured {
  return { ...about(overlap), columns: [], status: 'not_checked', found: cut(why), count: null, of: 0, search: null };
}

function about(overlap: Overlap) {
  return {
    rule: 'train_test_overlap' as const,
    severity: overlap.severity,
    expected: cut(`no row that is also in ${JSON.stringify(overlap.with)}`),
    contractLine: overlap.line,
    label: '',
    tolerance: overlap.tolerance,
  };
}
