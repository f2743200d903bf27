import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

/** Writes Parquet by a query, as a team's own tools would. */
async function parquet(name: string, select: string): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${select}) TO '${join(folder.directory, name)}' (FORMAT parquet)`);
  connection.closeSync();
  return name;
}

const TYPED = contract(
  `
- { name: id, logicalType: integer, unique: true, required: true }
- { name: day, logicalType: date, logicalTypeOptions: { minimum: "1850-01-01", format: dd/MM/yyyy } }
- { name: score, logicalType: number, logicalTypeOptions: { minimum: 0 } }
- { name: origin, logicalType: string, logicalTypeOptions: { pattern: "^[A-Z]{3}$" } }`.replace(
    '"1850-01-01", format: dd/MM/yyyy',
    '"1850-01-01"',
  ),
);

async function failures(select: string): Promise<unknown> {
  const report = await folder.check(await parquet('f.parquet', select), TYPED);
  return report.rules
    .filter(({ status }) => status === 'failed')
    .map(({ rule, columns, count, examples }) => [rule, columns[0], count, examples.map(({ row }) => row)]);
}

describe('Parquet', () => {
  const row = "1 AS id, DATE '1899-12-31' AS day, 0.5::DOUBLE AS score, 'JFK' AS origin";

  test.each<[what: string, select: string, failed: unknown]>([
    ['that is right passes', `SELECT ${row}`, []],
    ['with no rows passes', `SELECT ${row} WHERE false`, []],
    [
      'of nulls fails what is required',
      'SELECT NULL::INT AS id, NULL::DATE AS day, NULL::DOUBLE AS score, NULL::VARCHAR AS origin',
      [['required', 'id', 1, [1]]],
    ],
    [
      'with NaN is not a number',
      `SELECT * REPLACE ('nan'::DOUBLE AS score) FROM (SELECT ${row})`,
      [['type', 'score', 1, [1]]],
    ],
    ['with an integer too many times', `SELECT ${row} FROM range(3)`, [['unique', 'id', 2, [1, 2, 3]]]],
    [
      'with a float for an integer',
      `SELECT * REPLACE (1.0::DOUBLE AS id) FROM (SELECT ${row})`,
      [['type', 'id', 1, [1]]],
    ],
    ['with text for a number', `SELECT * REPLACE ('1' AS score) FROM (SELECT ${row})`, [['type', 'score', 1, [1]]]],
    [
      'with a date before its minimum',
      `SELECT * REPLACE (DATE '1849-12-31' AS day) FROM (SELECT ${row})`,
      [['minimum', 'day', 1, [1]]],
    ],
    [
      'with text that does not match',
      `SELECT * REPLACE (range + 1 AS id, CASE range WHEN 1 THEN 'jfk' ELSE 'JFK' END AS origin) FROM (SELECT ${row}), range(3)`.replace(
        'SELECT * REPLACE',
        'SELECT * EXCLUDE (range) REPLACE',
      ),
      [['pattern', 'origin', 1, [2]]],
    ],
    [
      'with a big integer keeps its digits',
      `SELECT * REPLACE (9007199254740993::BIGINT + range AS id) FROM (SELECT ${row}), range(2)`.replace(
        'SELECT * REPLACE',
        'SELECT * EXCLUDE (range) REPLACE',
      ),
      [],
    ],
  ])('%s', async (_, select, failed) => {
    expect(await failures(select)).toEqual(failed);
  });

  test.each([
    ['counted', 60, 0],
    ['too many to be counted', 60, 500_001],
  ])('with numbers at both ends of what doubles hold is profiled: %s', async (_, ends, more) => {
    const select = `SELECT range + 0.5 AS score FROM range(${more}) UNION ALL SELECT CASE range % 2 WHEN 0 THEN -1.7e308 ELSE 1.7e308 END FROM range(${ends})`;
    const any = contract('- { name: score, logicalType: number }');
    const report = await folder.check(await parquet('ends.parquet', select), any);
    expect(report).toMatchObject({ status: 'passed', columns: [{ min: '-1.7e+308', max: '1.7e+308' }] });
  });

  test('with names that are SQL is read by them', async () => {
    const name = 'x"); DROP TABLE a; --';
    const named = contract(
      `- { name: ${JSON.stringify(name)}, logicalType: integer, logicalTypeOptions: { maximum: 1 } }`,
    );
    const file = await parquet('named.parquet', `SELECT range AS "${name.replaceAll('"', '""')}" FROM range(3)`);
    const report = await folder.check(file, named);
    expect(report.rules.filter(({ status }) => status === 'failed')).toMatchObject([
      { rule: 'maximum', count: 1, examples: [{ row: 3, value: '2' }] },
    ]);
  });

  test('that is cut in its middle is not checked', async () => {
    const file = await parquet('whole.parquet', `SELECT ${row} FROM range(1000)`);
    const bytes = readFileSync(join(folder.directory, file));
    folder.put('cut.parquet', bytes.subarray(0, bytes.length - 100));
    expect(await folder.check('cut.parquet', TYPED)).toMatchObject({
      status: 'not_checked',
      reason: expect.stringContaining('can’t be read'),
    });
  });

  test('with bytes that were changed ends in a report that passed or says why not', async () => {
    const bytes = readFileSync(
      join(
        folder.directory,
        await parquet(
          'good.parquet',
          `SELECT range AS id, DATE '2020-01-01' AS day, 1.5 AS score, 'JFK' AS origin FROM range(50)`,
        ),
      ),
    );
    for (let at = bytes.length - 8; at > 8; at -= Math.ceil(bytes.length / 6)) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      const report = await folder.check(folder.put('changed.parquet', changed), TYPED);
      expect(report.reason === null ? report.status : 'said').toMatch(/passed|said/);
    }
  });

  test('of few bytes and very many rows is read within the limits or stopped', async () => {
    const bomb = await parquet(
      'bomb.parquet',
      "SELECT 1 AS id, DATE '2020-01-01' AS day, 1.5::DOUBLE AS score, repeat('A', 100000) AS origin FROM range(20000)",
    );
    const report = await folder.check(bomb, TYPED, { limits: { memoryMb: 128, temporaryMb: 16, seconds: 30 } });
    expect(['failed', 'not_checked']).toContain(report.status);
  });
});

