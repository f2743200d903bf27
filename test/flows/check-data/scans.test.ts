import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import type { DataEngines, EngineLimits } from '../../../flows/check-data/ports.ts';
import { bundledEngines } from '../../adapters/duckdb/bundled-engines.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const KEYED = contract(
  `
- { name: a, logicalType: integer, required: true, logicalTypeOptions: { minimum: 0 } }
- { name: b, logicalType: string, required: true, logicalTypeOptions: { pattern: "^[a-z]+$" } }
- { name: c, logicalType: number, logicalTypeOptions: { maximum: 10 } }`,
  '- { type: library, metric: duplicateValues, arguments: { properties: [a, b] }, mustBe: 0 }',
);

/** The engine as it is, and what was asked of it. */
function recorded(scratch?: string): { engines: DataEngines; asked: string[]; limits: EngineLimits[] } {
  const asked: string[] = [];
  const seen: EngineLimits[] = [];
  const real = bundledEngines(scratch === undefined ? {} : { scratch });
  const engines: DataEngines = {
    async open(paths, limits, options) {
      seen.push(limits);
      const engine = await real.open(paths, limits, options);
      return {
        query(sql, maxRows) {
          asked.push(sql);
          return engine.query(sql, maxRows);
        },
        json(sql) {
          asked.push(sql);
          return engine.json(sql).finally(() => asked.push('answered'));
        },
        repeats(sql, rows) {
          asked.push(sql);
          return engine.repeats(sql, rows);
        },
        settle: () => {
          asked.push('settle');
          return engine.settle();
        },
        close: () => engine.close(),
      };
    },
  };
  return { engines, asked, limits: seen };
}

function rows(count: number, row: (at: number) => string): string {
  return `a,b,c\n${Array.from({ length: count }, (_, at) => row(at)).join('\n')}\n`;
}

test('CSV that meets its contract is parsed once, each column counted once, and its keys are looked at by their hashes alone', async () => {
  const data = folder.put(
    'good.csv',
    rows(3000, (at) => `${at % 60},${'abcdefghij'[at % 10]}${'x'.repeat(Math.floor(at / 60))},1.5`),
  );
  const { engines, asked } = recorded();
  expect(await folder.check(data, KEYED, { engines })).toMatchObject({ status: 'passed', approximate: [] });
  expect(asked.filter((sql) => sql.includes('read_csv'))).toHaveLength(1);
  expect(asked.flatMap((sql) => /GROUP BY (c\d)/.exec(sql)?.[1] ?? []).toSorted()).toEqual(['c0', 'c1', 'c2']);
  expect(asked.filter((sql) => sql.includes('trainyard.head') && sql.includes('k0'))).toEqual([
    expect.stringContaining('CREATE TABLE'),
    'SELECT k0 AS h FROM trainyard.head WHERE k0 IS NOT NULL',
  ]);
  // The engine looks for them while the values of columns are read.
  expect(asked.findIndex((sql) => sql.startsWith('SELECT k0'))).toBeLessThan(asked.indexOf('answered'));
});

test('a few rows of a thousand columns are asked for together, not column by column', async () => {
  const names = Array.from({ length: 1000 }, (_, at) => `x${at}`);
  const row = names.map((_, at) => (at % 3 === 0 ? '' : String(at % 7)));
  const data = folder.put('broad.csv', [names, row, row].map((cells) => cells.join(',')).join('\n'));
  const { engines, asked } = recorded();
  const report = await folder.check(data, contract('- { name: x1, logicalType: integer, unique: true }'), { engines });
  expect(asked.length).toBeLessThan(100);
  expect(report.columns.filter(({ nulls, distinct }) => nulls === 2 && distinct === 0)).toHaveLength(334);
  expect(report.rules.find(({ rule }) => rule === 'unique')).toMatchObject({ count: 1, status: 'failed' });
});

test('of few rows, values that are equal are one, however they are written', async () => {
  const path = join(folder.directory, 'zeros.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    `COPY (SELECT unnest([0.0::DOUBLE, -0.0, 'NaN', NULL]) AS d, unnest([INTERVAL 30 DAYS, INTERVAL 1 MONTH, INTERVAL 1 DAY, NULL]) AS i, unnest([TIMESTAMPTZ '2020-01-01 00:00:00+00', TIMESTAMPTZ '2020-01-01 01:00:00+01', NULL, NULL]) AS t) TO '${path}'`,
  );
  connection.closeSync();
  const report = await folder.check('zeros.parquet', contract('- { name: d, logicalType: number }'));
  expect(report.columns.map(({ name, nulls, distinct }) => [name, nulls, distinct])).toEqual([
    ['d', 1, 2],
    ['i', 1, 2],
    ['t', 2, 1],
  ]);
});

