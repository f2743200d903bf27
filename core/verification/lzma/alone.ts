import { Cursor } from '../cursor.ts';
import { ScanError, type Source, startsWith } from '../format.ts';
import { LzmaDecoder } from './decoder.ts';
import { History, PIECE } from './history.ts';

/** Smaller ones are none that anything writes: readers take this one. */
const LEAST_WINDOW = 4096;

/** By the properties that all writers give it, and the size of the content, which is below 2⁴⁰ or not given. */
export function isLzmaAlone(head: Uint8Array, from = 0, to = head.length): boolean {
  if (to < from + 13 || !startsWith(head, ']\0\0', from)) return false;
  const size = head.subarray(from + 5, from + 13);
  return size.every((byte) => byte === 255) || size.subarray(5).every((byte) => byte === 0);
}

/** The container of LZMA before xz (`lzma.FORMAT_ALONE`), as joblib writes it: one stream that is the whole file. */
export class LzmaAlone {
  readonly #cursor: Cursor;
  readonly #history: History;
  readonly #decoder: LzmaDecoder;
  /** Infinity where the mark of the end says it. */
  readonly #size: number;
  #done = false;

  /** @throws ScanError */
  constructor(source: Source, keep: (bytes: number) => void) {
    const cursor = new Cursor(source);
    this.#cursor = cursor;
    this.#history = new History(keep);
    this.#decoder = new LzmaDecoder(cursor, this.#history);
    this.#decoder.setProperties(cursor.byte());
    this.#history.reset(Math.max(LEAST_WINDOW, cursor.unsigned(4)));
    const [low, high] = [cursor.unsigned(4), cursor.unsigned(4)];
    this.#size = low === 0xffffffff && high === 0xffffffff ? Number.POSITIVE_INFINITY : high * 2 ** 32 + low;
    this.#decoder.resetState();
    this.#decoder.begin();
  }

  get end(): number {
    return this.#cursor.position;
  }

  /** The next bytes, good until the next call, or null at the end. @throws ScanError */
  next(): Uint8Array | null {
    if (this.#done) return null;
    const start = this.#history.begin();
    const left = this.#size - this.#history.total;
    const marked = left > 0 && this.#decoder.decode(Math.min(PIECE, left), left);
    this.#done = marked || this.#history.total === this.#size;
    if (this.#done) this.#finish(marked);
    return this.#history.filled > start ? this.#history.from(start) : null;
  }

  #finish(marked: boolean): void {
    const early = marked && Number.isFinite(this.#size) && this.#history.total < this.#size;
    if (early) throw new ScanError('malformed', 'LZMA with fewer bytes than it says', this.end);
    this.#decoder.normalize();
    // A mark may stand behind what has a size, too.
    if (!marked && !this.#decoder.ended && !(this.#cursor.atEnd === false && this.#decoder.decode(1, 1)))
      throw new ScanError('malformed', 'LZMA with more than it says', this.end);
    this.#decoder.normalize();
    if (!this.#cursor.atEnd) throw new ScanError('malformed', 'data behind the end of the stream', this.end);
  }
}
