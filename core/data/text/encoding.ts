import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import type { Encoding } from './dialect.ts';

/** Text that is not what its encoding says. */
export class TextError extends Error {
  override readonly name = 'TextError';
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** What the strict readers say; `findInvalidUtf8` says more. */
export const NOT_UTF8 = 'the bytes here are not UTF-8';

export const HOW_TO_STATE =
  'save the file as UTF-8, or state its encoding in the contract (customProperties: trainyardDialect: { encoding: windows-1252 })';

/** The encoding that a byte order mark names; null where there is none. UTF-32 is named only to be refused. */
export function byteOrderMark(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32' | null {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte);
  if (starts(0xff, 0xfe, 0, 0) || starts(0, 0, 0xfe, 0xff)) return 'utf-32';
  if (starts(0xff, 0xfe)) return 'utf-16le';
  if (starts(0xfe, 0xff)) return 'utf-16be';
  return starts(0xef, 0xbb, 0xbf) ? 'utf-8' : null;
}

/** Which UTF-16 bytes look like where no byte order mark says so: every other byte of Latin letters is zero. Null for other text. */
export function looksLikeUtf16(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const zeros = [0, 0];
  head.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (even > 0 && odd > 0) return null;
  const most = Math.max(even, odd);
  if (most < 4 || most * 4 < head.length) return null;
  return odd > 0 ? 'utf-16le' : 'utf-16be';
}

/**
 * The text of bytes that are not UTF-8, in pieces. Lines stay where they are.
 * @throws TextError at the line of the first byte that the encoding does not have, or that shows that it is another
 */
export function* decodeText(
  chunks: Iterable<Uint8Array>,
  encoding: Exclude<Encoding, 'utf-8'>,
): Generator<string, void, void> {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') yield* decodeUtf16(chunks, encoding);
  else yield* decodeSingleByte(chunks, encoding);
}

/** UTF-8 as text, without its byte order mark. @throws TextError at line 1: `findInvalidUtf8` knows the place */
export function* decodeUtf8(chunks: Iterable<Uint8Array>): Generator<string, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new TextError(1, `the bytes are not UTF-8: ${HOW_TO_STATE}`);
    throw error;
  }
}

function* decodeUtf16(chunks: Iterable<Uint8Array>, encoding: 'utf-16le' | 'utf-16be'): Generator<string, void, void> {
  let rest: Uint8Array = new Uint8Array(0);
  let line = 1;
  let first = true;
  for (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    let end = bytes.length - (bytes.length % 2);
    if (encoding === 'utf-16be') bytes.subarray(0, end).swap16();
    // The first half of a pair waits for the second.
    if (end >= 2 && ((bytes[end - 1] ?? 0) & 0xfc) === 0xd8) end -= 2;
    let text = bytes.toString('utf16le', 0, end);
    rest = bytes.subarray(end);
    if (encoding === 'utf-16be') rest = swapped(rest);
    if (first && text.startsWith('\uFEFF')) text = text.slice(1);
    if (end > 0) first = false;
    if (!text.isWellFormed()) {
      const at = [...text].findIndex((char) => !char.isWellFormed());
      const before = [...text].slice(0, at).join('');
      throw new TextError(line + newlines(before), `half a surrogate pair: this is not ${encoding.toUpperCase()}`);
    }
    line += newlines(text);
    yield text;
  }
  if (rest.length > 0)
    throw new TextError(line, `the file ends within a character: this is not ${encoding.toUpperCase()}, or it is cut`);
}

/** What waits for the next chunk, as it stood in the file. */
function swapped(rest: Uint8Array): Uint8Array {
  const pair = Buffer.from(rest.subarray(0, rest.length - (rest.length % 2))).swap16();
  return Buffer.concat([pair, rest.subarray(pair.length)]);
}

/** What Windows puts where ISO 8859-1 has control characters, from 0x80; a space where there is nothing. */
const WINDOWS_1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

