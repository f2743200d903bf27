import { readExactly, ScanError, type ScannableFile } from './format.ts';

const WINDOW = 65_536;

/** Reads a range of a file byte by byte through a small window; skipping costs nothing, so weights are never loaded. */
export class Cursor {
  readonly end: number;
  readonly #file: ScannableFile;
  #at: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  constructor(file: ScannableFile, start = 0, end = file.size) {
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
    this.#windowStart = this.#at;
    this.#window = readExactly(this.#file, this.#at, Math.min(WINDOW, this.end - this.#at));
    this.#at += 1;
    return this.#window[0] ?? 0;
  }

  /** @throws ScanError where fewer bytes are left */
  skip(length: number): void {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.end - this.#at) {
      throw new ScanError('malformed', `a length of ${length} bytes goes past the end`, this.#at);
    }
    this.#at += length;
  }

  bytes(length: number): Uint8Array {
    const start = this.#at;
    this.skip(length);
    return readExactly(this.#file, start, length);
  }

  /** Skips past the next line feed and returns the first 256 bytes of what stood before it. @throws ScanError where there is none */
  line(): Uint8Array {
    const kept: number[] = [];
    for (let byte = this.byte(); byte !== 10; byte = this.byte()) if (kept.length < 256) kept.push(byte);
    return Uint8Array.from(kept);
  }
}
