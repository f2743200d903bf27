import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../../../core/data/csv.ts';
import { detectDelimiter } from '../../../../core/data/text/delimiter.ts';
import { Dialect, readDialect } from '../../../../core/data/text/dialect.ts';
import { TextError } from '../../../../core/data/text/encoding.ts';
import { type Quoting, redialect } from '../../../../core/data/text/redialect.ts';

function rewritten(text: string, quoting: Quoting, size = 2): string {
  const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    text.slice(at * size, (at + 1) * size),
  );
  return [...redialect(pieces, quoting)].join('');
}

const SINGLE = { delimiter: ';', quote: "'", escape: "'", trim: false };
const BACKSLASH = { delimiter: ',', quote: '"', escape: '\\', trim: false };
const NONE = { delimiter: '\t', quote: null, escape: null, trim: false };
const PADDED = { delimiter: ',', quote: '"', escape: '"', trim: true };

describe('records of another dialect', () => {
  test.each<[what: string, text: string, quoting: Quoting, written: string]>([
    ['single quotes, doubled', "a;b\n'x;''y''';1\n", SINGLE, "a,b\nx;'y',1\n"],
    ['double quotes that mean nothing', 'a;b\n"x;1\n', SINGLE, 'a,b\n"""x",1\n'],
    ['quotes after a backslash', 'a,b\n"x\\"y\\\\",1\n', BACKSLASH, 'a,b\n"x""y\\",1\n'],
    ['a delimiter after a backslash', 'a,b\nx\\,y,1\n', BACKSLASH, 'a,b\n"x,y",1\n'],
    ['no quotes at all', 'a\tb\n"x"\t1\n', NONE, 'a,b\n"""x""",1\n'],
    ['line ends within quotes', "a;b\r\n'x\r\ny';1\r\n", SINGLE, 'a,b\n"x\r\ny",1\n'],
    ['an empty line', 'a;b\n\nx;1\n', SINGLE, 'a,b\n\nx,1\n'],
    ['one empty quoted value', "a\n''\n", SINGLE, 'a\n""\n'],
    ['no last line end', 'a;b\nx;1', SINGLE, 'a,b\nx,1\n'],
    ['spaces around fields', 'a,  b , c\n 1, "x, y" ,z\n', PADDED, 'a,b,c\n1,"x, y",z\n'],
    ['spaces within fields and quotes', 'a\nx y\n" x "\n', PADDED, 'a\nx y\n x \n'],
    ['fields of nothing but spaces', 'a,b\n  ,   \n', PADDED, 'a,b\n,\n'],
  ])('with %s are written with commas and double quotes', (_, text, quoting, written) => {
    expect(rewritten(text, quoting)).toBe(written);
  });

  test.each<[what: string, text: string, quoting: Quoting, line: number]>([
    ['a quote that is never closed', "a;b\n'x;1\ny;2\n", SINGLE, 2],
    ['text after a closing quote', "a;b\n'x\n'y;1\n", SINGLE, 3],
    ['a quote within a field', "a;b\nx'y;1\n", SINGLE, 2],
    ['a lone carriage return', 'a;b\nx\ry;1\n', SINGLE, 2],
    ['a NUL', 'a;b\nx\0;1\n', SINGLE, 2],
    ['text behind a quote and a space', 'a,b\n"x" y,1\n', PADDED, 2],
    ['an escape at the end', 'a,b\nx,1\\', BACKSLASH, 2],
  ])('with %s are refused at its line', (_, text, quoting, line) => {
    expect(() => rewritten(text, quoting)).toThrow(expect.objectContaining({ name: TextError.name, line }));
  });

  test('keep their values and their lines, whatever they hold', () => {
    const value = fc.string({ unit: fc.constantFrom('a', ';', "'", '"', '\n', ',', '\\', 'ü', ' ') });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 8 }), (rows) => {
        const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
        const text = rows.map((row) => `${row.map(quoted).join(';')}\n`).join('');
        let line = 1;
        const expected = rows.map((values) => {
          const at = line;
          line += 1 + values.join('').split('\n').length - 1;
          return { kind: 'record', line: at, values };
        });
        expect([...readCsv([rewritten(text, SINGLE)])]).toEqual(expected);
      }),
    );
  });
});

describe('the delimiter', () => {
  test.each([
    ['a,b\n1,2\n', ','],
    ['a;b\n1,5;2\n', ';'],
    ['a\tb\n1\t2\n', '\t'],
    ['a|b|c\n1|2|3\n', '|'],
    ['one\n1\n', ','],
    ['a,b\n1;2,3\n', ','],
    ['"a;b",c\n1,2\n', ','],
    ['a;b\n"x\ny";2\n', ';'],
    ['a,b\nx,1,2\n', ','],
    ['a;b\n1;2\n3\n4,5;6\n', ';'],
    ['a\tb\n1  2\n3\t4\n5\t6\n', '\t'],
    ['a,b;c\n1,2\n3,4;5\n6;7\n8,9;1\n', ','],
    ['a;b\n1\n2\n3;4\n', ','],
    ['', ','],
  ])('of %j is %j', (text, delimiter) => {
    expect(detectDelimiter(text)).toEqual({ kind: 'delimiter', delimiter });
  });

  test('is nobody’s guess where two divide all lines alike', () => {
    expect(detectDelimiter('a;b|c\n1;2|3\n')).toEqual({ kind: 'ambiguous', delimiters: [';', '|'] });
  });
});

describe('a stated dialect', () => {
  const stated = (value: unknown) => [{ property: 'trainyardDialect', value }];

  test('is read, encodings by the names that tools give them', () => {
    expect(readDialect(stated({ delimiter: ';', encoding: 'Latin-1' }), 3, [])).toEqual({
      delimiter: ';',
      encoding: 'iso-8859-1',
    });
  });

  test.each([
    { delimiter: ';;' },
    { delimiter: 'a' },
    { delimiter: '"' },
    { delimiter: '\n' },
    { encoding: 'klingon' },
    { quote: 'ab' },
    { delimiter: '|', quote: '|' },
    { unknown: 1 },
    { missing: [] },
    { missing: [''] },
    { missing: ['a;b'] },
    { missing: [1.5] },
    { missing: ['a:b'], delimiter: ':' },
    'csv',
  ])('%j is a problem at its line', (value) => {
    const problems: { message: string; line: number }[] = [];
    expect(readDialect(stated(value), 3, problems)).toBeUndefined();
    expect(problems).toEqual([{ message: expect.stringContaining('trainyardDialect'), line: 3 }]);
  });

  test('takes numbers for the texts that they are written as', () => {
    expect(readDialect(stated({ missing: ['NA', -999] }), 3, [])).toEqual({ missing: ['NA', '-999'] });
  });

  test('never names a prototype’s key as an encoding', () => {
    expect(Dialect.safeParse({ encoding: 'constructor' }).success).toBe(false);
  });
});
