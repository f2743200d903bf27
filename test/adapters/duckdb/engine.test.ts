import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DataEngine, EngineLimits } from '../../../flows/check-data/ports.ts';
import { bundledEngines } from './bundled-engines.ts';

const LIMITS: EngineLimits = { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 512 };
let directory = '';
let data = '';
let secret = '';
const opened: DataEngine[] = [];

async function open(limits: Partial<EngineLimits> = {}, options = {}): Promise<DataEngine> {
  const engine = await bundledEngines({ scratch: join(directory, 'scratch'), ...options }).open([data], {
    ...LIMITS,
    ...limits,
  });
  opened.push(engine);
  return engine;
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'duckdb-engine-'));
  mkdirSync(join(directory, 'scratch'));
  data = join(directory, 'it’s data.csv');
  secret = join(directory, 'secret.csv');
  writeFileSync(data, 'a,b\n1,x\n2,y\n');
  writeFileSync(secret, 'key\nvalue\n');
});

afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close();
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('reads the data that it was opened for', async () => {
  const engine = await open();
  const { rows, columns } = await engine.query(`SELECT * FROM read_csv('${data}') ORDER BY a`);
  expect(rows).toEqual([
    [1, 'x'],
    [2, 'y'],
  ]);
  expect(columns.map(({ name }) => name)).toEqual(['a', 'b']);
});

describe('refuses, whatever the query is:', () => {
  test.each([
    ['reading another file', () => `SELECT * FROM read_csv('${secret}')`],
    ['reading a file of the system', () => "SELECT * FROM read_csv('/etc/passwd')"],
    ['reading a file as text', () => "SELECT * FROM read_text('/etc/passwd')"],
    ['reading a file by its name alone', () => "SELECT * FROM '/etc/passwd'"],
    ['listing files', () => "SELECT * FROM glob('/etc/*')"],
    ['reading over the data by a path with dots', () => `SELECT * FROM read_text('${directory}/x/../secret.csv')`],
    ['writing a file', () => `COPY (SELECT 1) TO '${directory}/out.csv'`],
    ['writing over the data', () => `EXPORT DATABASE '${directory}/out'`],
    ['attaching a database', () => `ATTACH '${directory}/out.db'`],
    ['installing an extension', () => 'INSTALL httpfs'],
    ['loading a library', () => "LOAD '/tmp/evil.duckdb_extension'"],
    ['reading from the network', () => "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')"],
    ['switching access on again', () => 'SET enable_external_access = true'],
    ['allowing more paths', () => "SET allowed_paths = ['/etc/passwd']"],
    ['raising the memory limit', () => "SET memory_limit = '100GB'"],
    ['unlocking the configuration', () => 'SET lock_configuration = false'],
  ])('%s', async (_, sql) => {
    for (const limits of [{}, { readingThreads: 1 }]) {
      const engine = await open(limits);
      await engine.settle();
      await expect(engine.query(sql())).rejects.toMatchObject({ code: 'query_failed' });
    }
    expect(readdirSync(directory).toSorted()).toEqual(['it’s data.csv', 'scratch', 'secret.csv']);
  });
});

test('reads with as many threads as are to read, and goes on with all', async () => {
  const engine = await open({ readingThreads: 1 });
  const threads = async () => (await engine.query("SELECT current_setting('threads')")).rows;
  const before = await threads();
  await engine.settle();
  await engine.settle();
  expect([before, await threads()]).toEqual([[[1]], [[2]]]);
});

test('ends a query that takes too long, with the process', async () => {
  const engine = await open({ seconds: 2 });
  const endless = 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 1';
  await expect(engine.query(endless)).rejects.toMatchObject({ code: 'timed_out' });
  await expect(engine.query('SELECT 1')).rejects.toMatchObject({ code: 'timed_out' });
});

test('stops a query that needs more memory and disk than it may have', async () => {
  const engine = await open({ memoryMb: 64, temporaryMb: 1 });
  const large = 'SELECT count(*) FROM (SELECT DISTINCT hash(range), range::VARCHAR FROM range(20000000))';
  await expect(engine.query(large)).rejects.toMatchObject({ code: 'out_of_memory' });
});

test('puts what does not fit into memory on disk, and finishes', async () => {
  const engine = await open({ memoryMb: 64 });
  const sql =
    'CREATE TABLE t AS SELECT range AS a, range::VARCHAR || hash(range) AS b FROM range(2000000); SELECT count(*) FROM t';
  expect((await engine.query(sql)).rows).toEqual([[2_000_000]]);
});

test('gives no more rows than were asked for', async () => {
  const engine = await open();
  await expect(engine.query('SELECT * FROM range(5000)', 4000)).rejects.toMatchObject({ code: 'too_many_rows' });
});

