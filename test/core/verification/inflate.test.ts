import { deflateRawSync, deflateSync, gzipSync, inflateRawSync, crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from '../../../core/verification/crc32.ts';
import { ScanError } from '../../../core/verification/format.ts';
import { Inflater } from '../../../core/verification/inflate.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { calling } from './assembler.ts';
import { fileOf } from './samples.ts';

function inflate(bytes: Uint8Array, piece?: number): { readonly output: Buffer; readonly end: number } {
  const inflater = new Inflater(fileOf('a', bytes), 0, bytes.length, piece);
  const pieces: Buffer[] = [];
  for (let next = inflater.next(); next !== null; next = inflater.next()) pieces.push(Buffer.from(next));
  return { output: Buffer.concat(pieces), end: inflater.end };
}

test('what zlib deflates, at any level, is inflated to the same, and the end is known to the byte', () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat({ max: 5000 }))
      .map(([unit, count]) => Buffer.alloc(count, unit)),
  );
  const options = fc.record({ level: fc.integer({ min: 0, max: 9 }), strategy: fc.integer({ min: 0, max: 4 }) });
  fc.assert(
    fc.property(content, options, fc.constantFrom(300, 70_000), (bytes, option, piece) => {
      const deflated = deflateRawSync(bytes, option);
      const { output, end } = inflate(Buffer.concat([deflated, Buffer.from('tail')]), piece);
      expect([output.equals(Buffer.from(bytes)), end]).toEqual([true, deflated.length]);
    }),
    { numRuns: 300 },
  );
});

test('of damaged streams it inflates what zlib does, or refuses', () => {
  const sample = deflateRawSync(Buffer.from('a scan is as good as what it reads '.repeat(40)));
  fc.assert(
    fc.property(fc.nat({ max: sample.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
      const bytes = Buffer.from(sample);
      bytes[at] = value;
      let peer: Buffer | null = null;
      try {
        peer = inflateRawSync(bytes, { maxOutputLength: 1 << 20 });
      } catch {}
      try {
        const { output } = inflate(bytes);
        if (peer !== null) expect(output.equals(peer)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ScanError);
        expect(peer).toBeNull();
      }
    }),
    { numRuns: 1000 },
  );
});

test('checksums are those of zlib', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(crc32(b, crc32(a))).toBe(zlibCrc32(Buffer.concat([a, b])));
    }),
  );
});

const evil = calling('os', 'system');

test.each([
  ['gzip', gzipSync(evil)],
  ['zlib', deflateSync(evil)],
  ['gzip in gzip', gzipSync(gzipSync(evil))],
])('what %s holds is scanned', (_, bytes) => {
  expect(scanFiles([fileOf('a', bytes)]).findings.map(({ rule }) => rule)).toEqual(['pickle-dangerous-import']);
});

/** With four bytes, counted from the end, that are others. */
function altered(bytes: Buffer, at: number): Buffer {
  bytes.writeInt32LE(12_345, bytes.length + at);
  return bytes;
}

test.each([
  ['something after its end', Buffer.concat([gzipSync('text'), evil])],
  ['a second member', Buffer.concat([gzipSync('text'), gzipSync(evil)])],
  ['a wrong checksum', altered(gzipSync('text'), -8)],
  ['a wrong size', altered(gzipSync('text'), -4)],
  ['a cut', gzipSync('text'.repeat(100)).subarray(0, -9)],
])('gzip with %s is a finding', (_, bytes) => {
  expect(scanFiles([fileOf('a', bytes)]).findings.map(({ rule }) => rule)).toEqual(['compressed-malformed']);
});

test('a bomb ends at the budget and is not clean', () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  expect(scanFiles([fileOf('a', bomb)], { inflatedBytes: 1_000_000 })).toMatchObject({
    verdict: 'unscanned',
    files: [{ reason: 'too_large' }],
  });
});

test('what is larger than may be kept is read by inflating it again', () => {
  const content = Buffer.concat([Buffer.alloc(60 * 2 ** 20, 'text\n'), Buffer.from('last\n')]);
  expect(scanFiles([fileOf('a', gzipSync(content, { level: 1 }))])).toMatchObject({ verdict: 'clean' });
});
