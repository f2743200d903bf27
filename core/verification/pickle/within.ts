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

/** Text of a pickle, piece by piece: whether it may hold an encoded pickle behind its begin. */
export class WordsWithin {
  /** Of letters, of any marks, and of hexadecimal digits: how long the one is that goes on. */
  #letters = 0;
  #any = 0;
  #digits = 0;
  #number = true;
  #found = false;
  /** At the begin, which was looked at. */
  #first = true;

  get found(): boolean {
    return this.#found;
  }

  begin(): void {
    this.#letters = 0;
    this.#any = 0;
    this.#digits = 0;
    this.#number = true;
    this.#found = false;
    this.#first = true;
  }

  read(bytes: Uint8Array, start: number, length: number): void {
    let letters = this.#letters;
    let any = this.#any;
    let digits = this.#digits;
    let number = this.#number;
    let first = this.#first;
    let found = this.#found;
    for (let at = start; at < start + length && !found; at += 1) {
      const kind = KINDS[bytes[at] ?? 0] ?? 0;
      digits = (kind & HEX) !== 0 ? digits + 1 : 0;
      letters = (kind & LETTER) !== 0 ? letters + 1 : 0;
      if ((kind & (LETTER | MARK)) !== 0) {
        any += 1;
        number &&= (kind & NUMBER) !== 0;
      } else {
        any = 0;
        number = true;
        first = false;
      }
      const word = letters === SHORTEST_ENCODED && (!first || any > letters);
      const marked = any === SHORTEST_ENCODED && !first && !number;
      found = word || marked || digits === SHORTEST_HEX || (kind & ESCAPE) !== 0;
    }
    this.#letters = letters;
    this.#any = any;
    this.#digits = digits;
    this.#number = number;
    this.#first = first;
    this.#found = found;
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
