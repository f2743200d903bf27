import { rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import { judgeSelect } from '../../../core/data/checks/select-only.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));
const data = folder.put('f.csv', 'a,b,c\nx,9,2026-01-02\ny,10,2026-01-03\n');
const COLUMNS = `
- { name: a, logicalType: string }
- { name: b, logicalType: integer }
- { name: c, logicalType: date }`;

/** All in one check, since each check is a process. */
async function judge(queries: readonly string[], mustBe = 2) {
  const rules = queries.map((query) => `- { type: sql, query: ${JSON.stringify(query)}, mustBe: ${mustBe} }`);
  const report = await folder.check(data, contract(COLUMNS, rules.join('\n')), { limits: { seconds: 60 } });
  return report.rules.filter(({ rule }) => rule === 'sql').map(({ status, found }) => ({ status, found }));
}

const REFUSED = {
  'another way to write a reader': [
    "SELECT count(*) FROM READ_CSV('/etc/passwd')",
    `SELECT count(*) FROM "read_csv"('/etc/passwd')`,
    "SELECT count(*) FROM main.read_csv('/etc/passwd')",
    "SELECT count(*) FROM \uff52ead_csv('/etc/passwd')",
    'SELECT count(*) FROM read_csv($$/etc/passwd$$)',
    "SELECT count(*) FROM read_csv(E'/etc/pass\\x77d')",
    "FROM read_text('/etc/passwd') SELECT count(*)",
  ],
  'a reader somewhere within': [
    "SELECT 2 UNION ALL SELECT count(*) FROM read_csv('/etc/passwd')",
    "SELECT count(*) FROM flights, LATERAL (SELECT * FROM glob('/*')) g",
    "SELECT 2 WHERE EXISTS (FROM read_blob('/etc/passwd'))",
    "SELECT b FROM flights ORDER BY (SELECT count(*) FROM read_csv('/etc/passwd')) LIMIT 1",
    "SELECT b FROM flights LIMIT (SELECT count(*) FROM glob('/etc/*'))",
    "SELECT count(*) FILTER (WHERE (SELECT true FROM glob('/etc/*') LIMIT 1)) FROM flights",
    "SELECT max(x) FROM (SELECT count(*) OVER (PARTITION BY (SELECT max(file) FROM glob('/etc/*'))) x FROM flights)",
    "SELECT list_sum(list_transform([1,1], x -> x + (SELECT 0 * count(*) FROM glob('/etc/*'))))",
    "SELECT count(*) FROM flights POSITIONAL JOIN glob('/etc/*')",
    "SELECT count(*) FROM 'http://127.0.0.1/x.csv'",
    "SELECT count(*) FROM 's3://bucket/x.parquet'",
  ],
  'a WITH clause that is named like a file or the catalog, for use elsewhere': [
    `SELECT (WITH "/etc/passwd" AS (SELECT 1) SELECT 1) + (SELECT count(*) FROM '/etc/passwd')`,
    `SELECT (WITH "${folder.directory}/f.csv" AS (SELECT 1) SELECT 0) + (SELECT count(*) FROM '${folder.directory}/f.csv')`,
    'SELECT (WITH sqlite_master AS (SELECT 1) SELECT 1) + (SELECT count(*) FROM sqlite_master)',
    'SELECT (WITH duckdb_tables AS (SELECT 1) SELECT 1) + (SELECT count(*) FROM duckdb_tables)',
  ],
  'what is no SELECT': [
    "WITH x AS (COPY (SELECT 1) TO '/tmp/x.csv') SELECT 2",
    "WITH x AS (INSERT INTO trainyard.head VALUES ('q') RETURNING 1) SELECT count(*) FROM x",
    'PRAGMA database_list',
    'CALL pragma_version()',
    'EXPLAIN SELECT 2',
    'SET VARIABLE x = 2',
    'PREPARE v AS SELECT 2',
    'CREATE MACRO f() AS 2',
    'SELECT count(*) FROM (DESCRIBE flights)',
    'SELECT count(*) FROM (SUMMARIZE flights)',
    'SELECT count(*) FROM (SHOW TABLES)',
    'SELECT 2 /* ; */; SELECT 2',
    'SELECT count(*) FROM ${object}; DROP VIEW flights',
  ],
  'characters that end or hide what follows': ['SELECT 2 \0; DROP VIEW flights', 'SELECT 2 \ud800'],
  chance: ['SELECT 2 + 0 * random()', 'SELECT length(uuid()::VARCHAR) - 34', 'SELECT 2 + 0 * setseed(0.1)'],
  'nests without end': [
    `SELECT ${'1+'.repeat(4000)}1`,
    `SELECT ${'(SELECT '.repeat(300)}2${')'.repeat(300)}`,
    `SELECT count(*) FROM flights ${'NATURAL JOIN flights '.repeat(500)}`,
  ],
};

describe('a rule in SQL is not checked, and nothing is run:', () => {
  test.each(Object.entries(REFUSED))('%s', async (_, queries) => {
    const results = await judge(queries);
    expect(results.map(({ status }) => status)).toEqual(queries.map(() => 'not_checked'));
    for (const { found } of results) expect(found).toMatch(/^the query (was refused|failed: .*surrogate)/);
  });
});

describe('a rule in SQL that gives no number is not checked:', () => {
  test('text, even of a number, and what else is none', async () => {
    const queries = [
      "'0x2'",
      "' 2 '",
      "'2'",
      "''",
      'true',
      'NULL',
      "'nan'::DOUBLE",
      "'inf'::DOUBLE",
      "DATE '2020-01-02'",
    ];
    const more = ['[2]', "'2'::BLOB", 'INTERVAL 2 DAY', '2, 3', "{'a': 2}", "error('2')", "CAST('secret' AS INT)"];
    const results = await judge([...queries, ...more].map((value) => `SELECT ${value}`));
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'not_checked'));
    expect(results.at(-1)?.found).not.toContain('secret');
  });
});

