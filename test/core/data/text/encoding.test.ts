import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteOrderMark, decodeText, findInvalidUtf8, TextError } from '../../../../core/data/text/encoding.ts';

type Stated = Parameters<typeof decodeText>[1];

function chunked(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

function decoded(bytes: Uint8Array, encoding: Stated, size = 3): string {
  return [...decodeText(chunked(bytes, size), encoding)].join('');
}

function problemOf(bytes: Uint8Array, encoding: Stated): string {
  try {
    decoded(bytes, encoding);
  } catch (error) {
    if (error instanceof TextError) return `${error.line}: ${error.message}`;
    throw error;
  }
  return 'none';
}

function utf16(text: string, encoding: Stated): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

describe.each(['utf-16le', 'utf-16be'] as const)('%s', (encoding) => {
  test('is read to the same text, wherever its bytes are cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), (text, size) => {
        expect(decoded(utf16(`\uFEFF${text}`, encoding), encoding, size)).toBe(text);
      }),
    );
  });

  test('with half a surrogate pair is refused at its line', () => {
    expect(problemOf(utf16('a\nb\nc\ud800d\n', encoding), encoding)).toMatch(/^3: half a surrogate pair/);
  });

  test('that ends within a character is refused at its last line', () => {
    const bytes = Buffer.concat([utf16('a\nb', encoding), Buffer.from([0x41])]);
    expect(problemOf(bytes, encoding)).toMatch(/^2: the file ends within a character/);
  });
});

describe('a single-byte encoding', () => {
  test.each<[Stated, number[], string]>([
    ['windows-1252', [0x93, 0x80, 0xe9, 0x94], '“€é”'],
    ['iso-8859-1', [0xe9, 0xa4, 0xff], 'é¤ÿ'],
  ])('%s is read as it is defined', (encoding, bytes, text) => {
    expect(decoded(Buffer.from(bytes), encoding)).toBe(text);
  });

  test('agrees with the platform on each byte that Windows-1252 has', () => {
    const bytes = Buffer.from(
      Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => ![0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte)),
    );
    expect(decoded(bytes, 'windows-1252')).toBe(new TextDecoder('windows-1252').decode(bytes));
  });

  test.each<[Stated, string]>([
    ['windows-1252', '2: byte 0x81 is no character of windows-1252'],
    ['iso-8859-1', '2: byte 0x81 is no character of iso-8859-1; windows-1252 may be meant'],
  ])('%s has no character for some bytes', (encoding, problem) => {
    expect(problemOf(Buffer.from('a\nb\x81\n', 'latin1'), encoding)).toBe(problem);
  });

  test('is refused at the line that is UTF-8', () => {
    expect(problemOf(Buffer.concat([Buffer.from('é\n', 'latin1'), Buffer.from('é\n')]), 'iso-8859-1')).toMatch(
      /^2: mixed encodings/,
    );
  });

  test('keeps capitals before a closing quote, which could be UTF-8 by chance', () => {
    expect(decoded(Buffer.from([0x93, 0xc3, 0x94]), 'windows-1252')).toBe('“Ã”');
  });
});

describe('bytes that are not UTF-8', () => {
  const latin = Buffer.from('é', 'latin1');

  test('are found at their line, with what to do', () => {
    const bytes = Buffer.concat([Buffer.from('a\nb\n'), latin, Buffer.from('\n')]);
    expect(findInvalidUtf8(chunked(bytes, 2))).toEqual({
      line: 3,
      message: expect.stringMatching(/^byte 0xE9 here is not UTF-8: .*trainyardDialect/),
    });
  });

  test.each([
    ['half of a surrogate pair', 'x\xed\xa0\x80y', '0xED'],
    ['an overlong form', 'x\xe0\x80\x80y', '0xE0'],
    ['an overlong form of four bytes', 'x\xf0\x80\x80\x80y', '0xF0'],
    ['what is beyond Unicode', 'x\xf4\x90\x80\x80y', '0xF4'],
    ['a sequence that is cut', 'x\xc3', '0xC3'],
  ])('are named where they begin: %s', (_, text, byte) => {
    const message = expect.stringMatching(new RegExp(`^byte ${byte} here is not UTF-8`));
    expect(findInvalidUtf8([Buffer.from(text, 'latin1')])).toEqual({ line: 1, message });
  });

  test.each([
    ['before', ['é\na\n', latin, '\n'], 3, 1],
    ['after', ['a\n', latin, '\nü\n'], 2, 3],
  ])('%s lines that are UTF-8 are mixed encodings', (_, parts, line, other) => {
    const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
    expect(findInvalidUtf8([bytes])).toEqual({ line, message: expect.stringContaining(`line ${other} is UTF-8`) });
  });

  test('are none in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), (text, size) => {
        expect(findInvalidUtf8(chunked(Buffer.from(text), size))).toBeNull();
      }),
    );
  });

  test('are found wherever the platform finds them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (bytes, size) => {
        let valid = true;
        try {
          new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        } catch {
          valid = false;
        }
        expect(findInvalidUtf8(chunked(bytes, size)) === null).toBe(valid);
      }),
    );
  });
});

test.each([
  ['utf-8', [0xef, 0xbb, 0xbf, 0x41]],
  ['utf-16le', [0xff, 0xfe, 0x41, 0]],
  ['utf-16be', [0xfe, 0xff, 0, 0x41]],
  ['utf-32', [0xff, 0xfe, 0, 0]],
  [null, [0x41]],
])('the byte order mark of %s is known', (encoding, bytes) => {
  expect(byteOrderMark(Uint8Array.from(bytes))).toBe(encoding);
});
