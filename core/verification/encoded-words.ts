import { lengthOf, scanMarked } from './encoded-marks.ts';
import { readExactly, type Source } from './format.ts';
import { SHORTEST_ENCODED } from './pickle/alphabets.ts';
import { mayBeEncoded } from './pickle/encoded-begins.ts';
import { encodingsOf } from './pickle/encodings.ts';
import { JOINED } from './pickle/joined.ts';
import type { PickleScan } from './pickle/scan.ts';
import { isFirst } from './pickle/within.ts';

const CHUNK = 1 << 16;
/** What is told by more than one word may begin at the end of a piece. */
const OVERLAP = 512;
/** Characters by which a word is told. */
const HEAD = 96;
/** Words of base64 and lines of it after one another, also as escapes in a text. */
const LINES = /^(?:[A-Za-z0-9+/_=-]|\r|\n|\\{1,2}[rn])*/;

/** Letters of base64, base32 and hexadecimal numbers: 1; other marks of base85: 2; blanks, quotes and the rest: 0. */
const KIND = new Uint8Array(256);
for (let byte = 0x21; byte < 0x7f; byte += 1) KIND[byte] = /[A-Za-z0-9+/_-]/.test(String.fromCharCode(byte)) ? 1 : 2;
for (const quote of '"\'\\') KIND[quote.charCodeAt(0)] = 0;

/** What looks into a word, and into lines of words. */
export type WordScan = Pick<PickleScan, 'text' | 'lines'>;

/** Shows a scan each word of a text that may be an encoded pickle, and lines of them. */
export function scanWords(file: Source, tick: () => void, scan: WordScan): void {
  const words = new Words(file, scan);
  for (let at = 0; at < file.size; at += CHUNK) {
    tick();
    const read = readExactly(file, at, Math.min(CHUNK + OVERLAP, file.size - at));
    const piece = Buffer.from(read.buffer, read.byteOffset, read.length);
    words.read(piece, Math.min(CHUNK, piece.length), at);
    scanMarked(file, piece, at, scan);
  }
  words.end(file.size);
}

/** Words of a text, by where they begin; they may go on over many pieces. */
class Words {
  readonly #file: Source;
  readonly #scan: WordScan;
  /** Where a word of letters began, and one of any marks; -1 outside of one. */
  #letters = -1;
  #marks = -1;
  #marked = false;
  #linesTo = 0;
  /** The piece that is read, and where it begins. */
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: Source, scan: WordScan) {
    this.#file = file;
    this.#scan = scan;
  }

  /** @param length of the piece at `start`; what is behind it is shown, too */
  read(bytes: Buffer, length: number, start: number): void {
    let [letters, marks, marked] = [this.#letters, this.#marks, this.#marked];
    this.#bytes = bytes;
    this.#start = start;
    for (let index = 0; index < length; index += 1) {
      const kind = KIND[bytes[index] ?? 0];
      if (kind === 1) {
        if (letters < 0) letters = start + index;
        if (marks < 0) marks = start + index;
        continue;
      }
      const at = start + index;
      if (letters >= 0 && at - letters >= SHORTEST_ENCODED) this.#word(letters, at);
      letters = -1;
      if (kind === 2) {
        if (marks < 0) marks = at;
        marked = true;
        continue;
      }
      if (marked && (at - marks >= SHORTEST_ENCODED || isQuote(bytes[index] ?? 0))) this.#marksTo(marks, at);
      marks = -1;
      marked = false;
    }
    [this.#letters, this.#marks, this.#marked] = [letters, marks, marked];
  }

  end(at: number): void {
    if (this.#letters >= 0 && at - this.#letters >= SHORTEST_ENCODED) this.#word(this.#letters, at);
    if (this.#marked) this.#marksTo(this.#marks, at);
  }

  /** Quotes are digits of ASCII85, too: where they end a word, it may go on to the next blank. */
  #marksTo(start: number, end: number): void {
    const long = end - start >= SHORTEST_ENCODED;
    const quoted = isQuote(this.#byteAt(end));
    if (long ? !this.#mayBeEncoded(start) : !quoted || !isFirst(this.#byteAt(start))) return;
    const head = this.#head(start);
    if ((long && this.#scan.text(start, end - start, head)) || !quoted) return;
    if (encodingsOf(head, this.#file.size - start).some((encoding) => encoding.startsWith('ascii85')))
      this.#scan.text(start, lengthOf(this.#file, start, /^\S*/), head);
  }

  #word(start: number, end: number): void {
    const head = this.#head(start);
    const encoded = this.#mayBeEncoded(start) && encodingsOf(head, this.#file.size - start, 1, true).length > 0;
    if (encoded && this.#scan.text(start, end - start, head)) return;
    const joined = JOINED.exec(head)?.index ?? 0;
    if (joined > 0 && this.#scan.text(start + joined, end - start - joined, head.slice(joined))) return;
    // In protocol 0 of pickles V stands before text.
    if (head.startsWith('V') && start > 0 && this.#byteAt(start - 1) === 10)
      this.#scan.text(start + 1, end - start - 1, head.slice(1));
    const next = this.#byteAt(end);
    if (!encoded || (next !== 10 && next !== 13 && next !== 0x5c)) return;
    if (start >= this.#linesTo) this.#linesTo = start + lengthOf(this.#file, start, LINES);
    if (this.#linesTo - end > 2) this.#scan.lines(start, this.#linesTo - start, head);
  }

  /** Of a long word, told before text is made of it. */
  #mayBeEncoded(start: number): boolean {
    const at = start - this.#start;
    const seen = at >= 0 && at + SHORTEST_ENCODED <= this.#bytes.length;
    return !seen || mayBeEncoded(this.#bytes, at, this.#file.size - start);
  }

  #head(start: number): string {
    const size = Math.min(HEAD, this.#file.size - start);
    const at = start - this.#start;
    if (at >= 0 && at + size <= this.#bytes.length) return this.#bytes.toString('latin1', at, at + size);
    return Buffer.from(readExactly(this.#file, start, size)).toString('latin1');
  }

  /** 0 behind the end. */
  #byteAt(at: number): number {
    const index = at - this.#start;
    if (index >= 0 && index < this.#bytes.length) return this.#bytes[index] ?? 0;
    return at < this.#file.size ? (readExactly(this.#file, at, 1)[0] ?? 0) : 0;
  }
}

/** Whether a quote or a backslash. */
function isQuote(byte: number): boolean {
  return byte === 0x22 || byte === 0x27 || byte === 0x5c;
}
