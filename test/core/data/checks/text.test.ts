import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contradiction, formatOfName } from '../../../../core/data/checks/data-format.ts';
import { toRe2 } from '../../../../core/data/checks/pattern-sql.ts';
import { isSuspicious } from '../../../../core/data/checks/suspicious.ts';
import { readCsv } from '../../../../core/data/csv.ts';
import { readJsonLines } from '../../../../core/data/json-lines.ts';
import { compilePattern } from '../../../../core/data/pattern.ts';
import { quoteText } from '../../../../core/data/sql/quote.ts';

test.each([
  ['data/flights.csv', 'csv', 'none'],
  ['FLIGHTS.CSV.GZ', 'csv', 'gzip'],
  ['a.b/x.jsonl.zst', 'jsonl', 'zstd'],
  ['x.parquet', 'parquet', 'none'],
  ['noextension', 'unknown', 'none'],
  ['dir.csv/file', 'unknown', 'none'],
])('%s is %s, compressed by %s', (name, format, compression) => {
  expect(formatOfName(name)).toEqual({ format, compression });
});

test('bytes that fit the name speak against nothing', () => {
  expect(contradiction({ format: 'csv', compression: 'none' }, Buffer.from('a,b\n1,2\n'))).toBeNull();
  expect(contradiction({ format: 'parquet', compression: 'none' }, Buffer.from('PAR1'))).toBeNull();
});

test.each([
  [
    'an old workbook',
    [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0],
    'found a workbook of Excel (save the sheet as CSV)',
  ],
  [
    'a new one',
    [0x50, 0x4b, 0x03, 0x04, 20, 0],
    'found zip (unpack it, or write it as .gz; of a workbook, save the sheet as CSV)',
  ],
  [
    'what macOS keeps beside a file',
    [0x00, 0x05, 0x16, 0x07, 0x00, 0x02, 0, 0],
    'found AppleDouble (macOS keeps it beside the file of that name without ._: check that one, and delete this)',
  ],
])('%s that is named CSV is told by its first bytes', (_, bytes, says) => {
  expect(contradiction({ format: 'csv', compression: 'none' }, Uint8Array.from(bytes))).toContain(says);
});

const pieces = fc.constantFrom('a', 'b,c', '\n', '\r\n', '\r', '"', '""', '\0', ',', 'ü', '1');

test('what is not suspicious holds nothing that the strict reader refuses but a wrong number of columns', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (parts, size) => {
      const bytes = Buffer.from(parts.join(''));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      if (isSuspicious(chunks)) return;
      const problems = [...readCsv([bytes])].flatMap((item) => (item.kind === 'problem' ? [item.code] : []));
      expect(problems.filter((code) => code !== 'column_count')).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('rows of tab-separated values keep their commas', () => {
  const rows = [...readCsv(['a\tb\n"x\t1"\t2,3\n'], '\t')].map((item) =>
    item.kind === 'record' ? item.values : item.message,
  );
  expect(rows).toEqual([
    ['a', 'b'],
    ['x\t1', '2,3'],
  ]);
});

test('any bytes are read as JSON Lines to records and problems whose lines rise', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (chunks) => {
      const lines = [...readJsonLines(chunks)].map(({ line }) => line);
      expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    }),
  );
});

describe('a pattern in the syntax of RE2', () => {
  const sources = [
    '^[A-Z]{3}$',
    'a|b',
    '^\\d{4}-\\d{2}$',
    '^(a+)+$',
    '[^x]',
    '.',
    '^$',
    '\\s',
    '(ab){2,3}c?',
    '^[\\w.]+@\\w+$',
    '[\\]\\\\-]',
    '\\u00fc',
    '💥+',
  ];
  const texts = [
    '',
    'a',
    'ABC',
    'abc',
    '2020-01',
    'aaaa!',
    'x',
    '\n',
    ' ',
    '\u2028',
    'ababc',
    'a.b@c',
    ']',
    '\\',
    '-',
    'ü',
    '💥💥',
    '\u00a0',
    "'",
  ];

  test('means what it means to the automaton', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    for (const source of sources) {
      const compiled = compilePattern(source);
      if (!compiled.ok) throw new Error(`${source}: ${compiled.reason}`);
      const re2 = toRe2(source) ?? '';
      const list = texts.map(quoteText).join(', ');
      const reader = await connection.runAndReadAll(
        `SELECT regexp_matches(t, ${quoteText(re2)}) FROM (SELECT unnest([${list}]) AS t)`,
      );
      const found = reader.getRows().map(([matched]) => matched);
      expect([source, found]).toEqual([source, texts.map((text) => compiled.pattern.test(text))]);
    }
    connection.closeSync();
  });

  test('is none where it repeats more often than RE2 can', () => {
    expect(toRe2('a{1001}')).toBeNull();
    expect(toRe2('(a{100}){11}')).toBeNull();
  });
});
