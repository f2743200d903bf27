import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkout, contents } from './place.ts';
import { type Seen, type Web, webServer } from './web.ts';

const here = checkout();
let web: Web;
let answer: (seen: Seen) => readonly [status: number, body: unknown, zipped?: boolean];

beforeEach(async () => {
  web = await webServer((seen, response) => {
    const [status, body, zipped = false] = answer(seen);
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(zipped ? gzipSync(bytes) : bytes);
  });
});
afterEach(() => web.close());
afterAll(() => here.remove());

const bodyOf = (seen: Seen | undefined): unknown => JSON.parse(seen?.body ?? 'null');

describe('a query of Databricks', () => {
  const variables = () => ({
    DATABRICKS_HOST: web.url,
    DATABRICKS_TOKEN: 'dapi-secret',
    DATABRICKS_WAREHOUSE_ID: 'w1',
  });
  const columns = [
    { name: 'a', type_name: 'STRING' },
    { name: 'b', type_name: 'DECIMAL' },
  ];
  const statement = (state: string, more: object = {}) => ({ statement_id: 's-1', status: { state, ...more } });

  test('that takes its time and comes in parts is one file, and no link gets the token', async () => {
    let asked = 0;
    const link = (chunk: number, next?: number) => ({
      external_links: [
        { external_link: `${web.url}/part/${chunk}?sig=x`, chunk_index: chunk, next_chunk_index: next ?? null },
      ],
    });
    answer = ({ path, method }) => {
      if (path.startsWith('/part/0')) return [200, [['x', '1.10']]];
      if (path.startsWith('/part/1')) return [200, [[null, '12345678901234567890']]];
      if (path.endsWith('/result/chunks/1')) return [200, link(1)];
      if (method === 'POST') return [200, statement('PENDING')];
      asked += 1;
      if (asked < 3) return [200, statement('RUNNING')];
      return [200, { ...statement('SUCCEEDED'), manifest: { schema: { columns } }, result: link(0, 1) }];
    };
    const files = here.open({ variables: variables() });
    const found = await files.list('databricks:main.sales.orders');
    expect(contents(found)).toEqual([
      ['databricks:SELECT * FROM main.sales.orders', '{"a":"x","b":1.10}\n{"a":null,"b":12345678901234567890}\n'],
    ]);
    expect(found[0]).toMatchObject({ format: { format: 'jsonl' }, pin: { kind: 'statement', value: 's-1' } });
    expect(bodyOf(web.seen[0])).toMatchObject({ warehouse_id: 'w1', statement: 'SELECT * FROM main.sales.orders' });
    const [links, calls] = [true, false].map((is) => web.seen.filter(({ path }) => path.startsWith('/part') === is));
    expect(links?.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(calls?.every(({ headers }) => headers.authorization === 'Bearer dapi-secret')).toBe(true);
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test.each<[what: string, status: number, body: unknown, message: RegExp]>([
    ['fails', 200, statement('FAILED', { error: { message: 'no such table' } }), /the query failed: no such table/],
    ['is not allowed', 403, { message: 'Invalid access token.' }, /status 403: Invalid access token/],
    ['is answered with nonsense', 200, 'hello', /status 200/],
    [
      'was cut',
      200,
      { ...statement('SUCCEEDED'), manifest: { schema: { columns }, truncated: true } },
      /was cut there/,
    ],
    [
      'has two columns of one name',
      200,
      { ...statement('SUCCEEDED'), manifest: { schema: { columns: [columns[0], columns[0]] } } },
      /name them with AS/,
    ],
  ])('that %s is refused, without the token', async (_, status, body, message) => {
    answer = () => [status, body];
    const files = here.open({ variables: variables() });
    const error: unknown = await files.list('databricks:t').catch((cause: unknown) => cause);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('secret');
    await files.close();
  });

  test('that takes too long is cancelled there', async () => {
    answer = ({ path }) => (path.endsWith('/cancel') ? [200, {}] : [200, statement('RUNNING')]);
    const files = here.open({ variables: variables(), bounds: { bytes: 100, files: 1, seconds: 1 } });
    await expect(files.list('databricks:t')).rejects.toThrow(/no result within 1 s/);
    expect(web.seen.at(-1)).toMatchObject({ method: 'POST', path: '/api/2.0/sql/statements/s-1/cancel' });
    await files.close();
  });

  test.each([
    ['no part of it is named', {}],
    ['a part of it is missing', { external_links: [{ external_link: 'PART', chunk_index: 0 }] }],
  ])('of which %s is refused', async (_, result) => {
    const manifest = { schema: { columns }, total_row_count: 2 };
    const named: unknown = JSON.parse(JSON.stringify(result).replace('PART', `${web.url}/part/0`));
    answer = ({ path }) =>
      path.startsWith('/part') ? [200, [['x', '1']]] : [200, { ...statement('SUCCEEDED'), manifest, result: named }];
    const files = here.open({ variables: variables() });
    await expect(files.list('databricks:t')).rejects.toThrow(/expected the 2 rows that the warehouse counts, found/);
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test.each([
    ['lead back to one another', { external_links: [{ external_link: 'PART', next_chunk_index: 1 }] }],
    ['are named and not there', {}],
  ])('whose parts %s is refused', async (_, next) => {
    const link = (value: object): unknown => JSON.parse(JSON.stringify(value).replace('PART', `${web.url}/part/0`));
    const first = link({ external_links: [{ external_link: 'PART', next_chunk_index: 1 }] });
    answer = ({ path }) => {
      if (path.startsWith('/part')) return [200, []];
      if (path.includes('/result/chunks/')) return [200, link(next)];
      return [200, { ...statement('SUCCEEDED'), manifest: { schema: { columns } }, result: first }];
    };
    const files = here.open({ variables: variables() });
    await expect(files.list('databricks:t')).rejects.toThrow(/part 1 of the result is not where it should be/);
    await files.close();
  });

  test('that is refused with the token in the answer is so without it', async () => {
    answer = () => [403, { message: 'no user has dapi-secret or Bearer dapi-secret' }];
    const files = here.open({ variables: variables() });
    await expect(files.list('databricks:t')).rejects.toThrow(/status 403: no user has \*\*\* or Bearer \*\*\*$/);
    await files.close();
  });

  test('without a token says what it needs', async () => {
    const files = here.open({ variables: { DATABRICKS_HOST: web.url } });
    await expect(files.list('databricks:t')).rejects.toThrow(/DATABRICKS_TOKEN is not set.*DATABRICKS_WAREHOUSE_ID/);
    await files.close();
  });
});

describe('a query of Snowflake', () => {
  const variables = () => ({
    SNOWFLAKE_ACCOUNT: 'org-acc',
    SNOWFLAKE_HOST: web.url,
    SNOWFLAKE_TOKEN: 'pat-secret',
    SNOWFLAKE_WAREHOUSE: 'wh',
  });
  const result = {
    statementHandle: 'h-1',
    resultSetMetaData: {
      numRows: 2,
      rowType: [
        { name: 'A', type: 'fixed' },
        { name: 'D', type: 'date' },
      ],
      partitionInfo: [{ rowCount: 1 }, { rowCount: 1 }],
    },
    data: [['1', '18262']],
  };

  test('that takes its time and comes in parts is one file', async () => {
    let asked = 0;
    answer = ({ path, method }) => {
      if (method === 'POST') return [202, { code: '333334', message: 'in progress', statementHandle: 'h-1' }];
      if (path.endsWith('?partition=1')) return [200, { data: [['2', null]] }, true];
      asked += 1;
      return asked < 2 ? [202, { statementHandle: 'h-1' }] : [200, result];
    };
    const files = here.open({ variables: variables() });
    expect(contents(await files.list('snowflake:SELECT a, d FROM t'))).toEqual([
      ['snowflake:SELECT a, d FROM t', '{"A":1,"D":"2020-01-01"}\n{"A":2,"D":null}\n'],
    ]);
    const [first] = web.seen;
    expect([first?.path, first?.headers.authorization]).toEqual(['/api/v2/statements', 'Bearer pat-secret']);
    expect(first?.headers['x-snowflake-authorization-token-type']).toBe('PROGRAMMATIC_ACCESS_TOKEN');
    expect(bodyOf(first)).toMatchObject({ statement: 'SELECT a, d FROM t', warehouse: 'wh' });
    await files.close();
  });

  test('of which a part holds fewer rows than there are is refused', async () => {
    answer = ({ path }) => (path.endsWith('?partition=1') ? [200, { data: [] }] : [200, result]);
    const files = here.open({ variables: variables() });
    await expect(files.list('snowflake:t')).rejects.toThrow(/expected the 2 rows that the warehouse counts, found 1/);
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test('larger than it may be is stopped', async () => {
    answer = () => [
      200,
      { ...result, resultSetMetaData: { rowType: [{ name: 'A', type: 'text' }] }, data: [['x'.repeat(500)]] },
    ];
    const files = here.open({ variables: variables(), bounds: { bytes: 100, files: 1, seconds: 10 } });
    await expect(files.list('snowflake:t')).rejects.toThrow(/more than the 100 bytes/);
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test('that is refused is so with Snowflake’s words', async () => {
    answer = () => [422, { code: '002003', message: "Object 'T' does not exist" }];
    const files = here.open({ variables: variables() });
    await expect(files.list('snowflake:t')).rejects.toThrow(/status 422: Object 'T' does not exist/);
    await files.close();
  });

  test('that is refused with the token in the answer is so without it', async () => {
    answer = () => [401, { message: 'pat-secret is none of ours' }];
    const files = here.open({ variables: variables() });
    await expect(files.list('snowflake:t')).rejects.toThrow(/status 401: \*\*\* is none of ours/);
    await files.close();
  });

  test('without an account says what it needs', async () => {
    const files = here.open();
    await expect(files.list('snowflake:t')).rejects.toThrow(/SNOWFLAKE_ACCOUNT is not set.*SNOWFLAKE_TOKEN/);
    await files.close();
  });
});

test('what is sent is what the published API takes', () => {
  // https://docs.databricks.com/api/workspace/statementexecution/executestatement
  const Execute = z.strictObject({
    warehouse_id: z.string(),
    statement: z.string(),
    format: z.enum(['JSON_ARRAY', 'ARROW_STREAM', 'CSV']),
    disposition: z.enum(['INLINE', 'EXTERNAL_LINKS']),
    wait_timeout: z.string().regex(/^(?:0|[5-9]|[1-4]\d|50)s$/),
    on_wait_timeout: z.enum(['CONTINUE', 'CANCEL']),
  });
  answer = () => [403, {}];
  const files = here.open({
    variables: { DATABRICKS_HOST: web.url, DATABRICKS_TOKEN: 't', DATABRICKS_HTTP_PATH: '/sql/1.0/warehouses/abc' },
  });
  return files.list('databricks:t').catch(async () => {
    expect(Execute.parse(bodyOf(web.seen[0])).warehouse_id).toBe('abc');
    await files.close();
  });
});
