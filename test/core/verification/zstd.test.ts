import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScanError } from '../../../core/verification/format.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { ZstdDecoder } from '../../../core/verification/zstd/decoder.ts';
import { fileOf } from './samples.ts';

function decode(bytes: Uint8Array): Buffer {
  const decoder = new ZstdDecoder(fileOf('a', bytes), () => undefined);
  const pieces: Uint8Array[] = [];
  for (let piece = decoder.next(); piece !== null; piece = decoder.next()) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

const pack = (content: Uint8Array, level: number, more: Readonly<Record<number, number>> = {}): Buffer =>
  zstdCompressSync(content, { params: { [constants.ZSTD_c_compressionLevel]: level, ...more } });

/** Of few different words, so that there is much to refer to. */
function words(count: number, kinds: number): Buffer {
  let state = 1;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state >>> 8;
  };
  return Buffer.from(Array.from({ length: count }, () => `${(next() % kinds).toString(36)} `).join(''));
}

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('a')],
  ['one byte many times', Buffer.alloc(500_000, 7)],
  ['words', words(200_000, 300)],
  ['many words', words(100_000, 60_000)],
  ['numbers', Buffer.from(Float64Array.from({ length: 40_000 }, (_, index) => Math.sin(index)).buffer)],
  ['what cannot be packed', Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 2_654_435_761) >>> 24))],
])('%s comes out as it was packed at every level', (_, content) => {
  for (const level of [-5, 1, 3, 7, 12, 19])
    for (const more of [{}, { [constants.ZSTD_c_checksumFlag]: 1 }, { [constants.ZSTD_c_contentSizeFlag]: 0 }])
      expect(decode(pack(content, level, more)).equals(content)).toBe(true);
});

test('whatever is packed comes out as it was', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(5000).map((size) => Buffer.alloc(size, size)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.integer({ min: -10, max: 19 }), (pieces, level) => {
      const content = Buffer.concat([...pieces, ...pieces]);
      expect(decode(pack(content, level)).equals(content)).toBe(true);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('a copy may go as far back as the window', () => {
  const content = Buffer.concat([words(1_500_000, 40_000), words(300_000, 50_000), words(1_500_000, 40_000)]);
  expect(decode(pack(content, 19)).equals(content)).toBe(true);
});

test.each<[string, Uint8Array, string]>([
  ['a larger window', pack(words(10, 5), 3, { [constants.ZSTD_c_contentSizeFlag]: 0 }).fill(0xff, 5, 6), 'window'],
  ['a frame that is skipped', Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0]), 'skip'],
  ['a dictionary', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x21, 9, 1, 1, 0, 0]), 'dictionary'],
  ['bytes after the frame', Buffer.concat([pack(words(10, 5), 3), Buffer.from('abcdef')]), 'no frame'],
])('%s is refused', (_, bytes, message) => {
  expect(() => decode(bytes)).toThrow(message);
});

test('frames after one another are one content', () => {
  expect(decode(Buffer.concat([pack(words(9, 5), 3), pack(words(5000, 9), 19)]))).toEqual(
    Buffer.concat([words(9, 5), words(5000, 9)]),
  );
});

test('a stream that is cut is malformed at every byte', () => {
  const bytes = pack(words(300, 50), 19);
  for (let size = 1; size < bytes.length; size += 1) expect(() => decode(bytes.subarray(0, size))).toThrow(ScanError);
});

test('what is inside is scanned', () => {
  const scan = (content: string) => scanFiles([fileOf('a.zst', pack(Buffer.from(content), 3))]);
  expect(scan('some text')).toMatchObject({
    verdict: 'clean',
    files: [{ format: 'Zstandard' }, { path: 'a.zst!/zstd', format: 'text' }],
  });
  expect(scan("cos\nsystem\n(S'id'\ntR.").findings).toMatchObject([{ rule: 'pickle-dangerous-import' }]);
});

test('a bomb ends the scan', () => {
  const bytes = pack(Buffer.alloc(1 << 24), 3);
  expect(scanFiles([fileOf('a', bytes)], { inflatedBytes: 1 << 20 }).files).toMatchObject([{ reason: 'too_large' }]);
});
