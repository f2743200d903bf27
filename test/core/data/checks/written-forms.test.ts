import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inSeveralFormsSql, oneFormSql } from '../../../../core/data/checks/written-forms-sql.ts';
import { quoteText } from '../../../../core/data/sql/quote.ts';
import { inSeveralForms, oneForm, type Written } from '../../../../core/data/written-forms.ts';

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
});
afterAll(() => instance.closeSync());

async function ask(expression: string, texts: readonly string[]): Promise<unknown[]> {
  const connection = await instance.connect();
  try {
    const rows = texts.map((text, at) => `(${at}, CAST(${quoteText(text)} AS VARCHAR))`).join(', ');
    const query = `SELECT ${expression} FROM (SELECT v FROM (VALUES ${rows}) AS t(i, v) ORDER BY i)`;
    return (await connection.runAndReadAll(query)).getRowsJson().map(([value]) => value);
  } finally {
    connection.closeSync();
  }
}

/** Each line holds all that means one value. */
const VALUES: Readonly<Record<Written, readonly (readonly string[])[]>> = {
  integer: [
    ['1', '01', '+1', '+001'],
    ['-1', '-01'],
    ['0', '-0', '+0', '00'],
    ['10', '010'],
    ['9007199254740993'],
    ['9007199254740992'],
    ['123456789012345678901234567890', '0123456789012345678901234567890'],
    ['x1'],
    [''],
  ],
  number: [
    ['1', '1.0', '1.', '+1', '1e0', '10e-1', '0.1E1', '01.00'],
    ['0.5', '.5', '5e-1', '0.50', '+.5'],
    ['-0.5', '-.5', '-5e-1'],
    ['0', '0.0', '-0', '-0.00', '.0', '0e5'],
    ['1000', '1e3', '1E+3', '1000.000'],
    ['0.1234567890123456789', '1234567890123456789e-19'],
    ['0.1234567890123456788'],
    ['12.5e'],
    ['nan'],
  ],
  boolean: [['true', 'TRUE', 'True', '1'], ['false', 'False', '0'], ['yes']],
  timestamp: [
    [
      '2026-01-01T00:00:00Z',
      '2026-01-01 00:00',
      '2026-01-01T01:00:00+01:00',
      '2025-12-31T19:00-0500',
      '2026-01-01 00:00:00,000',
    ],
    ['2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.500', '2026-01-01T02:00:00.50+02'],
    ['2026-01-01T00:00:00.123456789Z'],
    ['2026-01-01T00:00:00.123456788Z'],
    ['2026-01-02T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
  ],
  time: [['12:00', '12:00:00', '12:00:00.000', '13:00+01:00', '12:00Z'], ['12:00:00.25', '12:00:00,250'], ['25:00']],
};
const WRITTEN = Object.keys(VALUES).filter((name): name is Written => name in VALUES);

test.each(WRITTEN)('all forms of a value of type %s come to one text, and no other value does', async (written) => {
  const lines = VALUES[written];
  const texts = lines.flat();
  const meant = lines.flatMap((forms, line) => forms.map(() => line));
  const groups = (ones: readonly unknown[]): number[] => ones.map((one) => meant[ones.indexOf(one)] ?? -1);
  expect(groups(texts.map((text) => oneForm(written, text)))).toEqual(meant);
  expect(groups(await ask(oneFormSql(written, 'v'), texts))).toEqual(meant);
});

test.each(WRITTEN)(
  'values of type %s that hold to one form are not looked at twice, and others always are',
  async (written) => {
    const texts = VALUES[written].flat();
    // Pairs: two texts for one value are told from the way of writing alone.
    for (const forms of VALUES[written])
      for (const other of forms.slice(1)) {
        const pair = [forms[0] ?? '', other];
        expect([pair, inSeveralForms(written, pair)]).toEqual([pair, true]);
        expect([pair, await ask(inSeveralFormsSql(written, 'v'), pair)]).toEqual([pair, [true]]);
      }
    expect(inSeveralForms(written, new Set(texts).keys())).toBe(true);
    expect(inSeveralForms(written, [])).toBe(false);
  },
);

test.each([
  ['integer', ['0', '1', '-1', '10', '9', '-10', '100000000000000000000']],
  ['number', ['0', '1', '-1.5', '0.25', '-0.125', '1000']],
  ['number', ['0.50', '12.25', '-3.10', '100.00']],
  ['boolean', ['True', 'False', 'True']],
  ['timestamp', ['2026-01-01 00:00:00', '2026-01-02 00:00:00']],
  ['timestamp', ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']],
  ['timestamp', ['2026-01-01T00:00:00.100Z', '2026-01-02T00:00:00.250Z']],
  ['time', ['12:00', '23:59']],
] satisfies readonly (readonly [Written, readonly string[]])[])(
  '%s as exports write it has one form: %j',
  async (written, texts) => {
    expect(inSeveralForms(written, texts)).toBe(false);
    expect(await ask(inSeveralFormsSql(written, 'v'), texts)).toEqual([false]);
  },
);

const number = fc
  .record({
    digits: fc.bigInt({ min: -1000n, max: 1000n }),
    zeros: fc.nat(2),
    plus: fc.boolean(),
    scale: fc.nat(3),
    power: fc.option(fc.integer({ min: -2, max: 2 })),
    padded: fc.nat(2),
  })
  .map(({ digits, zeros, plus, scale, power, padded }) => {
    const sign = digits < 0n ? '-' : plus ? '+' : '';
    const text = `${digits < 0n ? -digits : digits}`.padStart(scale + 1, '0');
    const decimals = `${text.slice(text.length - scale)}${'0'.repeat(padded)}`;
    const whole = '0'.repeat(zeros) + text.slice(0, text.length - scale);
    const written = `${sign}${whole}${decimals === '' ? '' : `.${decimals}`}${power === null ? '' : `e${power}`}`;
    // In millionths of a tenth: exact.
    return { written, value: digits * 10n ** BigInt(8 - scale + (power ?? 0)) };
  });

test('numbers are one where their values are, and told to be in one form only where no two texts are one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(number, { minLength: 2, maxLength: 8 }), async (numbers) => {
      const texts = numbers.map(({ written }) => written);
      const ones = texts.map((text) => oneForm('number', text));
      const inSql = await ask(oneFormSql('number', 'v'), texts);
      let hidden = false;
      numbers.forEach((a, i) => {
        numbers.forEach((b, j) => {
          expect([a, b, ones[i] === ones[j], inSql[i] === inSql[j]]).toEqual([
            a,
            b,
            a.value === b.value,
            a.value === b.value,
          ]);
          hidden ||= a.value === b.value && a.written !== b.written;
        });
      });
      if (!hidden) return;
      expect([texts, inSeveralForms('number', texts)]).toEqual([texts, true]);
      expect([texts, await ask(inSeveralFormsSql('number', 'v'), texts)]).toEqual([texts, [true]]);
    }),
    { numRuns: 150 },
  );
});
