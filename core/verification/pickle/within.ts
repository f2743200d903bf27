import { isUtf8 } from 'node:buffer';
import { SHORTEST_ENCODED } from './alphabets.ts';
import { mayBeEncoded } from './encoded-begins.ts';
import { withoutEscapes } from './escapes.ts';
import { mayJoin } from './joined.ts';
import {
  BEGINS_ONE,
  BETWEEN,
  ENDS_WORD,
  ESCAPE,
  endOf,
  HEX,
  isKind,
  kindsOf,
  LETTER,
  MARK,
  NUMBER,
  QUOTE,
  runOf,
} from './kinds.ts';

/** Content up to this size in bytes is looked into for opcodes behind its begin. */
export const SMALL = 16_384;

/** Bytes by which text is told. */
const TOLD = 8;
/** Hexadecimal digits with marks between them are this long at least, in characters. */
const SHORTEST_HEX = 30;
/** Bytes of a word in which letters may be joined to what is encoded. */
const JOINS_WITHIN = 96;
/** The opcode of text in protocol 0. */
const TEXT = 0x56;

/**
 * Whether text may hold an encoded pickle behind its begin, which was looked at.
 *
 * @param first whether the text begins at `start`; else this is a piece of it
 */
export function mayHoldEncoded(bytes: Uint8Array, start: number, length: number, first = true): boolean {
  const end = start + length;
  if (mayHoldWord(bytes, start, end, first ? start : -1)) return true;
  return mayHoldMarked(kindsOf(bytes, start, end), bytes, start, end);
}

/**
 * As `mayHoldEncoded`, of a whole text, or a raw one as `mayBeginWithin`.
 *
 * @param kinds of its bytes
 * @param hides whether its begin may be encoded, as `mayHide` says
 */
export function mayHoldAny(kinds: number, hides: boolean, bytes: Uint8Array, start: number, length: number): boolean {
  const end = start + length;
  if ((kinds & ENDS_WORD) !== 0) {
    if (mayHoldWords(hides, bytes, start, end)) return true;
    // It is one word, and where it is letters alone, its begin is all.
  } else if ((kinds & MARK) !== 0 && (hides || mayHoldLetters(bytes, start, start, end, end))) return true;
  return (
    mayHoldMarked(kinds, bytes, start, end) || ((kinds & BEGINS_ONE) !== 0 && mayBeginWithin(bytes, start, length))
  );
}

/** Escapes, or what blanks and quotes don't end. */
function mayHoldMarked(kinds: number, bytes: Uint8Array, start: number, end: number): boolean {
  if ((kinds & ESCAPE) !== 0 || ((kinds & QUOTE) !== 0 && mayHoldQuotes(bytes, start, end))) return true;
  return (kinds & BETWEEN) !== 0 && mayHoldDigits(bytes, start, end);
}

/** Whether a long word may be encoded, or letters in one, as `scanWords` tells them; of what is at the begin, `hides` tells. */
function mayHoldWords(hides: boolean, bytes: Uint8Array, start: number, end: number): boolean {
  for (let from = start; ; ) {
    const word = runOf(LETTER | MARK, SHORTEST_ENCODED, bytes, from, end);
    if (word < 0) return false;
    if (word === start ? hides : mayBeEncoded(bytes, word, end - word)) return true;
    from = endOf(LETTER | MARK, bytes, word, end);
    if (mayHoldLetters(bytes, start, word, from, end)) return true;
  }
}

/** Whether letters in a word may be encoded, but for those that the text begins with. */
function mayHoldLetters(bytes: Uint8Array, start: number, word: number, wordEnd: number, end: number): boolean {
  let at = word === start ? endOf(LETTER, bytes, word, wordEnd) : word;
  for (; ; at = endOf(LETTER, bytes, at, wordEnd)) {
    at = runOf(LETTER, SHORTEST_ENCODED, bytes, at, wordEnd);
    if (at < 0) return false;
    if (at !== word && mayBeEncoded(bytes, at, end - at)) return true;
    if (mayJoin(bytes, at, Math.min(end, at + JOINS_WITHIN))) return true;
    // In protocol 0 of pickles V stands before text.
    if (bytes[at] === TEXT && bytes[at - 1] === 10) return true;
  }
}

/** Whether a long word has quotes, which are digits of ASCII85, and begins like a pickle or an archive in it; or a part of it. */
function mayHoldQuotes(bytes: Uint8Array, start: number, end: number): boolean {
  let from = start;
  for (;;) {
    const word = runOf(LETTER | MARK | QUOTE, SHORTEST_ENCODED, bytes, from, end);
    if (word < 0) return false;
    from = endOf(LETTER | MARK | QUOTE, bytes, word, end);
    for (let at = word; at + SHORTEST_ENCODED <= from; at += 1) {
      const begins = at === word || isKind(bytes[at - 1] ?? 0, QUOTE);
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
  // Sentences have blanks, and no such run: few of their bytes are looked at.
  if (runOf(HEX, SHORTEST_HEX, bytes, start, end) < 0) return false;
  for (let at = start + 2; at < end; at += 1) {
    if (!isKind(bytes[at] ?? 0, BETWEEN)) continue;
    const [high, low] = [bytes[at - 2], bytes[at - 1]];
    if (!(low === 0x30 && high === 0x38) && !(low === 0x33 && high === 0x36)) continue;
    if (at - 2 > start && isAlphanumeric(bytes[at - 3] ?? 0)) continue;
    let from = at;
    while (from > start && at - from < SHORTEST_HEX && isKind(bytes[from - 1] ?? 0, HEX)) from -= 1;
    if (endOf(HEX, bytes, at, Math.min(end, from + SHORTEST_HEX)) - from >= SHORTEST_HEX) return true;
  }
  return false;
}

/** Digits and letters but x: digits may stand behind 0x. */
function isAlphanumeric(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x7a && letter !== 0x78);
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
