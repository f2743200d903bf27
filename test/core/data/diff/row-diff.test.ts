import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlScalar } from '../../../../core/data/checks/result-row.ts';
import { columnName, type DataTable } from '../../../../core/data/checks/table.ts';
import {
  countsQuery,
  type DiffPlan,
  keysQuery,
  type LeftOut,
  leftOutQuery,
  planDiff,
  readCounts,
  repeatedKeysStatement,
} from '../../../../core/data/diff/row-diff.ts';
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
  return { relation, columns, rows: rows.length, numbered: relation };
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
  const { plan, notCompared } = planDiff(head, base, key);
  if (plan === null) throw new Error(notCompared[0]?.reason);
  return plan;
}

/** As the flow does it, without examples. */
async function diff(plan: DiffPlan) {
  const [[hn = 0, bn = 0, hr = 0, br = 0] = []] = await ask(keysQuery(plan));
  const nullKey = { head: Number(hn), base: Number(bn) };
  let repeatedKey = { head: 0, base: 0 };
  if (Number(hr) + Number(br) > 0) {
    await ask(repeatedKeysStatement(plan));
    const [[head = 0, base = 0] = []] = await ask(leftOutQuery(plan));
    repeatedKey = { head: Number(head), base: Number(base) };
  }
  const leftOut: LeftOut = { nullKey, repeatedKey };
  const [counts = []] = await ask(countsQuery(plan, leftOut));
  return { ...readCounts(plan, counts), leftOut };
}

const NONE = { nullKey: { head: 0, base: 0 }, repeatedKey: { head: 0, base: 0 } };
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
    ...{ key: ['id'], added: 1, removed: 1, changed: 2, unchanged: 1, leftOut: NONE },
    columns: [
      { column: 'delay', changed: 2 },
      { column: 'city', changed: 1 },
    ],
  });
});

test('columns are matched by name wherever they stand, and those of one side are left to the schema', async () => {
  const base = await load('b', ['delay', 'id'], [['5', '1']]);
  const head = await load('h', ['id', 'new', 'delay'], [['1', 'x', '5']]);
  expect(await diff(planned(head, base, ['id']))).toMatchObject({ unchanged: 1, changed: 0 });
});

test('numbers of two types are compared as numbers, also in the key', async () => {
  const rows: Rows = [
    ['1', '5'],
    ['2', '6'],
  ];
  const base = await load('b', ['id', 'x'], rows, 'BIGINT');
  const head = await load('h', ['id', 'x'], [['1', '5'] as const, ['2', '6.5'] as const], 'DOUBLE');
  expect(await diff(planned(head, base, ['id']))).toMatchObject({ unchanged: 1, changed: 1, added: 0 });
});

test('a column that is of another type now is left out and said to be', async () => {
  const base = await load('b', ['id', 'x'], [['1', '5']], 'BIGINT');
  const dates = await load('h', ['id', 'x'], [['1', null]], 'BIGINT');
  const head = { ...dates, columns: dates.columns.map((one, at) => (at === 1 ? { ...one, type: 'DATE' } : one)) };
  const { plan, notCompared } = planDiff(head, base, ['id']);
  expect(plan?.compared).toEqual([]);
  expect(notCompared).toMatchObject([{ what: 'rows', column: 'x', code: 'type_changed' }]);
});

test('NaN equals NaN', async () => {
  const base = await load('b', ['id', 'x'], [['1', 'NaN']], 'DOUBLE');
  const head = await load('h', ['id', 'x'], [['1', 'NaN']], 'DOUBLE');
  expect(await diff(planned(head, base, ['id']))).toMatchObject({ unchanged: 1, changed: 0 });
});

test('rows without a key are left out and counted, since nothing says which is which', async () => {
  const base = await load('b', ['a', 'b', 'x'], [[null, '1', '5'] as const, ['1', '1', '5'] as const]);
  const head = await load(
    'h',
    ['a', 'b', 'x'],
    [[null, '1', '5'] as const, ['1', null, '5'] as const, ['1', '1', '6'] as const],
  );
  expect(await diff(planned(head, base, ['a', 'b']))).toMatchObject({
    ...{ changed: 1, unchanged: 0, added: 0, removed: 0 },
    leftOut: { nullKey: { head: 2, base: 1 }, repeatedKey: { head: 0, base: 0 } },
  });
});

