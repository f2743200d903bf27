import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QuoteError, quoteInteger, quoteName, quoteNumber, quoteText } from '../../../../core/data/sql/quote.ts';

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
});
afterAll(() => instance.closeSync());

async function ask(sql: string): Promise<{ names: string[]; row: unknown[] }> {
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return { names: reader.columnNames(), row: [...(reader.getRows()[0] ?? [])] };
  } finally {
    connection.closeSync();
  }
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', ';', '-', '\n', '$', '{', '}', 'x', ' ', '/', '*'),
    maxLength: 20,
  }),
);

test('any text is read back by DuckDB as it was', async () => {
  const texts = fc.array(hostile, { minLength: 1, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(texts, async (values) => {
      const { row } = await ask(`SELECT ${values.map(quoteText).join(', ')}`);
      expect(row).toEqual(values);
    }),
    { numRuns: 30 },
  );
});

test('any name without a NUL names one column', async () => {
  const name = hostile.filter((text) => text !== '' && !text.includes('\0'));
  await fc.assert(
    fc.asyncProperty(name, async (text) => {
      const { names, row } = await ask(`SELECT ${quoteName(text)} FROM (SELECT 7 AS ${quoteName(text)})`);
      expect([names, row]).toEqual([[text], [7]]);
    }),
    { numRuns: 150 },
  );
});

test('every number is read back bit by bit', async () => {
  const numbers = fc.array(fc.double(), { minLength: 1, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(numbers, async (values) => {
      const { row } = await ask(`SELECT ${values.map(quoteNumber).join(', ')}`);
      expect(row).toEqual(values);
    }),
    { numRuns: 30 },
  );
});

test.each([
  ['a NUL in a name', () => quoteName('a\0b'), 'nul_character'],
  ['an empty name', () => quoteName(''), 'empty_name'],
  ['half a surrogate pair in a name', () => quoteName('a\ud800'), 'lone_surrogate'],
  ['half a surrogate pair in a text', () => quoteText('\udfff'), 'lone_surrogate'],
  ['a fraction as a limit', () => quoteInteger(1.5), 'not_a_number'],
])('%s is refused', (_what, quote, code) => {
  expect(quote).toThrow(expect.objectContaining({ name: QuoteError.name, code }));
});
