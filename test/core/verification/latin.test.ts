import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latinOf } from '../../../core/verification/pickle/latin.ts';
import { sourceOf } from '../../../core/verification/pickle/nested.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { SHELL } from './attacks/held.ts';
import { fileOf } from './samples.ts';

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

describe.each<[string, (content: Uint8Array) => Buffer]>([
  ['gzip', (content) => gzipSync(content)],
  ['zlib', (content) => deflateSync(content)],
  ['zlib, fast', (content) => deflateSync(content, { level: 1 })],
  ['zlib, not compressed', (content) => deflateSync(content, { level: 0 })],
  ['zlib, small', (content) => deflateSync(content, { level: 9 })],
])('characters whose bytes are an archive of %s', (_, compress) => {
  const scan = (content: Uint8Array, write: (bytes: string) => Buffer): readonly string[] =>
    scanFiles([fileOf('a', write(compress(content).toString('latin1')))]).findings.map(({ rule }) => rule);

  test.each<[string, (bytes: string) => Buffer]>([
    ['binary text', (bytes) => binaryText(bytes)],
    ['a line of text', lineOf],
  ])('are unpacked in %s', (_form, write) => {
    expect(scan(SHELL, write)).toContain('pickle-dangerous-import');
    expect(scan(Buffer.from('an ordinary note of what it is'), write)).toEqual([]);
  });
});

test('characters whose bytes are an archive of Zstandard are unpacked', () => {
  const { findings } = scanFiles([fileOf('a', binaryText(zstdCompressSync(SHELL).toString('latin1')))]);
  expect(findings.map(({ rule }) => rule)).toContain('pickle-dangerous-import');
});

/** Protocol 2. */
function binaryText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([Buffer.from('\x80\x02X', 'latin1'), length, bytes, Buffer.from('.')]);
}

/** Protocol 0, as Python escapes it. */
function lineOf(text: string): Buffer {
  const escaped = Array.from(text, (one) =>
    '\\\0\n\r\x1a'.includes(one) ? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}` : one,
  );
  return Buffer.from(`V${escaped.join('')}\n.`, 'latin1');
}
