import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlScalar } from '../../../../core/data/checks/result-row.ts';
import { columnName, type DataTable } from '../../../../core/data/checks/table.ts';
import {
  countsQuery,
  type DiffPlan,
  examplesQuery,
  keysQuery,
  planDiff,
  readDiff,
  readKeys,
} from '../../../../core/data/diff/row-diff.ts';
import { RowDiff } from '../../../../core/data/report/base.ts';
import { quoteText } from '../../../../core/data/sql/quote.ts';

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
});
afterAll(() => instance.closeSync());

type Rows = readonly (readonly (string | null)[])[];

async function load(relation: string, names: readonly string[], rows: Rows, type = 'VARCHAR'): Promise<DataTable> {
  const columns = names.map((name, index) => ({ name, sql: columnName(index), type, typed: type !== 'VARCHAR' }));
  await ask(`CREATE OR REPLACE TABLE ${relation} (${columns.map(({ sql }) => `${sql} ${type}`).join(', ')})`);
  const cell = (value: string | null): string => (value === null ? 'NULL' : quoteText(value));
  if (rows.length > 0) {
    await ask(`INSERT INTO ${relation} VALUES ${rows.map((row) => `(${row.map(cell).join(', ')})`).join(', ')}`);
  }
  return { relation, columns, rows: rows.length };
}

async function ask(sql: string): Promise<SqlScalar[][]> {
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll(sql)).getRowsJson();
    return rows.map((row) => row.map((cell) => (typeof cell === 'object' && cell !== null ? String(cell) : cell)));
  } finally {
    connection.closeSync();
  }
}

function planned(head: DataTable, base: DataTable, key: readonly string[]): DiffPlan {
  const result = planDiff(head, base, key);
  if (result.plan === null) throw new Error(result.reason);
  return result.plan;
}

async function diff(plan: DiffPlan, mask = (_column: string, value: string): string => value): Promise<RowDiff> {
  const [counts = []] = await ask(countsQuery(plan));
  return RowDiff.parse(readDiff(plan, counts, await ask(examplesQuery(plan, 5)), mask));
}

const NAMES = ['id', 'city', 'delay'];

test('rows are told added, removed, changed or unchanged by their key, with what changed', async () => {
  const base = await load('b', NAMES, [
    ['1', 'Oslo', '5'],
    ['2', 'Bern', null],
    ['3', 'Rome', '7'],
    ['4', 'Graz', '1'],
  ]);
  const head = await load('h', NAMES, [
    ['4', 'Graz', '1'],
    ['3', 'Roma', '8'],
    ['2', 'Bern', '0'],
    ['9', 'Kyiv', '2'],
  ]);
  expect(await diff(planned(head, base, ['id']))).toEqual({
    key: ['id'],
    added: 1,
    removed: 1,
    changed: 2,
    unchanged: 1,
    columns: [
      { column: 'delay', changed: 2 },
      { column: 'city', changed: 1 },
    ],
    examples: [
      { kind: 'changed', key: ['2'], line: null, cells: [{ column: 'delay', base: null, head: '0' }] },
      {
        kind: 'changed',
        key: ['3'],
        line: null,
        cells: [
          { column: 'city', base: 'Rome', head: 'Roma' },
          { column: 'delay', base: '7', head: '8' },
        ],
      },
      { kind: 'added', key: ['9'], line: null, cells: [] },
      { kind: 'removed', key: ['1'], line: null, cells: [] },
    ],
  });
});

test('columns are matched by name wherever they stand, and those of one side are left to the schema', async () => {
  const base = await load('b', ['delay', 'id'], [['5', '1']]);
  const head = await load('h', ['id', 'new', 'delay'], [['1', 'x', '5']]);
  expect(await diff(planned(head, base, ['id']))).toMatchObject({ unchanged: 1, changed: 0 });
});

test('values of another type are compared as they are written', async () => {
  const base = await load(
    'b',
    ['id', 'x'],
    [
      ['1', '5'],
      ['2', '6'],
    ],
    'BIGINT',
  );
  const head = await load(
    'h',
    ['id', 'x'],
    [
      ['1', '5'],
      ['2', '7'],
    ],
  );
  expect(await diff(planned(head, base, ['id']))).toMatchObject({ unchanged: 1, changed: 1, added: 0 });
});

test('a null in the key equals a null, and NaN equals NaN', async () => {
  const base = await load('b', ['id', 'x'], [[null, 'NaN']], 'DOUBLE');
  const head = await load('h', ['id', 'x'], [[null, 'NaN']], 'DOUBLE');
  expect(await diff(planned(head, base, ['id']))).toMatchObject({ unchanged: 1, changed: 0, added: 0, removed: 0 });
});

test('a key that occurs twice tells no rows apart, and is said to', async () => {
  const base = await load('b', NAMES, [['1', 'Oslo', '5']]);
  const head = await load('h', NAMES, [
    ['1', 'Oslo', '5'],
    ['1', 'Bern', '5'],
    ['2', 'Bern', '5'],
  ]);
  const plan = planned(head, base, ['id']);
  const [row = []] = await ask(keysQuery(plan));
  expect(readKeys(plan, row)).toBe('the key id occurs more than once in 2 rows of the head');
  const both = planned(head, base, ['id', 'city']);
  expect(readKeys(both, (await ask(keysQuery(both)))[0] ?? [])).toBeNull();
});

test('a key that is not on both sides is said to be missing', async () => {
  const base = await load('b', ['id'], []);
  const head = await load('h', ['code'], []);
  expect(planDiff(head, base, ['id'])).toEqual({ plan: null, reason: "the key's column id is not on both sides" });
  expect(planDiff(head, base, [])).toMatchObject({ plan: null, reason: expect.stringContaining('names no key') });
});

test('personal data in examples is masked', async () => {
  const base = await load('b', NAMES, [['1', 'Oslo', '5']]);
  const head = await load('h', NAMES, [['1', 'Bern', '5']]);
  const found = await diff(planned(head, base, ['id']), (column, value) => (column === 'city' ? '***' : value));
  expect(found.examples[0]?.cells).toEqual([{ column: 'city', base: '***', head: '***' }]);
});

test('whatever the values are, the counts are those of a map by key', async () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.string({ maxLength: 3, unit: 'binary' }),
    fc.constantFrom('a', "'", '"'),
  );
  const side = fc.uniqueArray(fc.tuple(value, value), { maxLength: 12, selector: ([id]) => JSON.stringify(id) });
  await fc.assert(
    fc.asyncProperty(side, side, async (h, b) => {
      const plan = planned(await load('h', ['id', 'x'], h), await load('b', ['id', 'x'], b), ['id']);
      const [before, after] = [new Map(b), new Map(h)];
      const common = h.filter(([id]) => before.has(id));
      expect(await diff(plan)).toMatchObject({
        added: h.length - common.length,
        removed: b.filter(([id]) => !after.has(id)).length,
        changed: common.filter(([id, x]) => before.get(id) !== x).length,
        unchanged: common.filter(([id, x]) => before.get(id) === x).length,
      });
    }),
    { numRuns: 25 },
  );
});
