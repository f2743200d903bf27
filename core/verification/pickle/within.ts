import { isUtf8 } from 'node:buffer';
import { SHORTEST_ENCODED } from './encodings.ts';
import { withoutEscapes } from './escapes.ts';

/** Content up to this size in bytes is looked into for opcodes behind its begin. */
export const SMALL = 16_384;

/** Bytes by which text is told. */
const TOLD = 8;
const LETTER = 1;
const MARK = 2;
const ESCAPE = 4;
const HEX = 8;
const NUMBER = 16;
/** A protocol, or the end of a line of protocol 0: one of them stands in every begin. */
const BEGINS_ONE = 32;
const QUOTE = 64;
/** Between hexadecimal digits. */
const BETWEEN = 128;
/** Hexadecimal digits with marks between them are this long at least, in characters. */
const SHORTEST_HEX = 30;

const KINDS = new Uint8Array(256);
for (let byte = 9; byte < 0x7f; byte += 1) {
  const one = String.fromCharCode(byte);
  if (/[A-Za-z0-9+/_-]/.test(one)) KINDS[byte] = LETTER;
  else if (byte > 0x20 && !/["'\\]/.test(one)) KINDS[byte] = MARK;
  if (/[\\%]/.test(one)) KINDS[byte] = (KINDS[byte] ?? 0) | ESCAPE;
  if (/[0-9A-Fa-fx\s:,-]/.test(one)) KINDS[byte] = (KINDS[byte] ?? 0) | HEX;
  if (/[0-9.,:;eE+()[\]-]/.test(one)) KINDS[byte] = (KINDS[byte] ?? 0) | NUMBER;
}
for (const byte of [9, 10, 11, 12, 13, 0x20, 0x2c, 0x2d, 0x3a]) KINDS[byte] = (KINDS[byte] ?? 0) | BETWEEN;
for (const byte of [0x22, 0x27]) KINDS[byte] = (KINDS[byte] ?? 0) | QUOTE;
for (const byte of [0x80, 0x0a]) KINDS[byte] = (KINDS[byte] ?? 0) | BEGINS_ONE;

/** Begin of the first run of at least so many bytes of a kind, which has one of another kind before it or begins at `from`; -1 for none. */
function runOf(kind: number, least: number, bytes: Uint8Array, from: number, end: number): number {
  let begin = from;
  while (begin + least <= end) {
    // From behind: what is between two others is not looked at.
    let at = begin + least - 1;
    while (at >= begin && ((KINDS[bytes[at] ?? 0] ?? 0) & kind) !== 0) at -= 1;
    if (at < begin) return begin;
    begin = at + 1;
  }
  return -1;
}

/** Where a run of a kind ends. */
function endOf(kind: number, bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && ((KINDS[bytes[at] ?? 0] ?? 0) & kind) !== 0) at += 1;
  return at;
}

/**
 * Whether text may hold an encoded pickle behind its begin, which was looked at.
 *
 * @param first whether the text begins at `start`; else this is a piece of it
 */
export function mayHoldEncoded(bytes: Uint8Array, start: number, length: number, first = true): boolean {
  return mayHold(kindsOf(bytes, start, start + length), bytes, start, start + length, first ? start : -1);
}

/** As `mayHoldEncoded`, of a whole text, or a raw one as `mayBeginWithin`. */
export function mayHoldAny(bytes: Uint8Array, start: number, length: number): boolean {
  const kinds = kindsOf(bytes, start, start + length);
  if (mayHold(kinds, bytes, start, start + length, start)) return true;
  return (kinds & BEGINS_ONE) !== 0 && mayBeginWithin(bytes, start, length);
}

/** All kinds of bytes that a text has: most texts lack what each of the looks is for. */
function kindsOf(bytes: Uint8Array, start: number, end: number): number {
  let kinds = 0;
  for (let at = start; at < end; at += 1) kinds |= KINDS[bytes[at] ?? 0] ?? 0;
  return kinds;
}

function mayHold(kinds: number, bytes: Uint8Array, start: number, end: number, seen: number): boolean {
  if ((kinds & ESCAPE) !== 0 || mayHoldWord(bytes, start, end, seen)) return true;
  if ((kinds & QUOTE) !== 0 && mayHoldQuotes(bytes, start, end)) return true;
  return (kinds & BETWEEN) !== 0 && mayHoldDigits(bytes, start, end);
}

/** Whether a long word has quotes, which are digits of ASCII85, and begins like a pickle or an archive in it; or a part of it. */
function mayHoldQuotes(bytes: Uint8Array, start: number, end: number): boolean {
  let from = start;
  for (;;) {
    const word = runOf(LETTER | MARK | QUOTE, SHORTEST_ENCODED, bytes, from, end);
    if (word < 0) return false;
    from = endOf(LETTER | MARK | QUOTE, bytes, word, end);
    for (let at = word; at + SHORTEST_ENCODED <= from; at += 1) {
      const begins = at === word || ((KINDS[bytes[at - 1] ?? 0] ?? 0) & QUOTE) !== 0;
      if (begins && isFirst(bytes[at] ?? 0)) return true;
    }
  }
}

/** Whether there is a long word that does not begin at `seen`, and is no number; or one of letters within it. */
function mayHoldWord(bytes: Uint8Array, start: number, end: number, seen: number): boolean {
  let from = start;
  for (;;) {
    const word = runOf(LETTER | MARK, SHORTEST_ENCODED, bytes, from, end);
    if (word < 0) return false;
    if (word !== seen && endOf(NUMBER, bytes, word, end) - word < SHORTEST_ENCODED) return true;
    const wordEnd = endOf(LETTER | MARK, bytes, word, end);
    let letters = runOf(LETTER, SHORTEST_ENCODED, bytes, word, wordEnd);
    if (letters >= 0 && letters === seen)
      letters = runOf(LETTER, SHORTEST_ENCODED, bytes, endOf(LETTER, bytes, letters, wordEnd), wordEnd);
    if (letters >= 0) return true;
    from = wordEnd;
  }
}

/** Whether there are many hexadecimal digits of which a pickle could begin with marks between them: 80 or 63, and two more. */
function mayHoldDigits(bytes: Uint8Array, start: number, end: number): boolean {
  let from = start;
  for (;;) {
    const run = runOf(HEX, SHORTEST_HEX, bytes, from, end);
    if (run < 0) return false;
    from = endOf(HEX, bytes, run, end);
    for (let at = run + 2; at < from; at += 1) {
      if (((KINDS[bytes[at] ?? 0] ?? 0) & BETWEEN) === 0) continue;
      const [high, low] = [bytes[at - 2], bytes[at - 1]];
      if ((high === 0x38 && low === 0x30) || (high === 0x36 && low === 0x33)) return true;
    }
  }
}

/** Whether bytes begin as text does, the mark of its order of bytes before it included. */
export function isPlain(bytes: Uint8Array, start: number, length: number): boolean {
  const marked = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
  for (let at = marked ? start + 3 : start; at < start + Math.min(length, TOLD); at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x7e || (byte < 0x20 && (byte < 9 || byte > 13))) return false;
  }
  return true;
}

