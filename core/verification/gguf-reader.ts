import { Cursor } from './cursor.ts';
import { ScanError, type Source } from './format.ts';

/** Bytes by type of value: the integers, floats and bool of GGUF 3. Texts are 8, lists 9. */
const SIZES: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
]);
export const UINT32 = 4;
const BOOL = 7;
export const TEXT = 8;
const LIST = 9;
/** Lists in lists: the format has them, and no writer uses more than one. */
const MAX_NESTING = 4;
const MAX_TEXT = 4 * 2 ** 20;
/** Bytes by which a text in a list is told. */
const HEAD = 64;

/** Reads the parts of a GGUF header in either order of bytes. */
export class GgufReader {
  readonly #cursor: Cursor;
  readonly #big: boolean;
  readonly #tick: () => void;

  constructor(file: Source, start: number, big: boolean, tick: () => void) {
    this.#cursor = new Cursor(file, start);
    this.#big = big;
    this.#tick = tick;
  }

  get position(): number {
    return this.#cursor.position;
  }

  uint32(): number {
    const bytes = Buffer.from(this.#cursor.bytes(4));
    return this.#big ? bytes.readUInt32BE() : bytes.readUInt32LE();
  }

  /** @throws ScanError above 2⁵³, which nothing in a file can be */
  uint64(): number {
    const at = this.position;
    const bytes = Buffer.from(this.#cursor.bytes(8));
    const value = Number(this.#big ? bytes.readBigUInt64BE() : bytes.readBigUInt64LE());
    if (!Number.isSafeInteger(value)) throw new ScanError('malformed', 'a number that no file can have', at);
    return value;
  }

  text(longest: number): string {
    const at = this.position;
    const length = this.uint64();
    if (length > longest)
      throw new ScanError('malformed', `a text of ${length} bytes where ${longest} are the most`, at);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#cursor.bytes(length));
    } catch (error) {
      if (error instanceof ScanError) throw error;
      throw new ScanError('malformed', 'a text that is no UTF-8', at);
    }
  }

  /** Passes over a text of any length and returns where its bytes begin and end. */
  place(): readonly [number, number] {
    const length = this.uint64();
    const start = this.position;
    this.#cursor.skip(length);
    return [start, start + length];
  }

  /** Passes over a value, handing the texts in it over. @throws ScanError for one that is too long */
  value(type: number, wanted: (text: string, at: number) => void): void {
    const next = (): void => {
      const at = this.position;
      wanted(this.text(MAX_TEXT), at);
    };
    this.#walk(type, next, 0);
  }

  /** As `value`, for where the texts lie, of any length, and how they begin, which is good until the next one; lists of bytes, too. */
  places(type: number, wanted: (start: number, end: number, head: Uint8Array) => void): void {
    const pass = (length: number): void => {
      const start = this.position;
      const head = this.#cursor.at(start, Math.min(length, HEAD));
      this.#cursor.skip(length);
      wanted(start, start + length, head);
    };
    this.#walk(type, () => pass(this.uint64()), 0, pass);
  }

  #walk(type: number, text: () => void, nesting: number, bytes?: (length: number) => void): void {
    const at = this.position;
    this.#tick();
    if (type === TEXT) {
      text();
      return;
    }
    if (type === LIST) {
      this.#list(text, nesting, bytes);
      return;
    }
    if (type === BOOL && this.#cursor.peek() > 1)
      throw new ScanError('malformed', 'a bool that is neither 0 nor 1', at);
    this.#cursor.skip(sizeOf(type, at));
  }

  #list(text: () => void, nesting: number, bytes?: (length: number) => void): void {
    const at = this.position;
    if (nesting >= MAX_NESTING) throw new ScanError('malformed', 'lists are nested too deeply', at);
    const type = this.uint32();
    const count = this.uint64();
    if (type === TEXT || type === LIST) {
      for (let index = 0; index < count; index += 1) this.#walk(type, text, nesting + 1, bytes);
      return;
    }
    const size = sizeOf(type, at);
    if (size === 1 && bytes !== undefined) bytes(count);
    else this.#cursor.skip(size * count);
  }
}

function sizeOf(type: number, at: number): number {
  const size = SIZES.get(type);
  if (size === undefined) throw new ScanError('malformed', `an unknown type of value: ${type}`, at);
  return size;
}
