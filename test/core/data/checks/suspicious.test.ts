import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSuspicious } from '../../../../core/data/checks/suspicious.ts';
import { readCsv } from '../../../../core/data/csv.ts';

const encoder = new TextEncoder();
const look = (text: string, delimiter = ','): boolean => isSuspicious([encoder.encode(text)], delimiter);

describe('nothing speaks against', () => {
  test.each([
    ['plain rows', 'a,b\nx,1\n'],
    ['CRLF', 'a,b\r\nx,1\r\n'],
    ['a last line without an end', 'a,b\nx,1'],
    ['an empty last field in each row', 'a,b\nx,\ny,\nz,'],
    ['a header that ends in a delimiter as all rows do', 'a,b,\nx,1,\n'],
    ['a row too short, which every reader refuses', 'a,b\nx\n'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(look(text)).toBe(false);
  });
});

describe('readers may disagree about', () => {
  test.each([
    ['a quote', 'a,b\n"x",1\n'],
    ['a NUL', 'a,b\nx\0,1\n'],
    ['an empty line', 'a,b\n\nx,1\n'],
    ['an empty line at the end', 'a,b\nx,1\n\n'],
    ['an empty first line', '\na,b\n'],
    ['a carriage return alone', 'a,b\rx,1\r'],
    ['both line ends', 'a,b\r\nx,1\ny,2\r\n'],
    ['a delimiter too many', 'a,b\nx,1,\n'],
    ['a delimiter too many before CRLF', 'a,b\r\nx,1,\r\n'],
    ['a delimiter too many at the end', 'a,b\nx,1,'],
    ['a line without end', `a,b\n${'x'.repeat(2_000_001)}`],
  ])('%s', (_, text) => {
    expect(look(text)).toBe(true);
  });

  test('a delimiter of several bytes', () => {
    expect(look('a\u00a6b\n', '\u00a6')).toBe(true);
  });
});

const wild = fc.string({
  unit: fc.constantFrom('a', 'b', ',', ',', '\n', '\n', '\r\n', '\r', '"', '\0'),
  maxLength: 40,
});

test('a text that is not suspicious is read without a problem, but for rows that are wrong to every reader', () => {
  fc.assert(
    fc.property(wild, (text) => {
      fc.pre(!look(text));
      const [header, ...items] = [...readCsv([encoder.encode(text)])];
      const columns = header?.kind === 'record' ? header.values.length : 0;
      for (const item of items) {
        if (item.kind === 'record') continue;
        const line = text.split('\n')[item.line - 1]?.replace(/\r$/, '') ?? '';
        // DuckDB itself refuses a row too short, and one too long unless all that is too much is an empty last field.
        expect([item.code, line.endsWith(',') && line.split(',').length > columns]).toEqual(['column_count', false]);
      }
    }),
    { seed: 5, numRuns: 3000 },
  );
});

test('the same is found however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(wild, fc.array(fc.nat({ max: 5 }), { maxLength: 60 }), (text, sizes) => {
      const bytes = encoder.encode(text);
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(isSuspicious([...chunks, bytes.subarray(at)])).toBe(look(text));
    }),
    { seed: 5, numRuns: 2000 },
  );
});