test('rows whose key occurs more than once are left out on both sides and counted; the others are compared', async () => {
  const base = await load('b', NAMES, [
    ['1', 'Oslo', '5'],
    ['2', 'Bern', '5'],
    ['3', 'Rome', '5'],
    ['3', 'Roma', '5'],
  ]);
  const head = await load('h', NAMES, [
    ['1', 'Oslo', '5'],
    ['1', 'Bern', '5'],
    ['2', 'Bern', '6'],
    ['3', 'Roma', '5'],
  ]);
  expect(await diff(planned(head, base, ['id']))).toMatchObject({
    ...{ changed: 1, unchanged: 0, added: 0, removed: 0 },
    leftOut: { nullKey: { head: 0, base: 0 }, repeatedKey: { head: 3, base: 3 } },
  });
});

test('a key of several columns tells rows apart that each of them does not', async () => {
  const base = await load('b', NAMES, [['1', 'Oslo', '5'] as const, ['1', 'Bern', '5'] as const]);
  const head = await load('h', NAMES, [['1', 'Oslo', '5'] as const, ['1', 'Rome', '5'] as const]);
  expect(await diff(planned(head, base, ['id', 'city']))).toMatchObject({
    ...{ key: ['id', 'city'], added: 1, removed: 1, unchanged: 1, leftOut: NONE },
  });
});

test.each([
  ['no key', ['id'], [], 'no_key', /primaryKey: true/],
  ['a key that the base has not', ['id', 'code'], ['code'], 'key_missing', /column code is not on both sides/],
  ['too many columns', ['id'], Array.from({ length: 33 }, () => 'id'), 'no_key', /may have 32 columns/],
] as const)('with %s nothing is compared, and why is said', async (_what, names, key, code, reason) => {
  const base = await load('b', ['id'], []);
  const head = await load('h', names, []);
  expect(planDiff(head, base, key)).toMatchObject({
    plan: null,
    notCompared: [{ what: 'rows', code, reason: expect.stringMatching(reason) }],
  });
});

test('what is too large to be joined is said to be', async () => {
  const base = await load('b', ['id'], [['1']]);
  const head = await load('h', ['id'], [['1'], ['2']]);
  expect(planDiff(head, base, ['id'], 2).notCompared).toMatchObject([{ code: 'too_large' }]);
  expect(planDiff(head, base, ['id'], 3).plan).not.toBeNull();
});

test('text is not compared with types, in which values are written otherwise', async () => {
  const base = await load('b', ['id'], [['1']]);
  const head = await load('h', ['id'], [['1']], 'BIGINT');
  expect(planDiff(head, base, ['id']).notCompared).toMatchObject([{ code: 'different_format' }]);
});

test('whatever the values are, the counts are those of a map by key', async () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.string({ maxLength: 3, unit: 'binary' }),
    fc.constantFrom('a', "'", '"'),
  );
  const side = fc.array(fc.tuple(value, value), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(side, side, async (h, b) => {
      const plan = planned(await load('h', ['id', 'x'], h), await load('b', ['id', 'x'], b), ['id']);
      const times = (rows: typeof h, id: string | null): number => rows.filter((row) => row[0] === id).length;
      const told = (rows: typeof h): typeof h =>
        rows.filter(([id]) => id !== null && times(h, id) < 2 && times(b, id) < 2);
      const [before, after] = [new Map(told(b)), new Map(told(h))];
      const common = told(h).filter(([id]) => before.has(id));
      expect(await diff(plan)).toMatchObject({
        added: told(h).length - common.length,
        removed: told(b).filter(([id]) => !after.has(id)).length,
        changed: common.filter(([id, x]) => before.get(id) !== x).length,
        unchanged: common.filter(([id, x]) => before.get(id) === x).length,
        leftOut: { nullKey: { head: times(h, null), base: times(b, null) } },
      });
    }),
    { numRuns: 25 },
  );
});
