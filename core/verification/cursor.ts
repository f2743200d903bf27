import { readExactly, ScanError, type Source } from './format.ts';

const WINDOW = 2 ** 20;
/** Of a number that is exact. */
const DIGITS = 15;
/** A line feed among digits. */
const LINE_END = 10 - 0x30;

/** One for all: several cursors look at each of thousands of files in an archive. */
const EMPTY = Buffer.alloc(0);

/** Reads a range of a file byte by byte through a small window; skipping costs nothing, so weights are never loaded. */
export class Cursor {
  readonly end: number;
  readonly #file: Source;
  #at: number;
  #window: Buffer = EMPTY;
  #windowStart = 0;
  /** Where windows are read into, again and again. */
  #room: Buffer = EMPTY;

  constructor(file: Source, start = 0, end = file.size) {
    this.#file = file;
    this.#at = start;
    this.end = end;
  }

  get position(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.end;
  }

  /** What `take` returns an index in, good until the next call. */
  get window(): Buffer {
    return this.#window;
  }

  /** @throws ScanError at the end */
  byte(): number {
    const index = this.#at - this.#windowStart;
    const byte = index >= 0 ? this.#window[index] : undefined;
    if (byte === undefined || this.#at >= this.end) return this.#refill();
    this.#at += 1;
    return byte;
  }

  #refill(): number {
    if (this.#at >= this.end) throw new ScanError('malformed', 'the file ends too early', this.#at);
    this.#fill(1);
    this.#at += 1;
    return this.#window[0] ?? 0;
  }

  /** Reads less after a long skip: between the arrays of a checkpoint stand a few bytes each. */
  #fill(least: number): void {
    const sequential = this.#at - (this.#windowStart + this.#window.length) < 32_768;
    const wanted = sequential ? Math.min(WINDOW, Math.max(4096, this.#window.length * 4)) : 4096;
    const size = Math.min(Math.max(least, wanted), this.end - this.#at);
    if (this.#room.length < size) this.#room = Buffer.allocUnsafeSlow(size);
    this.#windowStart = this.#at;
    const found = readExactly(this.#file, this.#at, size, this.#room.subarray(0, size));
    this.#window = Buffer.from(found.buffer, found.byteOffset, found.length);
  }

  /** @throws ScanError where fewer bytes are left */
  skip(length: number): void {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.end - this.#at) {
      throw new ScanError('malformed', `a length of ${length} bytes goes past the end`, this.#at);
    }
    this.#at += length;
  }

  /** A view, good until the next call. @throws ScanError where fewer bytes are left */
  bytes(length: number): Uint8Array {
    if (length > WINDOW) {
      const start = this.#at;
      this.skip(length);
      return readExactly(this.#file, start, length);
    }
    const index = this.take(length);
    return this.#window.subarray(index, index + length);
  }

  /** UTF-8 of at most 64 KiB, without a view of its own. @throws ScanError */
  text(length: number): string {
    const index = this.take(length);
    return this.#window.toString('utf8', index, index + length);
  }

  /** Bytes from elsewhere, fewer at the end; the cursor stays. A view, good until the next call. */
  at(offset: number, length: number): Uint8Array {
    const count = Math.max(0, Math.min(length, this.end - offset));
    const index = offset - this.#windowStart;
    if (index >= 0 && index + count <= this.#window.length) return this.#window.subarray(index, index + count);
    return readExactly(this.#file, offset, count);
  }

  /** The next byte, which stays; 0 at the end. */
  peek(): number {
    if (this.#at >= this.end) return 0;
    // Taken first: it may put another window in the place of this one.
    const index = this.take(1, 'stay');
    return this.#window[index] ?? 0;
  }

  /** Index in the window of the next bytes, of at most 1 MiB. @throws ScanError where fewer are left */
  take(length: number, then: 'go on' | 'stay' = 'go on'): number {
    const start = this.#at;
    this.skip(length);
    let index = start - this.#windowStart;
    if (index < 0 || index + length > this.#window.length) {
      this.#at = start;
      this.#fill(length);
      this.#at = start + length;
      index = 0;
    }
    if (then === 'stay') this.#at = start;
    return index;
  }

  /** An unsigned little-endian number of up to 8 bytes; above 2⁵³ it loses its low bits, which no length can have. */
  unsigned(length: number): number {
    if (length === 1) return this.byte();
    const at = this.take(length);
    let value = 0;
    for (let index = at + length - 1; index >= at; index -= 1) value = value * 256 + (this.#window[index] ?? 0);
    return value;
  }

  /** Index in the window of the next line, past which it goes, where all of it stands there and is short; -1 for all else. */
  shortLine(longest: number): number {
    const from = this.#at - this.#windowStart;
    if (from < 0) return -1;
    const until = Math.min(this.#window.length, this.end - this.#windowStart, from + longest);
    for (let index = from; index < until; index += 1) {
      if (this.#window[index] !== 10) continue;
      this.#at += index + 1 - from;
      return from;
    }
    return -1;
  }

  /** The number that the next line is, past which it goes; -1 for all but a few digits without leading zeros in the window. */
  shortNumber(): number {
    const from = this.#at - this.#windowStart;
    if (from < 0) return -1;
    const until = Math.min(this.#window.length, this.end - this.#windowStart, from + DIGITS + 1);
    let number = 0;
    for (let index = from; index < until; index += 1) {
      const digit = (this.#window[index] ?? 0) - 0x30;
      if (digit >= 0 && digit <= 9) number = number * 10 + digit;
      else {
        const length = index - from;
        if (digit !== LINE_END || length === 0 || (length > 1 && this.#window[from] === 0x30)) return -1;
        this.#at += length + 1;
        return number;
      }
    }
    return -1;
  }

  /** Skips past the next line feed and returns the first bytes of what stood before it, good until the next call. @throws ScanError where there is none */
  line(longest = 256): Buffer {
    let kept = EMPTY;
    for (;;) {
      const index = this.take(1);
      const end = this.#window.indexOf(10, index);
      // Most lines are short and stand in the window.
      if (end >= 0 && kept.length === 0) {
        this.#at = this.#windowStart + end + 1;
        return this.#window.subarray(index, Math.min(end, index + longest));
      }
      const part = this.#window.subarray(index, end < 0 ? this.#window.length : end);
      if (kept.length < longest) kept = Buffer.concat([kept, part.subarray(0, longest - kept.length)]);
      // A window ends where the range does.
      this.#at = this.#windowStart + (end < 0 ? this.#window.length : end + 1);
      if (end >= 0) return kept;
    }
  }
}
