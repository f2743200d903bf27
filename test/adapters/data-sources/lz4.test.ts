import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeLz4Frame } from '../../../adapters/data-sources/worker/lz4.ts';

const frame = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

/** Written by `pyarrow.Codec('lz4').compress(...)`, version 26. */
const REPEAT = 'BCJNGGBAgg0AAAA/YWJjAwCcUGJjZW5kAAAAAA==';
const LITERAL = 'BCJNGGBAgjwAAIAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5OjsAAAAA';
const LONG = 'BCJNGGBAghUAAAAfeAEA//+qL3l6AgD//0BQenl6eXoAAAAA';

test.each([
  ['matches that run into themselves', REPEAT, Buffer.from(`${'abcabcabc'.repeat(20)}end`)],
  ['a block that is not compressed', LITERAL, Buffer.from(Array.from({ length: 60 }, (_, byte) => byte))],
  ['long lengths', LONG, Buffer.from('x'.repeat(700) + 'yz'.repeat(300))],
])('%s are decoded as another program encoded them', (_, encoded, expected) => {
  expect(Buffer.from(decodeLz4Frame(frame(encoded), 10_000)).equals(expected)).toBe(true);
});

test('a frame that grows beyond its limit is stopped', () => {
  expect(() => decodeLz4Frame(frame(LONG), 1000)).toThrow(/grows beyond 1000 bytes/);
});

test('a frame that says it is huge reserves no more than its limit', () => {
  // Magic, flags with a content size, that size, a header checksum, and the mark of the end.
  const bytes = Buffer.from('04224d186840ffffffffffffff7f8200000000', 'hex');
  expect(decodeLz4Frame(bytes, 1000)).toHaveLength(0);
});

test('any bytes are decoded or refused as no frame, within the limit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 40 }), (noise, keep) => {
      const bytes = Buffer.concat([frame(REPEAT).subarray(0, keep), noise]);
      try {
        expect(decodeLz4Frame(bytes, 5000).length).toBeLessThanOrEqual(5000);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 1000 },
  );
});