function* decodeSingleByte(
  chunks: Iterable<Uint8Array>,
  encoding: 'windows-1252' | 'iso-8859-1',
): Generator<string, void, void> {
  let first = 1;
  for (const bytes of wholeLines(chunks)) {
    const text = latin1(bytes);
    if (!isAscii(bytes)) refuseOtherLines(bytes, first, encoding);
    first += newlines(text);
    yield encoding === 'windows-1252'
      ? text.replaceAll(/[\x80-\x9f]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80] ?? ' ')
      : text;
  }
}

/** A line that is UTF-8 from end to end, beyond ASCII, is no line of a single-byte encoding: that would be chance. */
function refuseOtherLines(bytes: Uint8Array, first: number, encoding: 'windows-1252' | 'iso-8859-1'): void {
  const [undefinedByte, hint] =
    encoding === 'windows-1252' ? [/[\x81\x8d\x8f\x90\x9d]/, ''] : [/[\x80-\x9f]/, '; windows-1252 may be meant'];
  for (const [index, line] of linesOf(bytes).entries()) {
    if (isAscii(line)) continue;
    if (isUtf8(line))
      throw new TextError(
        first + index,
        `mixed encodings: the contract states ${encoding}, and this line is UTF-8. Save the whole file as UTF-8`,
      );
    const bad = undefinedByte.exec(latin1(line))?.[0];
    if (bad !== undefined) throw new TextError(first + index, `byte ${hex(bad)} is no character of ${encoding}${hint}`);
  }
}

export interface InvalidUtf8 {
  /** Of the first byte that is not UTF-8, from 1. */
  readonly line: number;
  readonly message: string;
}

/** Says where bytes that should be UTF-8 are not, and whether they are so elsewhere; null where all are. */
export function findInvalidUtf8(chunks: Iterable<Uint8Array>): InvalidUtf8 | null {
  let line = 1;
  let utf8: number | null = null;
  let invalid: { readonly line: number; readonly byte: string } | null = null;
  for (const bytes of wholeLines(chunks)) {
    // Most pieces are one or the other from end to end.
    const [plain, whole] = [isAscii(bytes), isUtf8(bytes)];
    if (!plain && (!whole || utf8 === null)) {
      for (const [index, content] of linesOf(bytes).entries()) {
        if (isAscii(content)) continue;
        if (isUtf8(content)) utf8 ??= line + index;
        else invalid ??= { line: line + index, byte: hex(firstInvalid(latin1(content))) };
        if (utf8 !== null && (invalid !== null || whole)) break;
      }
    }
    if (utf8 !== null && invalid !== null) break;
    line += newlinesOf(bytes);
  }
  if (invalid === null) return null;
  const bad = `byte ${invalid.byte} here is not UTF-8`;
  return {
    line: invalid.line,
    message:
      utf8 === null
        ? `${bad}: ${HOW_TO_STATE}`
        : `mixed encodings: ${bad}, while line ${utf8} is UTF-8 beyond ASCII. Save the whole file as UTF-8`,
  };
}

/** In bytes: a line that is longer is taken in pieces, which bounds memory. */
const MAX_PIECE = 4 << 20;

/** The same bytes, cut at line ends as far as lines are no longer than `MAX_PIECE`. */
function* wholeLines(chunks: Iterable<Uint8Array>): Generator<Uint8Array, void, void> {
  let rest: Uint8Array = new Uint8Array(0);
  for (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(10) + 1;
    if (end > 0) yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
    if (rest.length <= MAX_PIECE) continue;
    yield rest;
    rest = new Uint8Array(0);
  }
  if (rest.length > 0) yield rest;
}

function firstInvalid(content: string): string {
  // RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
  const valid =
    /^(?:[^\x80-\xff]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*/.exec(
      content,
    );
  return content[valid?.[0].length ?? 0] ?? content.at(-1) ?? '';
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  lines.push(bytes.subarray(start));
  return lines;
}

function hex(char: string): string {
  return `0x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function newlinesOf(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
