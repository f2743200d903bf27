import { cut, type Measured, rowsOf } from '../checks/measured.ts';
import type { SqlScalar } from '../checks/result-row.ts';
import { type DataTable, type TableColumn, textOf } from '../checks/table.ts';

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

/** `(rows of test, those of them that occur in train)`, compared in these columns; a row of nulls only is none. */
export function overlapQuery(train: DataTable, test: DataTable, pairs: readonly Pair[]): string {
  const left = (pair: Pair): string => (pair.train.type === pair.test.type ? pair.test.sql : textOf(pair.test));
  const right = (pair: Pair): string => (pair.train.type === pair.test.type ? pair.train.sql : textOf(pair.train));
  const seen = `SELECT DISTINCT ${pairs.map((pair, index) => `${right(pair)} AS s${index}`).join(', ')} FROM ${train.relation}`;
  const rows = `SELECT ${pairs.map((pair, index) => `${left(pair)} AS t${index}`).join(', ')} FROM ${test.relation}`;
  const on = pairs.map((_, index) => `t${index} IS NOT DISTINCT FROM s${index}`).join(' AND ');
  const any = pairs.map((_, index) => `t${index} IS NOT NULL`).join(' OR ');
  const found = `SELECT count(*) FROM (${rows}) SEMI JOIN (${seen}) ON ${on} WHERE ${any}`;
  return `SELECT (SELECT count(*) FROM ${test.relation}), (${found})`;
}

/** What a model has seen in training says nothing about what it learned. */
export function readOverlap(pairs: readonly Pair[], row: readonly SqlScalar[]): Measured {
  const [of, count] = [Number(row[0] ?? 0), Number(row[1] ?? 0)];
  const columns = pairs.map(({ test }) => test.name);
  return {
    rule: 'train_test_overlap',
    columns: columns.length > 64 ? [] : columns,
    severity: 'fail',
    status: count > 0 ? 'failed' : 'passed',
    expected: 'no row that is also in the training data',
    found: cut(count > 0 ? `${rowsOf(count, of)} also in the training data` : 'none'),
    count,
    of,
    contractLine: null,
    label: '',
    tolerance: null,
    search: null,
  };
}
