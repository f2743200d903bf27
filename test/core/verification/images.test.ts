import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';
import { GIF, JPEG, PNG, WEBP } from './whole-files.ts';

const IMAGES = [
  ['png', PNG],
  ['jpeg', JPEG],
  ['gif', GIF],
  ['webp', WEBP],
] as const;

const scan = (bytes: Uint8Array) => scanFiles([fileOf('plot', bytes)]);
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

describe.each(IMAGES)('%s', (format, bytes) => {
  test('a whole image is clean', () => {
    expect(scan(bytes)).toMatchObject({ verdict: 'clean', files: [{ format }] });
  });

  test('one that is cut anywhere is never clean', () => {
    const clean = Array.from(bytes.keys()).filter(
      (end) => end > 12 && scan(bytes.subarray(0, end)).verdict === 'clean',
    );
    expect(clean).toEqual([]);
  });

  test.each([1, 2, 400])('%i bytes behind its end are a finding', (length) => {
    const report = scan(Buffer.concat([bytes, Buffer.alloc(length, 'x')]));
    expect(report.findings).toMatchObject([{ rule: `${format}-malformed`, offset: bytes.length }]);
    expect(report.findings[0]?.message).toContain(`${length} bytes after the end of the image`);
  });
});

/** Of JPEG, with its length. */
const segment = (marker: number, content: string): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker, 0, content.length + 2]), latin1(content)]);
/** Of PNG: its name and content, with their checksum. */
const pngChunk = (content: string): Buffer => {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(latin1(content)));
  return Buffer.concat([latin1(`\0\0\0${String.fromCharCode(content.length - 4)}${content}`), checksum]);
};
/** Of WebP and what RIFF pads. */
const chunk = (type: string, content: string): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  return Buffer.concat([latin1(type), size, latin1(content), Buffer.alloc(content.length % 2)]);
};
const riff = (...chunks: readonly Buffer[]): Buffer => chunk('RIFF', `WEBP${Buffer.concat(chunks).toString('latin1')}`);
const behind = (bytes: Buffer, at: number, more: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
const pixels = WEBP.subarray(12).toString('latin1').slice(8);

test.each([
  ['PNG with what macOS adds', behind(PNG, 33, pngChunk('iDOTdata'))],
  ['JPEG with a comment and metadata', behind(JPEG, 2, Buffer.concat([segment(0xfe, 'hello'), segment(0xe1, 'Exif')]))],
  ['JPEG with filling before a marker', behind(JPEG, 3, Buffer.from([0xff, 0xff]))],
  ['GIF with a comment', behind(GIF, 25, latin1('!\xfe\x05hello\0'))],
  ['GIF of two images', behind(GIF, GIF.length - 1, GIF.subarray(25, -1))],
  ['WebP with metadata of odd length', riff(chunk('VP8L', pixels), chunk('EXIF', 'abc'))],
])('%s is clean', (_, bytes) => {
  expect(scan(bytes).verdict).toBe('clean');
});

test.each([
  ['PNG with a wrong checksum', PNG.with(45, (PNG[45] ?? 0) ^ 1), 'checksum'],
  ['PNG with a chunk that decoders must know', behind(PNG, 33, latin1('\0\0\0\x04JuNKdata\0\0\0\0')), 'unknown chunk'],
  ['PNG with a chunk that has no name', behind(PNG, 33, latin1('\0\0\0\x04a.b.data\0\0\0\0')), 'unknown chunk'],
  ['JPEG with a marker that is reserved', behind(JPEG, 2, segment(0xc8, 'data')), 'marker of no part'],
  ['JPEG without pixels', Buffer.concat([JPEG.subarray(0, 2), segment(0xe0, 'x'), Buffer.from([0xff, 0xd9])]), 'frame'],
  ['JPEG with bytes between its parts', behind(JPEG, 20, latin1('cos\nsystem\n')), 'marker'],
  ['JPEG with a part shorter than its length', behind(JPEG, 2, Buffer.from([0xff, 0xfe, 0, 1])), 'a part of 1 bytes'],
  ['GIF with an extension of its own', behind(GIF, 25, latin1('!\x42\x04data\0')), 'extension'],
  ['GIF with bytes between its parts', behind(GIF, 25, latin1('cos\nsystem\n')), 'no part of an image'],
  ['WebP with a chunk of its own', riff(chunk('VP8L', pixels), chunk('data', 'abcd')), 'unknown chunk'],
  ['WebP without pixels', riff(chunk('EXIF', 'abcd')), 'chunks of an image'],
  ['WebP with something in its padding', WEBP.with(WEBP.length - 1, 1), 'zero'],
])('%s is a finding', (_, bytes, message) => {
  const report = scan(bytes);
  expect(report.verdict).toBe('finding');
  expect(report.findings[0]?.message).toContain(message);
});

test('a GIF whose header is the begin of a pickle that calls a function is judged as a pickle', () => {
  // G takes eight bytes as a float; the high byte of the height is the opcode that imports.
  const report = scan(latin1("GIF89a\x01\0\x01cos\nsystem\n(S'id'\ntR."));
  expect(report).toMatchObject({ verdict: 'finding', files: [{ format: 'pickle' }] });
});
