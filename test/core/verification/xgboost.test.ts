import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('model', bytes)]);

function length(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.write('L');
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}
const join = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
const entry = (key: string, ...value: readonly (string | Uint8Array)[]): Buffer =>
  join(length(key.length), key, ...value);
const text = (value: string): Buffer => join('S', length(value.length), value);
const version = entry('version', '[', 'i\x03', 'i\x02', 'i\0', ']');
const modelOf = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  join('{', entry('learner', '{', ...parts, '}'), version, '}');
const small = modelOf(
  entry('name', text('gbtree')),
  entry('weights', '[$d#', length(2), Buffer.alloc(8)),
  entry('on', 'T'),
);

test('an ordinary model is clean', () => {
  expect(scan(small)).toMatchObject({ verdict: 'clean', files: [{ format: 'xgboost' }] });
});

test.each<[string, Buffer]>([
  ['data behind it', join(small, 'x')],
  ['a key twice', modelOf(entry('a', 'T'), entry('a', 'F'))],
  ['an unknown marker', modelOf(entry('a', 'X'))],
  ['a text past the end', modelOf(entry('a', 'S', length(999)))],
  ['a text of negative length', modelOf(entry('a', 'S', length(-1)))],
  ['a list past the end', modelOf(entry('a', '[$D#', length(2 ** 52)))],
  ['a list of lists by count', modelOf(entry('a', '[$[#', length(2)))],
  ['nesting', modelOf(entry('a', '['.repeat(10_000)))],
  ['no learner', join('{', version, '}')],
])('a model with %s is a finding', (_, bytes) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'finding', findings: [{ rule: 'xgboost-malformed' }] });
});

test('a model that is cut is never clean', () => {
  // Of up to two bytes it is text.
  for (let size = 3; size < small.length; size += 1)
    expect([size, scan(small.subarray(0, size)).verdict]).not.toEqual([size, 'clean']);
});

test('a damaged model ends in a verdict, and the scanner does not fail on it', () => {
  const change = fc.record({ at: fc.nat({ max: small.length - 1 }), byte: fc.nat({ max: 255 }) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      const bytes = Buffer.from(small);
      for (const { at, byte } of changes) bytes[at] = byte;
      expect(scan(bytes).files[0]?.reason).not.toBe('crashed');
    }),
    { numRuns: 500, seed: 7 },
  );
});
