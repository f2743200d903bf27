import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLine, snowflakeTime } from '../../../../core/data/sources/result-rows.ts';

test('a row of a result keeps the digits of its numbers', () => {
  const columns = [
    { name: 'n', kind: 'number' },
    { name: 'b', kind: 'boolean' },
    { name: 't "q"', kind: 'text' },
    { name: 'j', kind: 'json' },
    { name: 'none', kind: 'number' },
  ] as const;
  expect(jsonLine(columns, ['12345678901234567890.10', 'TRUE', 'x\n"', '{ "a": 1 }', null])).toBe(
    '{"n":12345678901234567890.10,"b":true,"t \\"q\\"":"x\\n\\"","j":{ "a": 1 },"none":null}\n',
  );
});

test('values inside of values keep their digits and names, and stay on one line', () => {
  const columns = [{ name: 'j', kind: 'json' }] as const;
  expect(jsonLine(columns, ['{\n  "a": 9007199254740993,\r\n  "a": "x\\n"\n}'])).toBe(
    '{"j":{   "a": 9007199254740993,    "a": "x\\n" }}\n',
  );
});

test('a row of any texts is one line of JSON', () => {
  const kinds = ['number', 'boolean', 'text', 'json', 'date'] as const;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...kinds), fc.string({ unit: 'grapheme' }))), (cells) => {
      const columns = cells.map(([kind], at) => ({ name: `c${at}`, kind }));
      const line = jsonLine(
        columns,
        cells.map(([, text]) => text),
      );
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(Object.keys(JSON.parse(line))).toHaveLength(cells.length);
    }),
  );
});

test('a row of another width is refused', () => {
  expect(() => jsonLine([], ['x'])).toThrow(RangeError);
});

test.each([
  ['date', '18262', '2020-01-01'],
  ['date', '-1', '1969-12-31'],
  ['time', '82919.000000000', '23:01:59'],
  ['timestamp', '1611871901.123456789', '2021-01-28 22:11:41.123456789'],
  ['timestamp', '-0.500000000', '1969-12-31 23:59:59.5'],
  ['timestamp', '1616173619.000000000 1500', '2021-03-19 18:06:59+01:00'],
  ['timestamp', 'not a number', 'not a number'],
] as const)('a %s that Snowflake writes as %s is %s', (kind, text, shown) => {
  expect(snowflakeTime(kind, text)).toBe(shown);
});