describe('against the base', () => {
  beforeAll(async () => {
    await parquet(
      'base.parquet',
      "SELECT range AS id, DATE '2020-01-01' AS day, (range % 100)::DOUBLE AS score, 'JFK' AS origin FROM range(5000)",
    );
  });

  test('the same data has not drifted', async () => {
    const report = await folder.check('base.parquet', TYPED, { base: 'base.parquet' });
    expect([report.status, report.base?.schema, report.base?.drift.filter(({ drifted }) => drifted)]).toEqual([
      'passed',
      [],
      [],
    ]);
  });

  test('a shifted column and a new category have', async () => {
    const head = await parquet(
      'head.parquet',
      "SELECT range AS id, DATE '2020-01-01' AS day, (range % 100 + 30)::DOUBLE AS score, CASE range % 3 WHEN 0 THEN 'LGA' ELSE 'JFK' END AS origin FROM range(5000)",
    );
    const report = await folder.check(head, TYPED, { base: 'base.parquet' });
    const drifted = report.base?.drift
      .filter((one) => one.drifted)
      .map(({ column, newCategories }) => [column, newCategories]);
    expect(drifted).toEqual([
      ['score', []],
      ['origin', ['LGA']],
    ]);
  });
});

/** `pq.write_table(pa.table({'a': pa.array([], pa.int64())}), …, store_schema=False, compression='none')` by pyarrow 26.0.1. */
const NO_ROWS =
  'UEFSMRUEFQAVAEwVABUAEgAAFQQZLDUAGAZzY2hlbWEVAgAVBCUCGAFhABYAGRwZHCYAHBUEGSUABhkYAWEVABYAFhwWHCYAJggpHBUEFQAVAgAAABYcFgAmCBYcACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwAAAB0AAAAUEFSMQ==';

test('Parquet without rows as pyarrow writes it, with places of pages that are not there, passes', async () => {
  const name = folder.put('no-rows.parquet', Buffer.from(NO_ROWS, 'base64'));
  const report = await folder.check(name, contract('- { name: a, logicalType: integer, required: true }'));
  expect(report).toMatchObject({ status: 'passed', rows: 0 });
});
