import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));
const data = folder.put('f.csv', 'a,b\nx,1\ny,2\n');

async function judge(query: string) {
  const ruled = contract(
    '- { name: a, logicalType: string }\n- { name: b, logicalType: integer }',
    `- { type: sql, query: ${JSON.stringify(query)}, mustBe: 2 }`,
  );
  const report = await folder.check(data, ruled, { limits: { seconds: 20 } });
  const rule = report.rules.find((one) => one.rule === 'sql');
  return { report: report.status, rule: rule?.status, found: rule?.found };
}

describe('a rule in SQL is run:', () => {
  test.each([
    ['over the schema object by its name', 'SELECT count(*) FROM flights'],
    ['with placeholders of ODCS', 'SELECT count(*) FROM ${object}'],
    ['with a WITH clause', 'WITH big AS (SELECT * FROM dataset) SELECT count(*) FROM big'],
    ['with a subquery and a semicolon', 'SELECT max(n) FROM (SELECT b::INT AS n FROM data);'],
    ['with a series', 'SELECT count(*) FROM range(2)'],
  ])('%s', async (_, query) => {
    expect(await judge(query)).toEqual({ report: 'passed', rule: 'passed', found: '2' });
  });

  test('and fails where its number is another', async () => {
    expect(await judge('SELECT count(*) + 1 FROM flights')).toEqual({ report: 'failed', rule: 'failed', found: '3' });
  });
});

describe('a query that gives true or false', () => {
  test.each([
    ['count(*) = 2', 'mustBe: true', 'passed', 'true'],
    ['count(*) = 3', 'mustBe: true', 'failed', 'false'],
    ['count(*) = 3', 'mustNotBe: true', 'passed', 'false'],
    ['count(*)', 'mustBe: true', 'not_checked', expect.stringContaining('expected true or false')],
    ['count(*) = 2', 'mustBe: 1', 'not_checked', expect.stringContaining('expected one number')],
  ])('%s, %s: %s', async (expression, condition, status, found) => {
    const query = `SELECT ${expression} FROM flights`;
    const ruled = contract('- name: a\n- name: b', `- { type: sql, query: "${query}", ${condition} }`);
    const report = await folder.check(data, ruled);
    expect(report.rules.find(({ rule }) => rule === 'sql')).toMatchObject({ status, found });
  });
});

describe('SQL sees what is not of a column’s type as null:', () => {
  test.each([
    ['integer', ['1.5', '1e3', ' 7', '1_000'], 0],
    ['number', ['1_000', ' 7', 'inf', 'nan', '0x10'], 0],
    ['date', ['2024/01/05', '2024-1-5'], 0],
    ['timestamp', ['2024-01-05', '2024-01-05 1:00'], 0],
    ['integer', ['12', '-3', '+4'], 3],
    ['number', ['1.5', '.5', '1e3'], 3],
  ])('%s of %j', async (type, values, count) => {
    const query = 'SELECT count(v) FROM flights';
    const ruled = contract(`- { name: v, logicalType: ${type} }`, `- { type: sql, query: ${query}, mustBe: ${count} }`);
    const rows = values.map((value) => `${value}\n`).join('');
    const report = await folder.check(folder.put('typed.csv', `v\n${rows}`), ruled);
    expect(report.rules.find(({ rule }) => rule === 'sql')).toMatchObject({ status: 'passed', found: String(count) });
  });

  test('but an integer beyond 128 bits is no null, which would meet any rule', async () => {
    const ruled = contract(
      '- { name: v, logicalType: integer }',
      '- { type: sql, query: SELECT count(*) FROM flights WHERE v > 9, mustBe: 0 }',
    );
    const report = await folder.check(folder.put('huge.csv', `v\n1${'0'.repeat(39)}\n`), ruled);
    expect(report.rules.find(({ rule }) => rule === 'sql')).toMatchObject({ status: 'not_checked' });
  });
});

describe('a rule in SQL is refused, and the report is not green:', () => {
  test.each([
    ['reading a file', "SELECT count(*) FROM read_csv('/etc/passwd')"],
    ['reading a file by its name', "SELECT count(*) FROM '/etc/passwd'"],
    ['reading the data by its path', "SELECT count(*) FROM 'f.csv'"],
    ['reading a file in a subquery', "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))"],
    ['COPY TO', "COPY (SELECT 1) TO 'out.csv'"],
    ['INSTALL', 'INSTALL httpfs'],
    ['ATTACH', "ATTACH 'x.db'"],
    ['SET', 'SET threads = 1'],
    ['DROP', 'DROP TABLE trainyard.head'],
    ['two statements', 'SELECT 2; SELECT 2'],
    ['a statement behind a comment', 'SELECT 2 --\n; DROP VIEW flights'],
    ['our own tables', 'SELECT count(*) FROM trainyard.head'],
    ['the catalog', 'SELECT count(*) FROM information_schema.tables'],
    ['a table function of the catalog', 'SELECT count(*) FROM duckdb_settings()'],
    ['settings', "SELECT length(current_setting('temp_directory'))"],
    ['a query within a text', "SELECT count(*) FROM query('SELECT 1')"],
    ['no SQL', 'hello'],
    ['a column that is not there', 'SELECT max(nope) FROM flights'],
    ['a value that is no number', 'SELECT max(a) FROM flights'],
    ['several rows', 'SELECT b FROM flights'],
    ['no rows', 'SELECT b FROM flights WHERE false'],
    ['a quote that closes nothing', "SELECT ' FROM flights"],
  ])('%s', async (_, query) => {
    expect(await judge(query)).toMatchObject({ report: 'not_checked', rule: 'not_checked' });
  });
});

test('a rule in SQL that never ends is stopped, and nothing is green', async () => {
  const endless = contract(
    '- { name: a, logicalType: string }\n- { name: b, logicalType: integer }',
    '- { type: sql, query: "SELECT count(*) FROM range(100000000) x, range(100000000) y WHERE x.range + y.range = 1", mustBe: 2 }',
  );
  const report = await folder.check(data, endless, { limits: { seconds: 3 } });
  expect(report).toMatchObject({ status: 'not_checked', reason: expect.stringContaining('within 3 s') });
});
