import { readExactly, ScanError, type Source } from '../format.ts';
import { SHORTEST_ENCODED } from './alphabets.ts';
import { mayBeEncoded } from './encoded-begins.ts';
import { decode, type Encoding } from './encodings.ts';
import { mayJoin } from './joined.ts';
import { ENDS_WORD, ESCAPE, HEX, isKind, JOINS } from './kinds.ts';
import { mayBeLatinOf } from './latin.ts';
import { mayStart, startOf } from './start.ts';

/** Bytes of encoded text that are decoded. */
const MAX_DECODED = 16 * 2 ** 20;
/** Bytes by which longer text is told. */
const BEGIN = 65_536;
const FIRST = 2048;
/** Bytes: no pickle that calls something is shorter. */
export const SHORTEST_RAW = 8;
/** Characters of encoded text that have no blank, but for hexadecimal digits with blanks between them. */
const WORD = 12;

/**
 * Whether content may be a pickle or an archive, as it is or encoded, by its first bytes, of which `seen` stand at `at`.
 * Most text of an ordinary pickle ends here: it is looked at where it stands, as a view takes longer than all else.
 *
 * @param kinds of the bytes that are seen, or of more
 */
export function mayHide(bytes: Uint8Array, at: number, length: number, seen: number, kinds: number): boolean {
  if (length < SHORTEST_RAW) return false;
  const first = bytes[at] ?? 0;
  if (mayStart(first) && startOf(bytes, length, at, at + seen) !== null) return true;
  if (mayBeLatinOf(bytes, at)) return true;
  if (length < SHORTEST_ENCODED || first > 0x7e) return false;
  if ((kinds & ENDS_WORD) === 0)
    return (
      ((kinds & JOINS) !== 0 && mayJoin(bytes, at, at + seen)) ||
      mayBeEncoded(bytes, at, length, (kinds & ESCAPE) !== 0)
    );
  let blanks = false;
  for (let index = 0; index < WORD && index < seen; index += 1) {
    const byte = bytes[at + index] ?? 0;
    if (byte > 0x20 && byte <= 0x7e) continue;
    // Blanks of Python, too; all else is in no encoded text.
    if (byte !== 0x20 && byte !== 0xa0 && (byte < 9 || byte > 13)) return false;
    blanks = true;
  }
  if (!blanks && first > 0x20) return mayBeWord(bytes, at, length, seen);
  if (first <= 0x20 || mayStart(first)) return true;
  for (let index = 0; index < 16; index += 1) {
    const byte = bytes[at + index] ?? 0;
    if (byte !== 0xa0 && !isKind(byte, HEX | ESCAPE)) return false;
  }
  return isHexDigit(first);
}

/** Whether text without blanks at its begin may be encoded: nearly no name is, and no text is made of it to tell. */
function mayBeWord(bytes: Uint8Array, at: number, length: number, seen: number): boolean {
  for (let index = 0; index < seen; index += 1) {
    const byte = bytes[at + index] ?? 0;
    // What ends a word before it can be told, and escapes.
    if (byte === 0x5c || (index < SHORTEST_ENCODED && isKind(byte, ENDS_WORD))) return true;
  }
  return mayJoin(bytes, at, at + seen) || mayBeEncoded(bytes, at, length);
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/**
 * What an encoded text stands for; null for what turns out not to be a pickle or another encoded text.
 *
 * @param goesOn whether what many lines begin with is read by an unpickler as far as it goes: some of a million digests begin
 * like a pickle, and to decode all that follows each of them takes minutes
 * @throws ScanError `too_large`
 */
export function decoded(source: Source, encoding: Encoding, goesOn: (begin: Uint8Array) => boolean): Uint8Array | null {
  // Of many lines of digests some say by chance that a long text follows.
  const lines = source.size > BEGIN && textOf(source, 1000).includes('\n');
  const first = source.size > FIRST ? decode(textOf(source, FIRST), encoding) : null;
  const near = lines && first !== null && !isCertain(first, source.size);
  if (source.size > FIRST && !mayBe(first, near ? BEGIN : source.size)) return null;
  const begin = decode(textOf(source, BEGIN), encoding);
  if (begin === null || begin.length < 4) return null;
  const whole = source.size <= BEGIN;
  const size = whole ? begin.length : source.size;
  if (!mayBe(begin, size)) return null;
  if (whole) return begin;
  // A line may be cut at the end, and no length goes far beyond it.
  const fits = startOf(begin, begin.length + 1) !== null;
  if (near && (source.size > MAX_DECODED || !fits || !goesOn(begin))) return null;
  if (source.size > MAX_DECODED)
    throw new ScanError('too_large', `it may be an encoded pickle of more than ${MAX_DECODED} bytes`, 0);
  return decode(textOf(source, MAX_DECODED), encoding);
}

/** A pickle that says so, or an archive. */
function isCertain(begin: Uint8Array, size: number): boolean {
  return begin[0] === 0x80 || (startOf(begin, size) === 'container' && begin[0] !== 0x78);
}

/** Of a pickle or an archive, or of text that is encoded once more. */
function mayBe(begin: Uint8Array | null, size: number): boolean {
  if (begin === null) return false;
  return startOf(begin, size) !== null || begin.subarray(0, 16).every((byte) => byte < 0x7f);
}

function textOf(source: Source, length: number): string {
  return Buffer.from(readExactly(source, 0, Math.min(length, source.size))).toString('latin1');
}

/** Opcodes that import: `c` and `i` with two lines, and those by the stack or by a code. */
const IMPORTS = /[\x93\x82-\x84]|[ci][^\s]{1,200}\r?\n[^\s]{1,200}\r?\n/;

/** Whether content holds an opcode that imports anywhere, wherever others begin. */
export function mayImport(source: Source): boolean {
  for (let at = 0; at < source.size; at += BEGIN - 512) {
    const piece = Buffer.from(readExactly(source, at, Math.min(BEGIN, source.size - at))).toString('latin1');
    if (IMPORTS.test(piece)) return true;
  }
  return false;
}

/** Bytes as a source of their own. */
export function sourceOf(path: string, bytes: Uint8Array): Source {
  return { path, size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