test('of keys that repeat, those without a null count, each row after the first', async () => {
  const data = folder.put('twice.csv', 'a,b,c\n1,x,1\n1,x,2\n,x,3\n,x,4\n2,,5\n2,,6\n1,x,7\n1,y,8\n');
  const report = await folder.check(data, KEYED);
  expect(report.rules.find(({ rule }) => rule === 'duplicate_values')).toMatchObject({
    count: 2,
    examples: [{ line: 2 }, { line: 3 }, { line: 8 }],
  });
});

test('more repeated keys than are listed are counted by a query, with the same result', async () => {
  const data = folder.put(
    'many.csv',
    rows(30_000, (at) => `${at % 14_000},x,1`),
  );
  const { engines, asked } = recorded();
  const report = await folder.check(data, KEYED, { engines });
  expect(report.rules.find(({ rule }) => rule === 'duplicate_values')).toMatchObject({ count: 16_000 });
  expect(asked.some((sql) => sql.includes('GROUP BY h HAVING'))).toBe(true);
});

test('more repeated rows than are listed are counted by a query, and some of them are shown', async () => {
  const data = folder.put(
    'equal.csv',
    rows(30_000, (at) => `${at % 14_000},,1`),
  );
  const report = await folder.check(
    data,
    contract('- { name: a, logicalType: integer }', { custom: '- { property: trainyardDuplicateRows, value: fail }' }),
  );
  const [rule] = report.rules.filter((one) => one.rule === 'duplicate_rows');
  expect(rule).toMatchObject({ count: 16_000 });
  expect(rule?.examples).toHaveLength(20);
});

test.each([
  ['text', "7::VARCHAR || 'x'"],
  ['numbers', '0.5::DOUBLE'],
])('in Parquet whose third column holds %s the rows that repeat a key are counted', async (_, value) => {
  const path = join(folder.directory, 'keys.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    `COPY (SELECT range // 2 AS a, 'x' AS b, ${value} AS c FROM range(100)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  const report = await folder.check('keys.parquet', KEYED);
  expect(report.rules.find(({ rule }) => rule === 'duplicate_values')).toMatchObject({ count: 50 });
});

test('numbers of CSV are judged and shown as they are written', async () => {
  const data = folder.put('written.csv', 'a,b,c\n007,x,1.0\n+7,y,1\n9007199254740993,z,-0\n9007199254740992,w,1e0\n');
  const report = await folder.check(data, KEYED);
  expect(report.status).toBe('passed');
  const column = (name: string) => report.columns.find((one) => one.name === name);
  expect(column('a')).toMatchObject({ distinct: 4 });
  expect(column('a')?.top.map((one) => one.value)).toContain('9007199254740993');
  expect(
    column('c')
      ?.top.map((one) => one.value)
      .toSorted(),
  ).toEqual(['-0', '1', '1.0', '1e0']);
});

test('text of very many columns is read by one thread and may take more memory, and others by as many as there are', async () => {
  const names = Array.from({ length: 201 }, (_, at) => `x${at}`);
  const columns = names.map((name) => `- { name: ${name}, logicalType: integer }`).join('\n');
  const data = folder.put('wide.csv', `${names.join(',')}\n${names.map((_, at) => at).join(',')}\n`);
  const wide = recorded();
  const limits = { memoryMb: 256, wideMemoryMb: 300 };
  expect(await folder.check(data, contract(columns), { engines: wide.engines, limits })).toMatchObject({
    status: 'passed',
  });
  const order = wide.asked.map((sql) => (sql.includes('read_csv') ? 'read' : sql === 'settle' ? sql : 'ask'));
  expect([order.indexOf('settle'), order.lastIndexOf('read')]).toEqual([2, 0]);
  const narrow = recorded();
  await folder.check(folder.put('narrow.csv', 'a,b,c\n1,x,1\n'), KEYED, { engines: narrow.engines, limits });
  expect([wide.limits, narrow.limits]).toMatchObject([
    [{ threads: 2, readingThreads: 1, memoryMb: 300 }],
    [{ threads: 2, memoryMb: 256 }],
  ]);
});

test('a check that needs the disk leaves nothing there', async () => {
  const scratch = join(folder.directory, 'scratch');
  mkdirSync(scratch);
  const data = folder.put(
    'large.csv',
    rows(300_000, (at) => `${at},${'abcdefghij'.repeat(4)},${at % 10}`),
  );
  const limits = { memoryMb: 64, threads: 1 };
  const { engines } = recorded(scratch);
  const report = await folder.check(data, KEYED, { engines, limits });
  expect([report.reason, report.status, readdirSync(scratch)]).toEqual([null, 'passed', []]);
});
