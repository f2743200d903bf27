import { ScanError } from '../format.ts';

/** Bytes that are given away at once. */
export const PIECE = 1 << 16;
/** Of the longest copy. */
const SLACK = 273;

/** What was unpacked last, as far back as a copy may go. */
export class History {
  readonly #keep: (bytes: number) => void;
  #bytes: Uint8Array = new Uint8Array(0);
  #window = 0;
  #filled = 0;
  /** Since it was reset. */
  #total = 0;

  /** @param keep is told how much memory is held, before it is taken */
  constructor(keep: (bytes: number) => void) {
    this.#keep = keep;
  }

  /** @param window bytes that a copy may go back */
  reset(window: number): void {
    this.#window = window;
    this.#total = 0;
  }

  get window(): number {
    return this.#window;
  }

  get total(): number {
    return this.#total;
  }

  get filled(): number {
    return this.#filled;
  }

  /** Makes room for a piece. @returns where it begins */
  begin(): number {
    if (this.#filled > this.#window + Math.max(this.#window / 2, 2 * PIECE)) {
      this.#bytes.copyWithin(0, this.#filled - this.#window, this.#filled);
      this.#filled = this.#window;
    }
    const needed = this.#filled + PIECE + SLACK;
    if (needed > this.#bytes.length) {
      const size = Math.max(needed, Math.min(2 * this.#bytes.length, 2 * this.#window));
      this.#keep(size);
      const larger = new Uint8Array(size);
      larger.set(this.#bytes.subarray(0, this.#filled));
      this.#bytes = larger;
    }
    return this.#filled;
  }

  from(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#filled);
  }

  put(byte: number): void {
    this.#bytes[this.#filled] = byte;
    this.#filled += 1;
    this.#total += 1;
  }

  append(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#filled);
    this.#filled += bytes.length;
    this.#total += bytes.length;
  }

  /** The byte so far back: 0 before the begin. */
  back(distance: number): number {
    return distance > this.#total ? 0 : (this.#bytes[this.#filled - distance] ?? 0);
  }

  /** @throws ScanError for a copy from before the begin */
  copy(distance: number, length: number, offset: number): void {
    if (distance > this.#total || distance > this.#window)
      throw new ScanError('malformed', 'compressed data with a reference to before the start', offset);
    const bytes = this.#bytes;
    let at = this.#filled;
    for (const stop = at + length; at < stop; at += 1) bytes[at] = bytes[at - distance] ?? 0;
    this.#filled = at;
    this.#total += length;
  }
}
