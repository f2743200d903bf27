import { expect, test } from 'vitest';
import { columnName, type DataTable, type TableColumn } from '../../../../core/data/checks/table.ts';
import { outliers } from '../../../../core/data/checks-on-profile/columns.ts';
import { leakageQuery, readLeakage } from '../../../../core/data/checks-on-profile/leakage.ts';
import { readSides, sidesQuery } from '../../../../core/data/checks-on-profile/outliers-sql.ts';
import { judgeOverlap, overlapColumns, overlapSearch } from '../../../../core/data/checks-on-profile/overlap.ts';
import { countNumbers } from '../../../../core/data/drift/number-counts.ts';
import { expectDigits } from '../drift/digits.ts';
import { inMemory } from '../duckdb.ts';

const ask = inMemory();

/** A table whose columns are expressions over `i`, the number of the row. */
async function table(
  relation: string,
  rows: number,
  columns: Record<string, [sql: string, type: string]>,
): Promise<DataTable> {
  const entries = Object.entries(columns);
  const select = entries.map(([, [sql, type]], index) => `CAST(${sql} AS ${type}) AS ${columnName(index)}`).join(', ');
  await ask(`CREATE OR REPLACE TABLE ${relation} AS SELECT ${select} FROM range(${rows}) AS r(i)`);
  const made = entries.map(([name, [, type]], index) => ({
    name,
    sql: columnName(index),
    type,
    typed: type !== 'VARCHAR',
  }));
  return { relation, columns: made, rows, numbered: relation };
}

function columnsOf({ columns }: DataTable): [TableColumn, TableColumn] {
  const [feature, label] = columns;
  if (feature === undefined || label === undefined) throw new Error('expected two columns');
  return [feature, label];
}

const RULE = {
  ...{ column: 'label', line: 9, ignored: [], balance: null, leastShare: 0, leastRows: 0 },
  leakage: { severity: 'warn', tolerance: null, line: 9 },
} as const;

/** What the flow makes of a feature: numbers where the file has them. */
async function leak(data: DataTable) {
  const [a, b] = columnsOf(data);
  const number = ({ type, sql }: TableColumn) => (type === 'VARCHAR' ? null : `CAST(${sql} AS DOUBLE)`);
  return readLeakage(a, b, await ask(leakageQuery(data, a, b, [number(a), number(b)])), RULE);
}

/** How many rows of one table are in the other. */
async function overlap(train: DataTable, test: DataTable, names: readonly string[] | null = null) {
  const pairs = overlapColumns(train, test, names) ?? [];
  const search = overlapSearch(
    pairs.map((pair) => ({ ...pair, written: null })),
    train,
  );
  const [count] = await ask(`SELECT count(*) FROM ${test.relation} WHERE ${search.where}`);
  const asked = { with: 'training', columns: names, severity: 'fail', tolerance: null, line: 5 } as const;
  return judgeOverlap(asked, pairs, { count: Number(count), rows: test.rows, search });
}

const LATE = "CASE WHEN i % 7 = 0 THEN 'late' ELSE 'ok' END";

test.each([
  ['equals it', LATE, 'VARCHAR', LATE, 'VARCHAR', 'equals the label'],
  ['is it in another unit', '(i * 37 % 101) * 60 + 3', 'DOUBLE', 'i * 37 % 101', 'BIGINT', 'another unit'],
  [
    'has one label for each of its values',
    "CASE WHEN i % 7 = 0 THEN 'x' || (i % 3) ELSE 'y' || (i % 2) END",
    'VARCHAR',
    LATE,
    'VARCHAR',
    'tells the label',
  ],
])('a feature that %s leaks the label', async (_what, feature, type, label, labelType, found) => {
  const data = await table('t', 700, { feature: [feature, type], label: [label, labelType] });
  const result = await leak(data);
  expect(result).toMatchObject({ rule: 'label_leakage', columns: ['feature'], severity: 'warn' });
  expect(result?.found).toContain(found);
});

