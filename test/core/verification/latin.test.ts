import fc from 'fast-check';
import { expect, test } from 'vitest';
import { latinOf } from '../../../core/verification/pickle/latin.ts';
import { sourceOf } from '../../../core/verification/pickle/nested.ts';

const textOf = (content: string): ReturnType<typeof sourceOf> => sourceOf('text', Buffer.from(content));

test('any part of the bytes is what the text stands for', () => {
  const characters = fc.constantFrom('a', '\0', '\x7f', '\x80', '\xbf', '\xc0', '\xff', 'plain');
  fc.assert(
    fc.property(fc.array(characters, { minLength: 1, maxLength: 9 }), fc.nat(), fc.nat(), (parts, from, count) => {
      const content = parts.join('').repeat(Math.ceil(150_000 / parts.length));
      const expected = Buffer.from(content, 'latin1');
      const source = latinOf(textOf(content), () => {});
      const [offset, length] = [from % expected.length, count % expected.length];
      expect(source.size).toBe(expected.length);
      expect(Buffer.from(source.read(offset, length)).equals(expected.subarray(offset, offset + length))).toBe(true);
    }),
    { numRuns: 20, seed: 7 },
  );
});

test.each(['\u0100', '\u{1f600}', '€'])('text with %s stands for no bytes', (character) => {
  expect(() => latinOf(textOf(`${'a'.repeat(65_535)}${character}`), () => {})).toThrow('no bytes');
});
