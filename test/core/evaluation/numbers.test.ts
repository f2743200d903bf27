import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatNumber, formatSigned } from '../../../core/evaluation/numbers.ts';

test.each([
  [0.74123, '0.7412'],
  [2000, '2000'],
  [123456789, '123456789'],
  [-0.006, '−0.006'],
  [0, '0'],
  [0.00001234, '1.234e−5'],
  [1234567.5, '1235000'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
])('formats %s as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test('signs show direction, and zero has none', () => {
  expect([formatSigned(0.5), formatSigned(-0.5), formatSigned(0)]).toEqual(['+0.5', '−0.5', '0']);
});

test('two different numbers never read the same beside each other', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((value) => value + 0);
  fc.assert(
    fc.property(number, fc.constantFrom(1e-3, 1e-6, 1e-9, 1e-12), (value, part) => {
      const other = value * (1 + part);
      fc.pre(other !== value);
      expect(formatNumber(value, other)).not.toBe(formatNumber(other, value));
    }),
  );
});
