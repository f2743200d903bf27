import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascending } from '../../../../core/data/checks/number-order.ts';

/** The order as JavaScript sorts, which keeps that of equal numbers. */
function reference(numbers: Float64Array): number[] {
  return Array.from(numbers.keys()).sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0));
}

// JavaScript takes 0 and -0 for equal; the order by digits does not, and which comes first decides nothing.
const number = fc.double({ noNaN: true }).map((value) => value + 0);

test.each([
  ['few', 0, 100],
  ['many, sorted by their digits', 4096, 4200],
])('%s numbers are put in order, equal ones as they came', (_, minLength, maxLength) => {
  const some = fc.oneof(
    number,
    fc.integer({ min: -3, max: 3 }).map(Number),
    fc.integer().map((at) => at * 60_000),
  );
  fc.assert(
    fc.property(fc.array(some, { minLength, maxLength }), (values) => {
      const numbers = Float64Array.from(values);
      expect([...ascending(numbers)]).toEqual(reference(numbers));
    }),
    { numRuns: minLength === 0 ? 100 : 10 },
  );
});

test('infinities are at the ends, also among many', () => {
  const numbers = Float64Array.from({ length: 5000 }, (_, at) => Math.sin(at) * 10 ** (at % 300));
  numbers[7] = Number.POSITIVE_INFINITY;
  numbers[9] = Number.NEGATIVE_INFINITY;
  const order = ascending(numbers);
  expect([order[0], order.at(-1)]).toEqual([9, 7]);
});
