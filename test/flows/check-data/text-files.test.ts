import { rmSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder, places } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const AB = contract(`
- { name: a, logicalType: string, unique: true }
- { name: b, logicalType: number, required: true, logicalTypeOptions: { minimum: 0 } }`);

describe('CSV', () => {
  test.each<[what: string, content: string | Uint8Array, status: string, found: readonly string[]]>([
    ['that is right passes', 'a,b\nx,1\ny,2\n', 'passed', []],
    ['with a byte order mark is read', '\uFEFFa,b\nx,1\n', 'passed', []],
    ['with a header alone has no rows', 'a,b\n', 'passed', []],
    ['without a last line end is whole', 'a,b\nx,1\ny,-2', 'failed', ['f.csv:3 b minimum']],
    ['after a quoted newline keeps its lines', 'a,b\n"x\ny",1\nz,-1\n', 'failed', ['f.csv:4 b minimum']],
    ['with CRLF keeps its lines', 'a,b\r\nx,1\r\ny,-1\r\n', 'failed', ['f.csv:3 b minimum']],
    ['with both line ends and quotes keeps its lines', 'a,b\n"x\ny",1\r\nz,-2\r\n', 'failed', ['f.csv:4 b minimum']],
    ['without a value where one is required', 'a,b\n,1\nx,\n', 'failed', ['f.csv:3 b required']],
    ['of nulls only', 'a,b\n,\n,\n', 'failed', ['f.csv:2 b required', 'f.csv:3 b required']],
    ['with NaN', 'a,b\nx,NaN\n', 'failed', ['f.csv:2 b type']],
    ['with an infinity', 'a,b\nx,inf\n', 'failed', ['f.csv:2 b type']],
    ['with a number beyond a double', 'a,b\nx,1e400\n', 'failed', ['f.csv:2 b type']],
    ['with a big integer is read', 'a,b\nx,123456789012345678901234567890\n', 'passed', []],
    ['with a value twice', 'a,b\nx,1\nx,2\n', 'failed', ['f.csv:2 a unique', 'f.csv:3 a unique']],
    ['that is empty', '', 'failed', ['f.csv:1 null text']],
    ['with a row too short', 'a,b\nx,1\ny\n', 'failed', ['f.csv:3 null text']],
    ['with a row too long', 'a,b\nx,1\ny,2,3\n', 'failed', ['f.csv:3 null text']],
    ['with an empty line', 'a,b\nx,1\n\ny,2\n', 'failed', ['f.csv:3 null text']],
    ['with a lone carriage return', 'a,b\nx,1\ry,2\n', 'failed', ['f.csv:2 null text']],
    ['with a NUL', 'a,b\nx\0y,1\n', 'failed', ['f.csv:2 null text']],
    ['with a stray quote', 'a,b\nx"y,1\n', 'failed', ['f.csv:2 null text']],
    ['with a quote that is never closed', 'a,b\nx,1\n"y,2\n', 'failed', ['f.csv:3 null text']],
    [
      'with a title above its header',
      'Sales of May\na,b\nx,1\ny,2\n',
      'failed',
      ['f.csv:1 null text', 'f.csv:2 null text', 'f.csv:3 null text', 'f.csv:4 null text'],
    ],
    ['with a quoted value of more than is read', `a,b\n"${'x'.repeat(3_000_000)}",1\n`, 'not_checked', []],
    ['that is not UTF-8', Buffer.from('a,b\nx,1\n\xff\xfe,2\n', 'latin1'), 'failed', ['f.csv:3 null text']],
  ])('%s', async (_, content, status, found) => {
    const report = await folder.check(folder.put('f.csv', content), AB);
    expect([report.status, places(report)]).toEqual([status, found]);
  });

  test('that is not CSV as it should be says what to do about it', async () => {
    const says = async (content: string): Promise<string | null> =>
      (await folder.check(folder.put('f.csv', content), AB)).reason;
    expect(await says('# by hand\na,b\nx,1\ny,2\n')).toMatch(
      /^f\.csv:1: .*most rows have another number of columns: remove what stands above the header/,
    );
    expect(await says(`a,b\n"${'x'.repeat(3_000_000)}",1\n`)).toMatch(
      /^f\.csv:2: a record of more than 1048576 characters.*write long texts as JSON Lines or Parquet$/,
    );
    expect(await says('a,b\nx,1\ny\nz\nu,2\nv,3\n')).toMatch(
      /^f\.csv:3: .*expected 2 columns as in the header, found 1$/,
    );
  });

  test('with a header name twice fails for it', async () => {
    const report = await folder.check(folder.put('f.csv', 'a,a,b\nx,y,1\n'), AB);
    expect(report.rules.filter(({ status }) => status === 'failed').map(({ rule }) => rule)).toEqual([
      'column_repeated',
    ]);
  });

  test('with a column too few and one too many fails for both', async () => {
    const report = await folder.check(folder.put('f.csv', 'a,c\nx,y\n'), AB);
    const failed = report.rules.filter(({ status }) => status === 'failed');
    expect(failed.map(({ rule, columns }) => [rule, columns[0]])).toEqual([
      ['column_missing', 'b'],
      ['column_undeclared', 'c'],
    ]);
    expect(places(report)).toEqual(['f.csv:1 b column_missing', 'f.csv:1 c column_undeclared']);
  });

  test.each([
    ['a rule of a column', '- { name: b }', 'mustBe: 0 }] }', '', 'null_values a'],
    [
      'a rule of several columns',
      '- { name: b }',
      'mustBe: 0, severity: info }] }',
      ', properties: [a, b]',
      'duplicate_values a,b',
    ],
    [
      'a key',
      '- { name: b, primaryKey: true, primaryKeyPosition: 2 }',
      'mustBe: 0, severity: info }] }',
      '',
      'primary_key a,b',
    ],
  ])('without a column, which only warns, does not check %s', async (_, b, end, properties, open) => {
    const warns = 'customProperties: [{ property: trainyardSeverity, value: warn }]';
    const isKey = open.startsWith('primary') ? ', primaryKey: true' : '';
    const quality = `quality: [{ metric: nullValues, ${end}`;
    const table =
      properties === '' ? '' : `- { metric: duplicateValues, mustBe: 0, arguments: { ${properties.slice(2)} } }`;
    const stated = contract(`- { name: a${isKey}, ${warns}, ${quality}\n${b}`, table);
    const { status, rules } = await folder.check(folder.put('f.csv', 'b\n1\n1\n'), stated);
    const unchecked = rules.filter((one) => one.status === 'not_checked' && one.severity === 'fail');
    expect(unchecked.map(({ rule, columns, found }) => `${rule} ${columns.join()}: ${found}`)).toEqual([
      `${open}: the column "a" is missing`,
    ]);
    expect(status).toBe('not_checked');
  });

  test('in one column keeps its empty lines as rows', async () => {
    const one = contract('- { name: a, logicalType: string }');
    expect(await folder.check(folder.put('one.csv', 'a\nx\n\ny\n'), one)).toMatchObject({ status: 'passed', rows: 3 });
  });

  test.each([
    ['in a name, and rows with line feeds', '"a\r\nx",b\nu,1\nv,-2\n', 4],
    ['in a name, and a byte order mark', '\uFEFF"a\r\nx",b\r\nu,1\r\nv,-2\r\n', 4],
    ['in a value of the first row, and rows with line feeds', '"a\r\nx",b\n"u\r\n",1\nv,-2\n', 5],
  ])('with CRLF %s has all of its rows', async (_, content, line) => {
    const named = contract(
      '- { name: "a\\r\\nx", logicalType: string }\n- { name: b, logicalType: integer, logicalTypeOptions: { minimum: 0 } }',
    );
    const report = await folder.check(folder.put('named.csv', content), named);
    expect([report.rows, places(report)]).toEqual([2, [`named.csv:${line} b minimum`]]);
  });

  test.each([
    'a"; DROP TABLE trainyard.head; --',
    "a'; SELECT * FROM read_csv('/etc/passwd'); --",
    "c1 FROM trainyard.head; COPY (SELECT 1) TO 'x'; --",
    'ünï / 列 "quoted"',
  ])('with a column named %s is checked like any other', async (name) => {
    const named = contract(
      `- { name: ${JSON.stringify(name)}, logicalType: integer, unique: true }\n- { name: b, logicalType: string }`,
    );
    const header = `"${name.replaceAll('"', '""')}",b`;
    const report = await folder.check(folder.put('named.csv', `${header}\n1,x\nno,y\n`), named);
    expect(places(report)).toEqual([`named.csv:3 ${name} type`]);
  });
});