test('matches a pattern that would backtrack for ever in linear time', async () => {
  const engine = await open();
  const { rows } = await engine.query("SELECT regexp_matches(repeat('a', 100000) || '!', '^(a+)+$')");
  expect(rows).toEqual([[false]]);
});

test('hands over numbers that JSON has none of as text, and no digit is lost', async () => {
  const engine = await open();
  const { rows } = await engine.query(
    "SELECT 'nan'::DOUBLE, '-inf'::DOUBLE, 9007199254740993::BIGINT, NULL, 2::HUGEINT",
  );
  expect(rows).toEqual([['NaN', '-Infinity', '9007199254740993', null, 2]]);
});

test('answers queries in the order in which they were asked', async () => {
  const engine = await open();
  const answers = await Promise.all([1, 2, 3].map((number) => engine.query(`SELECT ${number}`)));
  expect(answers.map(({ rows }) => rows[0]?.[0])).toEqual([1, 2, 3]);
});

test('a question that fails does not stop those that were sent after it', async () => {
  const engine = await open();
  const asked = [engine.query('SELECT 1'), engine.query('SELECT nothing'), engine.query('SELECT 3')] as const;
  const [first, second, third] = await Promise.allSettled(asked);
  expect([first, third]).toMatchObject([{ value: { rows: [[1]] } }, { value: { rows: [[3]] } }]);
  expect(second).toMatchObject({ reason: { code: 'query_failed' } });
});

test('all questions that wait are answered when the process ends', async () => {
  const engine = await open();
  const endless = 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 1';
  const asked = [
    engine.query(endless),
    engine.query('SELECT 1'),
    engine.json("SELECT '1'"),
    engine.repeats('SELECT 1', 1),
  ];
  const answers = Promise.allSettled(asked);
  await engine.close();
  const crashed = { status: 'rejected', reason: { code: 'crashed' } };
  expect(await answers).toMatchObject([crashed, crashed, crashed, crashed]);
});

test('hands over what a query writes as JSON', async () => {
  const engine = await open();
  const texts = `to_json(['a"b', 'ä\u2028', chr(10) || chr(0), NULL])::VARCHAR, to_json([1, 2])::VARCHAR`;
  expect(await engine.json(`SELECT ${texts}`)).toEqual([
    [
      ['a"b', 'ä\u2028', '\n\0', null],
      [1, 2],
    ],
  ]);
  expect(await engine.json("SELECT '[]' WHERE false")).toEqual([]);
});

test('what was to be JSON and is none ends the check', async () => {
  const engine = await open();
  await expect(engine.json("SELECT 'x'")).rejects.toMatchObject({ code: 'crashed' });
});

test.each([
  ['none', 'SELECT 1::UBIGINT WHERE false', 10, []],
  ['one that is there three times', 'SELECT (range // 3)::UBIGINT FROM range(4)', 4, ['0', '0']],
  [
    'those of very many, of which not all are held at one time',
    'SELECT hash(range % 4999999) FROM range(5000000)',
    5_000_000,
    [null],
  ],
] as const)('of hashes finds %s that repeat', async (_, sql, rows, expected) => {
  const engine = await open();
  const [zero] = (await engine.query('SELECT hash(0::BIGINT)::VARCHAR')).rows[0] ?? [];
  expect(await engine.repeats(sql, rows)).toEqual(expected.map((one) => one ?? zero));
});

test('more repeated hashes than are listed, and more hashes than are read, are left to a query', async () => {
  const engine = await open();
  expect(await engine.repeats('SELECT hash(range % 10) FROM range(20000)', 20_000)).toBeNull();
  expect(await engine.repeats('SELECT 1::UBIGINT', 1_000_000_000)).toBeNull();
});

test('hashes that are none are an error', async () => {
  const engine = await open();
  await expect(engine.repeats("SELECT 'x'", 1)).rejects.toMatchObject({ code: 'query_failed' });
});

test('leaves nothing behind', async () => {
  const engine = await open();
  await engine.close();
  expect(readdirSync(join(directory, 'scratch'))).toEqual([]);
  await expect(engine.query('SELECT 1')).rejects.toMatchObject({ code: 'crashed' });
});

test('says what to install where the binding is not there', async () => {
  await expect(open({}, { binding: 'file:///nowhere/duckdb.js' })).rejects.toMatchObject({
    code: 'not_installed',
    message: expect.stringContaining('npm install'),
  });
});

test('takes a worker that says anything else for one that crashed', async () => {
  const worker = join(directory, 'scratch', 'liar.mjs');
  writeFileSync(worker, "process.stdin.on('data', () => console.log('[1]'))");
  await expect(open({}, { worker })).rejects.toMatchObject({ code: 'crashed' });
  rmSync(worker);
});
