import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder, places } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const AB = contract(`
- { name: a, logicalType: string }
- { name: b, logicalType: number, logicalTypeOptions: { minimum: 0 } }`);
const WHOLE = contract('- { name: a, logicalType: string }\n- { name: b, logicalType: integer }');

describe('CSV that DuckDB takes and others do not', () => {
  test.each([
    ['a delimiter too many in one row', 'a,b\nx,1\ny,2,\nz,3\n', ['f.csv:3 null text']],
    ['a delimiter too many at the end of the file', 'a,b\nx,1\ny,2,', ['f.csv:3 null text']],
    ['a delimiter too many before CRLF', 'a,b\r\nx,1\r\ny,2,\r\n', ['f.csv:3 null text']],
    ['a delimiter too many after 100,000 rows', `a,b\n${'x,1\n'.repeat(100_000)}y,2,\n`, ['f.csv:100002 null text']],
  ])('fails: %s', async (_, content, found) => {
    expect(places(await folder.check(folder.put('f.csv', content), AB))).toEqual(found);
  });

  test('passes where each row has an empty last field', async () => {
    const nullable = contract('- { name: a, logicalType: string }\n- { name: b, logicalType: number }');
    expect(await folder.check(folder.put('f.csv', 'a,b\nx,\ny,\nz,1\n'), nullable)).toMatchObject({
      status: 'passed',
      rows: 3,
    });
  });
});

describe('a line without end', () => {
  test.each([
    ['which DuckDB leaves out in silence', 'a,b\nx,1\n'],
    ['in quotes', 'a,b\nx,1\n"'],
  ])('%s, is not checked', async (_, before) => {
    const content = Buffer.concat([Buffer.from(before), Buffer.alloc(40 << 20, 'x')]);
    const { status, reason } = await folder.check(folder.put('f.csv', content), AB);
    expect([status, reason]).toEqual(['not_checked', expect.stringMatching(/^f\.csv.*3.*record of more than/)]);
  });
});

test.each([5001, 100_000])('%i columns are not checked, and why is said', async (count) => {
  const names = Array.from({ length: count }, (_, at) => `c${at}`);
  const report = await folder.check(folder.put('f.csv', `${names.join()}\n${names.map(() => '1').join()}\n`), AB);
  expect([report.status, report.reason]).toEqual(['not_checked', `expected 5000 columns at most, found ${count}`]);
});

test('long texts are checked in little memory, and what is estimated of them is said', async () => {
  const long = contract('- { name: id, logicalType: integer }\n- { name: doc, logicalType: string, required: true }');
  const rows = Array.from({ length: 5000 }, (_, at) => `${at},${at}${'x'.repeat(20_000)}\n`);
  const name = folder.put('f.csv', `id,doc\n${rows.join('')}5000,\n`);
  const report = await folder.check(name, long);
  expect([report.rows, places(report), report.approximate.join()]).toEqual([
    5001,
    ['f.csv:5002 doc required'],
    expect.stringContaining('1 column'),
  ]);
});

describe('text that ends lines for some programs', () => {
  test.each(['\u2028', '\u2029', '\u0085', '\v', '\f', '\x1c'])('is text: %j', async (char) => {
    const text = contract(
      `- { name: a, logicalType: string, logicalTypeOptions: { enum: [${JSON.stringify(`x${char}y`)}] } }`,
    );
    expect(await folder.check(folder.put('f.csv', `a\nx${char}y\nx${char}y\n`), text)).toMatchObject({
      status: 'passed',
      rows: 2,
    });
  });
});

describe('lines after quoted newlines agree with a count of line feeds', () => {
  const far = Array.from({ length: 3000 }, (_, at) => (at % 7 === 0 ? `"x${'\n'.repeat(at % 5)}y",1` : 'x,1'));

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('with %s', async (_, end) => {
    const before = `a,b${end}${far.join(end)}${end}`;
    const report = await folder.check(folder.put('f.csv', `${before}z,-1${end}w,1${end}`), AB);
    expect(places(report)).toEqual([`f.csv:${before.split('\n').length} b minimum`]);
  });
});

