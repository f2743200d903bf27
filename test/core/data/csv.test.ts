import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine, readCsv } from '../../../core/data/csv.ts';

const encoder = new TextEncoder();

function read(text: string): { records: [number, string[]][]; problems: [string, number][] } {
  const records: [number, string[]][] = [];
  const problems: [string, number][] = [];
  for (const item of readCsv([encoder.encode(text)])) {
    if (item.kind === 'record') records.push([item.line, item.values]);
    else problems.push([item.code, item.line]);
  }
  return { records, problems };
}

test.each([
  [
    'plain rows',
    'a,b\n1,2\n',
    [
      [1, ['a', 'b']],
      [2, ['1', '2']],
    ],
  ],
  [
    'a last line without a line end',
    'a\n1',
    [
      [1, ['a']],
      [2, ['1']],
    ],
  ],
  [
    'CRLF line ends',
    'a,b\r\n1,2\r\n',
    [
      [1, ['a', 'b']],
      [2, ['1', '2']],
    ],
  ],
  [
    'mixed line ends',
    'a\r\n1\n2\r\n',
    [
      [1, ['a']],
      [2, ['1']],
      [3, ['2']],
    ],
  ],
  [
    'quoted commas and quotes',
    'a,b\n"1,5","say ""hi"""\n',
    [
      [1, ['a', 'b']],
      [2, ['1,5', 'say "hi"']],
    ],
  ],
  [
    'quoted line ends, and the line after them',
    'a\n"x\ny"\nz\n',
    [
      [1, ['a']],
      [2, ['x\ny']],
      [4, ['z']],
    ],
  ],
  [
    'quoted CRLF, and the line after it',
    'a\r\n"x\r\n\r\ny"\r\nz\r\n',
    [
      [1, ['a']],
      [2, ['x\r\n\r\ny']],
      [5, ['z']],
    ],
  ],
  [
    'empty fields',
    'a,b\n,\n"",\n',
    [
      [1, ['a', 'b']],
      [2, ['', '']],
      [3, ['', '']],
    ],
  ],
  [
    'a byte order mark',
    '\uFEFFa\n1\n',
    [
      [1, ['a']],
      [2, ['1']],
    ],
  ],
  [
    'an empty line where one column is declared',
    'a\n\n1\n',
    [
      [1, ['a']],
      [2, ['']],
      [3, ['1']],
    ],
  ],
  ['nothing', '', []],
] as [string, string, [number, string[]][]][])('reads %s', (_, text, expected) => {
  expect(read(text)).toEqual({ records: expected, problems: [] });
});

test.each([
  ['too few columns', 'a,b\n1\n2,3\n', 'column_count', 2],
  ['too many columns', 'a,b\n1,2,3\n', 'column_count', 2],
  ['an empty line among rows', 'a,b\n1,2\n\n', 'column_count', 3],
  ['a quote inside an unquoted field', 'a\nx"y\n', 'stray_quote', 2],
  ['text after a closing quote', 'a\n"x\ny"z\n', 'stray_quote', 3],
  ['a quote that is never closed', 'a\n1\n"x\ny\n', 'unterminated_quote', 3],
  ['a lone carriage return', 'a,b\n1,2\r3,4\n', 'bare_carriage_return', 2],
  ['a lone carriage return in a line with quotes', 'a,b\n"1",2\r3\n', 'bare_carriage_return', 2],
  ['a NUL', 'a\n1\0\n', 'nul', 2],
  ['a NUL in a quoted field', 'a\n"1\0"\n', 'nul', 2],
])('reports %s at its line', (_, text, code, line) => {
  expect(read(text).problems).toEqual([[code, line]]);
});

test('goes on after a problem in one row', () => {
  const { records, problems } = read('a,b\n1\n"x"y,2\n3,4\n');
  expect(problems).toEqual([
    ['column_count', 2],
    ['stray_quote', 3],
  ]);
  expect(records.at(-1)).toEqual([4, ['3', '4']]);
});

test('reports bytes that are not UTF-8 at their line and stops', () => {
  const bytes = Buffer.concat([Buffer.from('a\n1\n2'), Buffer.from([0xff]), Buffer.from('\n3\n')]);
  const items = [...readCsv([bytes])];
  expect(items.at(-1)).toMatchObject({ kind: 'problem', code: 'invalid_utf8', line: 3, fatal: true });
});

test('reports a character that the end of the file cuts off', () => {
  expect([...readCsv([Buffer.from('a\n\xc3', 'latin1')])].at(-1)).toMatchObject({ code: 'invalid_utf8' });
});

test('refuses a record without end instead of keeping it all in memory', () => {
  const chunk = Buffer.alloc(1 << 18, 'x');
  const chunks = [Buffer.from('a\n"'), ...Array.from({ length: 20 }, () => chunk)];
  expect([...readCsv(chunks)].at(-1)).toMatchObject({ code: 'record_too_long', line: 2, fatal: true });
});

const field = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r\n', ' '), maxLength: 6 }),
  fc.stringMatching(/^[a-z0-9.]{0,8}$/),
);
const rows = fc
  .integer({ min: 2, max: 4 })
  .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }));

test('reads back every table that was written, with the line of each row', () => {
  fc.assert(
    fc.property(rows, (table) => {
      const lines = table.map(csvLine);
      const starts = lines.map((_, index) => lines.slice(0, index).join('').split('\n').length);
      expect(read(lines.join('')).records).toEqual(table.map((values, index) => [starts[index], values]));
    }),
  );
});

const wild = fc.string({
  unit: fc.constantFrom('a', 'ü', ',', ',', '"', '"', '\n', '\r\n', '\r', '\0'),
  maxLength: 40,
});

test('gives the same items however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(wild, fc.array(fc.nat({ max: 5 }), { maxLength: 60 }), (text, sizes) => {
      const bytes = encoder.encode(text);
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      expect([...readCsv(chunks)]).toEqual([...readCsv([bytes])]);
    }),
    { numRuns: 500 },
  );
});

test('agrees with csv-parse on all text that it accepts', () => {
  fc.assert(
    fc.property(wild, (text) => {
      const { records, problems } = read(text);
      fc.pre(problems.length === 0);
      // A carriage return at the very end is a line end for us; csv-parse keeps it.
      fc.pre(!text.endsWith('\r'));
      const peer: string[][] = parse(text, { record_delimiter: ['\n', '\r\n'], bom: true });
      expect(records.map(([, values]) => values)).toEqual(peer);
    }),
    { numRuns: 2000 },
  );
});