test.each([
  ['an id, different in every row', 'i', 'BIGINT', LATE, 'VARCHAR', 700],
  ['a constant', '1', 'BIGINT', LATE, 'VARCHAR', 700],
  [
    'what goes with it mostly',
    "CASE WHEN i % 7 = 0 AND i % 5 <> 0 THEN 'x' ELSE 'y' END",
    'VARCHAR',
    LATE,
    'VARCHAR',
    700,
  ],
  [
    'pairs of rows of which few are late',
    'i // 2',
    'BIGINT',
    "CASE WHEN i % 350 = 0 THEN 'late' ELSE 'ok' END",
    'VARCHAR',
    700,
  ],
  ['a label that is always the same', 'i % 5', 'BIGINT', "'ok'", 'VARCHAR', 700],
  ['nothing but nulls', 'NULL', 'VARCHAR', LATE, 'VARCHAR', 700],
  ['too few rows', LATE, 'VARCHAR', LATE, 'VARCHAR', 20],
  ['no row', LATE, 'VARCHAR', LATE, 'VARCHAR', 0],
])('%s leaks nothing', async (_what, feature, type, label, labelType, rows) => {
  const data = await table('t', rows, { feature: [feature, type], label: [label, labelType] });
  expect(await leak(data)).toBeNull();
});

test('rows of the test data that are also in the training data are counted, nulls equal to nulls', async () => {
  const train = await table('a', 100, { x: ['i', 'BIGINT'], y: ['nullif(i % 3, 0)', 'BIGINT'], z: ['i', 'BIGINT'] });
  const test = await table('b', 20, { y: ['nullif((i + 90) % 3, 0)', 'BIGINT'], x: ['i + 90', 'BIGINT'] });
  expect(await overlap(train, test, ['x', 'y'])).toMatchObject({
    rule: 'train_test_overlap',
    columns: ['y', 'x'],
    status: 'failed',
    severity: 'fail',
    count: 10,
    of: 20,
  });
});

test('data of one file with types and one without overlap as they are written', async () => {
  const train = await table('a', 5, { x: ['i', 'BIGINT'] });
  const test = await table('b', 9, { x: ['i + 4', 'VARCHAR'] });
  expect(await overlap(train, test)).toMatchObject({ count: 1, of: 9 });
});

test('no row in common passes, and rows of nulls only are none', async () => {
  const train = await table('a', 5, { x: ['NULL', 'BIGINT'] });
  const test = await table('b', 9, { x: ['NULL', 'BIGINT'] });
  expect(await overlap(train, test)).toMatchObject({ status: 'passed', count: 0 });
});

test('columns that are not on both sides are no ground to compare', async () => {
  const train = await table('a', 1, { x: ['i', 'BIGINT'] });
  const test = await table('b', 1, { y: ['i', 'BIGINT'] });
  expect([overlapColumns(train, test, null), overlapColumns(train, train, ['x', 'y'])]).toEqual([null, null]);
});

test.each([
  ['normal with two far out', 'CASE i WHEN 3 THEN 999 WHEN 5 THEN -400 ELSE sin(i * 12.9898) * 43758.5453 % 7 END'],
  ['skewed', 'exp((i * 37 % 101) / 20.0)'],
  ['with infinities and NaN', "CASE i % 10 WHEN 0 THEN 'inf'::DOUBLE WHEN 1 THEN 'nan'::DOUBLE ELSE i % 13 END"],
  ['of which half are equal', 'CASE WHEN i % 3 = 0 THEN i ELSE 0 END'],
  ['few', 'CASE WHEN i < 10 THEN i END'],
  ['none', 'CAST(NULL AS DOUBLE)'],
])('outliers by a scan are those by counts: values %s', async (_what, sql) => {
  const data = await table('o', 700, { v: [sql, 'DOUBLE'] });
  const found = readSides(await ask(sidesQuery(data, 'c0')));
  const [list] = await ask('SELECT to_json(list(CAST(c0 AS VARCHAR)))::VARCHAR FROM o WHERE c0 IS NOT NULL');
  const texts: unknown = JSON.parse(String(list ?? '[]'));
  const values = (Array.isArray(texts) ? texts : []).map((text) => Number(String(text).replace('inf', 'Infinity')));
  const expected = outliers(countNumbers(values));
  expect(found === null).toBe(expected === null);
  if (found === null || expected === null) return;
  expect([found.count, found.least, found.most]).toEqual([expected.count, expected.least, expected.most]);
  expectDigits(found.low, expected.low, 12);
  expectDigits(found.high, expected.high, 12);
});

test('a feature of too many values to group by is compared with the label all the same', async () => {
  const data = await table('t', 700, { feature: ['i * 2 + 1', 'DOUBLE'], label: ['i', 'BIGINT'] });
  const [a, b] = columnsOf(data);
  const row = await ask(leakageQuery(data, a, b, ['c0', 'CAST(c1 AS DOUBLE)'], false));
  expect(readLeakage(a, b, row, RULE)?.found).toBe('is the label in another unit (correlation 1)');
});