test.each([
  ['a quote in a name', 'a"b,c\n1,2\n', 'a quote inside an unquoted field'],
  [
    'a lone carriage return',
    'a,b\r1,2\r',
    'a carriage return that no line feed follows: readers disagree whether a row ends here: save it with line feeds',
  ],
  ['no bytes', '', 'the file is empty'],
  [
    'a name in another encoding',
    Buffer.from('pr\xe9nom,b\nx,1\n', 'latin1'),
    'byte 0xE9 here is not UTF-8: save the file as UTF-8, or state its encoding',
  ],
  ['JSON', '{"a":1,"b":2}\n', 'the first line looks like JSON: name the file .jsonl'],
  ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n', 'utf16le'), 'looks like UTF-16LE without a byte order mark'],
  [
    'UTF-16 of the other order',
    Buffer.from('a,b\n1,2\n', 'utf16le').swap16(),
    'looks like UTF-16BE without a byte order mark: save the file as UTF-8, or state its encoding',
  ],
])('a header with %s fails at its line', async (_, content, message) => {
  const report = await folder.check(folder.put('header.csv', content), AB);
  expect(report).toMatchObject({
    status: 'failed',
    findings: [{ line: 1, message: expect.stringContaining(message) }],
  });
});

test.each([
  ['late.jsonl', '{"a":"x","b":1}\n\n{"a":"y","b":2}\n{"a":"z","b":3,"c":1}\n{"a":"u","b":4,"d":1,"c":2}\n'],
  ['late.json', '[{"a":"x","b":1},\n\n{"a":"y","b":2},\n{"a":"z","b":3,"c":1},\n{"a":"u","b":4,"d":1,"c":2}]'],
])('columns of %s that the contract does not know fail at the lines that name them first', async (name, content) => {
  const report = await folder.check(folder.put(name, content), AB);
  expect(places(report)).toEqual([`${name}:4 c column_undeclared`, `${name}:5 d column_undeclared`]);
});

