import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ulid, ulidTime } from '../../core/ulid.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const random = fc.uint8Array({ minLength: 10, maxLength: 10 });

test('the time comes out as it went in', () => {
  fc.assert(
    fc.property(time, random, (at, bytes) => {
      expect(ulidTime(ulid(at, bytes))).toBe(at);
    }),
  );
});

test('a later id sorts after an earlier one, whatever its randomness', () => {
  fc.assert(
    fc.property(time, time, random, random, (a, b, first, second) => {
      fc.pre(a < b);
      expect(ulid(a, first) < ulid(b, second)).toBe(true);
    }),
  );
});

test('the example of the specification has its time', () => {
  expect(ulid(1469918176385, new Uint8Array(10)).slice(0, 10)).toBe('01ARYZ6S41');
});

test.each([
  ['a negative time', -1, 10],
  ['half a millisecond', 0.5, 10],
  ['a time beyond 48 bits', 2 ** 48, 10],
  ['too few bytes', 0, 9],
  ['too many bytes', 0, 11],
])('%s is refused', (_, at, length) => {
  expect(() => ulid(at, new Uint8Array(length))).toThrow(RangeError);
});