describe('JSON Lines', () => {
  test.each<[what: string, content: string, found: readonly string[]]>([
    ['a name twice', '{"a":"x","b":1}\n{"a":"x","b":-1,"b":1}\n', ['f.jsonl:2 null text']],
    ['NaN', '{"a":"x","b":1}\n{"a":"x","b":NaN}\n', ['f.jsonl:2 null text']],
    ['a comma too many', '{"a":"x","b":1,}\n', ['f.jsonl:1 null text']],
    ['a record that is null', '{"a":"x","b":1}\nnull\n', ['f.jsonl:2 null text']],
    ['a byte order mark', '\uFEFF{"a":"x","b":1}\n', ['f.jsonl:1 null text']],
    ['half a surrogate pair', '{"a":"\\ud800","b":1}\n', ['f.jsonl:1 null text']],
    ['two records on a line', '{"a":"x","b":1}{"a":"x","b":-1}\n', ['f.jsonl:1 null text']],
    [
      'values so deep that DuckDB ends',
      `{"a":"x","b":${'['.repeat(50_000)}${']'.repeat(50_000)}}\n`,
      ['f.jsonl:1 null text'],
    ],
    ['records without columns', '{}\n{}\n', ['f.jsonl:null null text']],
  ])('fails for %s', async (_, content, found) => {
    const report = await folder.check(folder.put('f.jsonl', content), AB);
    expect([report.status, places(report)]).toEqual(['failed', found]);
  });

  test.each<[what: string, value: string]>([
    ['text', '"2"'],
    ['a list', '[2]'],
    ['an object', '{"c":2}'],
    ['a truth value', 'true'],
  ])('fails at the line alone that has %s among numbers', async (_, value) => {
    const content = `{"a":"x","b":1}\n{"a":"x","b":${value}}\n{"a":"x","b":3.5}\n{"a":"x","b":null}\n`;
    expect(places(await folder.check(folder.put('f.jsonl', content), AB))).toEqual(['f.jsonl:2 b type']);
  });

  test('fails at the line alone that has a number among texts', async () => {
    const content = '{"a":"x","b":1}\n{"a":2,"b":1}\n{"a":"2","b":1}\n';
    expect(places(await folder.check(folder.put('f.jsonl', content), AB))).toEqual(['f.jsonl:2 a type']);
  });

  test('takes 2.0 for an integer and 2.5 for none', async () => {
    const content = '{"a":"x","b":1}\n{"a":"x","b":2.0}\n{"a":"x","b":2.5}\n';
    expect(places(await folder.check(folder.put('f.jsonl', content), WHOLE))).toEqual(['f.jsonl:3 b type']);
  });

  test('may have hundreds of names that few records have', async () => {
    const names = Array.from({ length: 300 }, (_, at) => `k${at}`);
    const many = contract(names.map((name) => `- { name: ${name}, logicalType: integer }`).join('\n'));
    const content = names.map((name) => `{"${name}":1}\n`).join('');
    expect(await folder.check(folder.put('f.jsonl', content), many)).toMatchObject({ status: 'passed', rows: 300 });
  });

  test.each([
    ['differ by case alone', '{"a":"x","A":"y","b":1}\n', '"A"'],
    ['differ by case alone in other records', '{"a":"x","b":1}\n{"A":"x","b":1}\n', '"A"'],
    ['are empty', '{"":1,"a":"x","b":1}\n', '""'],
    ['hold a NUL', '{"a\\u0000":1,"a":"x","b":1}\n', 'NUL'],
  ])('is not checked where names %s', async (_, content, reason) => {
    expect(await folder.check(folder.put('f.jsonl', content), AB)).toMatchObject({
      status: 'not_checked',
      reason: expect.stringContaining(reason),
    });
  });
});

describe('an array of JSON', () => {
  test('keeps the line of each record', async () => {
    const content = '[\n  {"a": "x", "b": 1},\n  {\n    "a": "y",\n    "b": -1\n  }, {"a": "z", "b": -2}\n]\n';
    expect(places(await folder.check(folder.put('f.json', content), AB))).toEqual([
      'f.json:3 b minimum',
      'f.json:6 b minimum',
    ]);
  });

  test.each<[what: string, content: string, line: string]>([
    ['no record', '[]', 'null'],
    ['an object', '{"a":"x","b":1}', '1'],
    ['one object a line', '{"a":"x","b":1}\n{"a":"x","b":2}\n', '1'],
    ['text after its end', '[{"a":"x","b":1}]\ngarbage', '2'],
    ['no end', '[{"a":"x","b":1}', '1'],
    ['another value', '[{"a":"x","b":1},\n7]', '2'],
    ['a comma too many', '[{"a":"x","b":1},\n]', '2'],
  ])('fails for %s', async (_, content, line) => {
    const report = await folder.check(folder.put('f.json', content), AB);
    expect([report.status, places(report)]).toEqual(['failed', [`f.json:${line} null text`]]);
  });
});