test('a rule in SQL compares values as the contract types them, not as text', async () => {
  expect(await judge(['SELECT max(b) - 8 FROM flights', 'SELECT count(*) FROM flights WHERE b < 100'])).toEqual([
    { status: 'passed', found: '2' },
    { status: 'passed', found: '2' },
  ]);
  expect(await judge(["SELECT count(*) FROM flights WHERE c >= DATE '2026-01-02'"])).toMatchObject([
    { status: 'passed' },
  ]);
});

test.each([
  ['text without end', "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(1000000)"],
  ['a list without end', 'SELECT len(list(range)) FROM range(10000000000)'],
  ['a recursion without end', 'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t'],
  [
    'names that double at each step',
    `WITH ${Array.from({ length: 60 }, (_, at) => `c${at} AS (SELECT x.* FROM ${at === 0 ? 'flights x, flights y' : `c${at - 1} x, c${at - 1} y`})`).join(', ')} SELECT count(*) FROM c59`,
  ],
])('a rule in SQL of %s is stopped, and nothing is green', async (_, query) => {
  const endless = contract(COLUMNS, `- { type: sql, query: ${JSON.stringify(query)}, mustBe: 2 }`);
  const report = await folder.check(data, endless, { limits: { seconds: 4 } });
  expect([report.status, report.reason]).toEqual(['not_checked', expect.stringMatching(/within 4 s|[Mm]emory/)]);
});

test('every function of DuckDB that keeps state, depends on chance or looks around is refused', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const listed = await connection.runAndReadAll(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('scalar', 'macro') AND (stability = 'VOLATILE' OR has_side_effects OR macro_definition ILIKE '%select%from%') ORDER BY 1",
  );
  const names = listed.getRows().map(([name]) => String(name));
  expect(names).toContain('write_log');
  const allowed: string[] = [];
  for (const name of names) {
    const parsed = await connection.runAndReadAll(`SELECT json_serialize_sql('SELECT "${name}"()')`);
    if (judgeSelect(String(parsed.getRows()[0]?.[0]), new Set()).ok) allowed.push(name);
  }
  connection.closeSync();
  // It only ends the query.
  expect(allowed).toEqual(['error']);
});