/** Of ASCII85: "J" of a pickle of protocol 2 and later, "+" of gzip, "G" of zlib, and "<~". */
export function isFirst(byte: number): boolean {
  return byte === 0x4a || byte === 0x2b || byte === 0x47 || byte === 0x3c;
}

const PROTO = 0x80;
const GLOBAL = 0x63;
/** The opcode, a module and what ends its line, in bytes. */
const LONGEST_NAME = 82;

/** How pickles begin that import: a protocol with what follows it, or a name of protocol 0 with what calls it. */
const BEGINS =
  /\x80[^\x20-\xff](?=[\x95c(}\]\x8cXU)])|c[\w.]{2,80}\r?\n[\w.]{1,80}\r?\n(?=[(}\])NSVcgpqKi\x85\x8cXU])/g;

/** Where a pickle may begin in content, its begin aside. */
export function beginsWithin(content: Uint8Array, least = 1): readonly number[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1');
  return [...text.matchAll(BEGINS)].map(({ index }) => index).filter((index) => index >= least);
}

/** The bytes that text stands for whose characters are bytes, as protocols 0 to 2 write them, and escapes in it; null where they are the same. */
export function bytesOfText(content: Uint8Array): Buffer | null {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (!bytes.includes(0x5c) && !bytes.includes('\u0080')) return null;
  return Buffer.from(withoutEscapes(bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')), 'latin1');
}

/** As `beginsWithin`, of bytes in a window, of which no others are looked at: what all of them have. */
export function mayBeginWithin(bytes: Uint8Array, start: number, length: number): boolean {
  const end = start + length;
  // No line ends before it.
  let line = start;
  for (let at = start + 1; at < end - 2; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === PROTO) {
      const protocol = bytes[at + 1] ?? 0;
      if (protocol >= 2 && protocol <= 5) return true;
    } else if (byte === GLOBAL && at < end - 8) {
      line = Math.max(line, at);
      while (line < end && line - at < LONGEST_NAME && bytes[line] !== 10) line += 1;
      if (line < end && bytes[line] === 10) return true;
    }
  }
  return false;
}