describe('compressed CSV', () => {
  const text = 'a,b\n"x\ny",1\nz,-1\n';

  test.each([
    ['f.csv.gz', gzipSync(text)],
    ['f.csv.zst', zstdCompressSync(text)],
    ['parallel.csv.zst', Buffer.concat([Buffer.from('502a4d180400000000000000', 'hex'), zstdCompressSync(text)])],
  ])('%s keeps its lines', async (name, bytes) => {
    expect(places(await folder.check(folder.put(name, bytes), AB))).toEqual([`${name}:4 b minimum`]);
  });

  test('that is cut is not checked', async () => {
    const report = await folder.check(folder.put('cut.csv.gz', gzipSync(text).subarray(0, 20)), AB);
    expect(report).toMatchObject({ status: 'not_checked', reason: expect.stringContaining('cut.csv.gz') });
  });

  test('that grows beyond all bounds is stopped', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('a,b\n'), Buffer.alloc(200 << 20, 'x,1\n')]));
    const limits = { memoryMb: 64, temporaryMb: 16, seconds: 20 };
    expect(await folder.check(folder.put('bomb.csv.gz', bomb), AB, { limits })).toMatchObject({
      status: 'not_checked',
    });
  });
});

describe('JSON Lines', () => {
  test.each<[what: string, content: string, status: string, found: readonly string[]]>([
    ['that is right passes', '{"a":"x","b":1}\n{"a":"y","b":2}\n', 'passed', []],
    [
      'counts blank lines as lines, not as rows',
      '{"a":"x","b":1}\n\n{"a":"y","b":-1}\n',
      'failed',
      ['f.jsonl:3 b minimum'],
    ],
    [
      'with null where a value is required',
      '{"a":"x","b":1}\n{"a":"y","b":null}\n',
      'failed',
      ['f.jsonl:2 b required'],
    ],
    ['with text where a number is expected', '{"a":"x","b":"1"}\n', 'failed', ['f.jsonl:1 b type']],
    ['with a broken line', '{"a":"x","b":1}\n{"a":"y","b":\n', 'failed', ['f.jsonl:2 null text']],
    ['that is empty', '', 'failed', ['f.jsonl:null null text']],
  ])('%s', async (_, content, status, found) => {
    const report = await folder.check(folder.put('f.jsonl', content), AB);
    expect([report.status, places(report)]).toEqual([status, found]);
  });

  test('as one JSON array is read, too', async () => {
    const name = folder.put('f.json', '[{"a":"x","b":1},{"a":"y","b":-2}]');
    expect(places(await folder.check(name, AB))).toEqual(['f.json:1 b minimum']);
  });
});

describe('several files', () => {
  test('are one dataset, and each keeps its lines', async () => {
    folder.put('many/1.csv', 'a,b\nx,1\n"y\nz",2\n');
    folder.put('many/2.csv', 'a,b\nv,3\nw,-4\n');
    const report = await folder.check('many/*.csv', AB);
    expect([report.rows, places(report)]).toEqual([4, ['many/2.csv:3 b minimum']]);
  });

  test('in key=value folders give the key as a column', async () => {
    folder.put('part/k=1/f.csv', 'a,b\nx,1\n');
    folder.put('part/k=2/f.csv', 'a,b\ny,2\n');
    const keyed = contract(`
- { name: a, logicalType: string }
- { name: b, logicalType: number }
- { name: k, logicalType: integer, logicalTypeOptions: { maximum: 1 } }`);
    expect(places(await folder.check('part', keyed))).toEqual(['part/k=2/f.csv:2 k maximum']);
  });

  test('with different headers fail', async () => {
    folder.put('differ/1.csv', 'a,b\nx,1\n');
    folder.put('differ/2.csv', 'b,a\n1,y\n');
    expect(await folder.check('differ', AB)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('header'),
    });
  });
});

test.each([
  ['what is not there', 'nowhere.csv', null, /no file matches/],
  ['a name of no format', 'f.bin', 'a,b\n', /no format that can be read/],
  ['Parquet named CSV', 'p.csv', 'PAR1xxxxxxxxxxxxxxxx', /expected CSV in UTF-8.*found Parquet/],
  ['CSV named Parquet', 'c.parquet', 'a,b\nx,1\n', /expected Parquet/],
  ['Parquet that is cut', 't.parquet', `PAR1${'x'.repeat(100)}`, /can’t be read/],
  ['Arrow that is cut', 'f.arrow', 'ARROW1xxxxxxxxxxxx', /the file is cut: it doesn’t end as a file of Arrow does/],
])('%s is not checked, and why is said', async (_, name, content, reason) => {
  if (content !== null) folder.put(name, content);
  expect(await folder.check(name, AB)).toMatchObject({ status: 'not_checked', reason: expect.stringMatching(reason) });
});
