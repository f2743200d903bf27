import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const { check, put, directory } = dataFolder();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function parquet(name: string, select: string): Promise<string> {
  put(`${name.replace(/[^/]*$/, '')}.keep`, '');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${select}) TO '${join(directory, name)}' (FORMAT parquet)`);
  connection.closeSync();
  return name;
}

const KEYED = contract('- { name: id, logicalType: integer, primaryKey: true }\n- { name: x, logicalType: number }');
const ROWS = 'SELECT range::INTEGER AS id, (range % 7)::DOUBLE AS x FROM range(100)';

test('rows of Parquet are compared by value, also where a whole number has become wider', async () => {
  const head = await parquet(
    'h.parquet',
    'SELECT range::BIGINT AS id, (range % 7 + (range = 9)::INTEGER)::DOUBLE AS x FROM range(100)',
  );
  const { base } = await check(head, KEYED, { base: await parquet('b.parquet', ROWS) });
  expect(base?.diff).toMatchObject({ added: 0, removed: 0, changed: 1, unchanged: 99 });
  expect(base?.diff?.examples).toEqual([
    {
      ...{ kind: 'changed', key: ['9'], line: null, baseLine: null, file: null },
      cells: [{ column: 'x', base: '2.0', head: '3.0' }],
    },
  ]);
});

test('a column whose type is another one is left out of the rows, and the change breaks its readers', async () => {
  const head = await parquet('text.parquet', "SELECT range::INTEGER AS id, 'v' || range AS x FROM range(100)");
  const { base, status } = await check(head, KEYED, { base: await parquet('b.parquet', ROWS), models: ['m'] });
  expect(status).toBe('failed');
  expect(base?.schema).toMatchObject([{ kind: 'type_changed', column: 'x', compatible: false, breaks: ['m'] }]);
  expect(base?.diff).toMatchObject({ changed: 0, unchanged: 100, columns: [] });
  expect(base?.notCompared).toContainEqual(
    expect.objectContaining({ what: 'rows', column: 'x', code: 'type_changed' }),
  );
  expect(base?.notCompared).toContainEqual(
    expect.objectContaining({ what: 'drift', column: 'x', code: 'type_changed' }),
  );
});

test('a field that is gone inside of a long type, and a zone that timestamps have lost, break their readers', async () => {
  const fields = (count: number): string =>
    Array.from({ length: count }, (_, at) => `a_field_of_a_long_name_${at}: range`).join(', ');
  const of = (time: string, count: number): string =>
    `SELECT range::INTEGER AS id, range::DOUBLE AS x, {${fields(count)}} AS o, range::FLOAT AS f, '2026-01-01'::${time} AS t FROM range(50)`;
  const loose = contract('- { name: id, logicalType: integer }', {
    custom: '- { property: trainyardExtraColumns, value: allow }',
  });
  const { base, rules } = await check(await parquet('nested-h.parquet', of('TIMESTAMP', 19)), loose, {
    base: await parquet('nested-b.parquet', of('TIMESTAMPTZ', 20)),
  });
  expect(base?.schema).toMatchObject([
    { kind: 'field_removed', column: 'o', compatible: false, message: 'field "o.a_field_of_a_long_name_19" is gone' },
    { kind: 'type_changed', column: 't', compatible: false },
  ]);
  expect(rules.filter(({ rule }) => rule === 'schema_change').map(({ status }) => status)).toEqual([
    'failed',
    'failed',
  ]);
});

test('text and Parquet are compared by columns and distributions, and not by rows', async () => {
  put('b.csv', `id,x\n${Array.from({ length: 100 }, (_, id) => `${id},${id % 7}.0`).join('\n')}\n`);
  const { base, status } = await check(await parquet('h.parquet', ROWS), KEYED, { base: 'b.csv' });
  expect(status).toBe('passed');
  expect(base).toMatchObject({ schema: [], diff: null, drift: [{ column: 'x', drifted: false, statistic: 0 }] });
  expect(base?.notCompared).toContainEqual(expect.objectContaining({ what: 'rows', code: 'different_format' }));
});

test('rows of several Parquet files name theirs', async () => {
  await parquet('many/a.parquet', 'SELECT range::INTEGER AS id, 1.5::DOUBLE AS x FROM range(0, 50)');
  await parquet('many/b.parquet', 'SELECT range::INTEGER AS id, 1.5::DOUBLE AS x FROM range(50, 101)');
  const one = await parquet('one.parquet', 'SELECT range::INTEGER AS id, 1.5::DOUBLE AS x FROM range(100)');
  const { base } = await check('many/*.parquet', KEYED, { base: one });
  expect(base?.diff).toMatchObject({ added: 1, unchanged: 100 });
  expect(base?.diff?.examples).toMatchObject([{ kind: 'added', key: ['100'], file: 'many/b.parquet', line: null }]);
});

test('two hundred columns are compared, and a drift among them is found', async () => {
  const wide = (shift: number): string =>
    `SELECT ${Array.from({ length: 200 }, (_, at) => `((range * 37 + ${at}) % 101 + ${at === 70 ? shift : 0})::INTEGER AS c${at}`).join(', ')} FROM range(300)`;
  const columns = contract(
    Array.from({ length: 200 }, (_, at) => `- { name: c${at}, logicalType: integer }`).join('\n'),
  );
  const head = await parquet('wide-h.parquet', wide(60));
  const { base } = await check(head, columns, {
    base: await parquet('wide-b.parquet', wide(0)),
    limits: { seconds: 100 },
  });
  expect(base?.drift).toHaveLength(200);
  expect(base?.drift.filter(({ drifted }) => drifted).map(({ column }) => column)).toEqual(['c70']);
});

test('objects and lists are not compared as texts, and where the contract asks for it that is said', async () => {
  const rows = (price: string) =>
    `SELECT {'price': ${price}, 'tags': ['a']} AS item, [${price}] AS list, range % 3 AS x FROM range(300)`;
  const [before, after] = [await parquet('old.parquet', rows('range % 4')), await parquet('new.parquet', rows('9'))];
  const columns = (custom: string) =>
    contract(`- { name: item, logicalType: object, customProperties: [${custom}] }\n- name: list\n- name: x`);
  const silent = await check(after, columns(''), { base: before });
  expect(silent.status).toBe('passed');
  expect(silent.base?.drift.map(({ column }) => column)).toEqual(['x']);
  expect(silent.base?.notCompared.map(({ column, code }) => `${column}: ${code}`)).toEqual(
    expect.arrayContaining(['item: structured', 'list: structured']),
  );
  const texts = await parquet('texts.parquet', `SELECT item::VARCHAR AS item, list, x FROM (${rows('9')})`);
  const changed = (await check(texts, columns(''), { base: before })).base?.notCompared;
  expect(changed).toContainEqual(expect.objectContaining({ column: 'item', code: 'type_changed' }));
  const asked = await check(after, columns('{ property: trainyardDrift, value: fail }'), { base: before });
  expect(asked.status).toBe('not_checked');
  expect(asked.rules.filter(({ rule }) => rule === 'drift')).toContainEqual(
    expect.objectContaining({
      columns: ['item'],
      status: 'not_checked',
      found: expect.stringContaining('holds objects'),
    }),
  );
});
