import { handleOf, KEPT, kindOf, packed, payloadOf, type Tuple, unkept, unpacked, type Value } from './values.ts';

const CHUNK_BITS = 12;
const CHUNK = 1 << CHUNK_BITS;
/** Tuples, and values in them: more can't be asked for what they hold. Some 100 bytes each. */
const MAX_TUPLES = 20_000;
const MAX_WEIGHT = 200_000;

/** Small numbers by index, in pieces; on top of others that are read only. */
export class Layer {
  readonly #chunks = new Map<number, Uint32Array>();
  readonly #under: Layer | null;
  /** Only for numbers on top of others: there are few. */
  readonly #changed = new Map<number, number>();
  readonly #keep: (bytes: number) => void;
  #last: Uint32Array = new Uint32Array(0);
  #lastIndex = -1;

  constructor(keep: (bytes: number) => void, under: Layer | null) {
    this.#keep = keep;
    this.#under = under;
  }

  /** 0 for what was never set. */
  get(index: number): number {
    if (this.#under !== null) return this.#changed.get(index) ?? this.#under.get(index);
    const high = Math.floor(index / CHUNK);
    if (high === this.#lastIndex) return this.#last[index & (CHUNK - 1)] ?? 0;
    return this.#chunks.get(high)?.[index % CHUNK] ?? 0;
  }

  set(index: number, value: number): void {
    if (this.#under !== null) {
      if (!this.#changed.has(index)) this.#keep(64);
      this.#changed.set(index, value);
      return;
    }
    const high = Math.floor(index / CHUNK);
    if (high !== this.#lastIndex) {
      let chunk = this.#chunks.get(high);
      if (chunk === undefined) {
        this.#keep(CHUNK * 4 + 256);
        chunk = new Uint32Array(CHUNK);
        this.#chunks.set(high, chunk);
      }
      this.#last = chunk;
      this.#lastIndex = high;
    }
    this.#last[index & (CHUNK - 1)] = value;
  }
}

/** The unpickler's memo. */
export class Memo {
  readonly #entries: Layer;
  readonly #tuples: Tuple[];
  #room: number;
  #size: number;

  constructor(keep: (bytes: number) => void, under: Memo | null) {
    this.#entries = new Layer(keep, under === null ? null : under.#entries);
    this.#tuples = under === null ? [] : under.#tuples;
    // What is read on trial keeps no tuples among those of what is read for good.
    this.#room = under === null ? MAX_WEIGHT : 0;
    this.#size = under === null ? 0 : under.#size;
  }

  /** How many entries there are, which is where `MEMOIZE` puts the next. */
  get size(): number {
    return this.#size;
  }

  put(index: number, value: Value): void {
    if (this.#entries.get(index) === 0) this.#size += 1;
    this.#entries.set(index, packed(typeof value === 'number' ? value : this.#tuple(value)));
  }

  get(index: number): Value | undefined {
    const bits = this.#entries.get(index);
    if (bits === 0) return undefined;
    const value = unpacked(bits);
    return kindOf(value) === KEPT ? this.#tuples[payloadOf(value)] : value;
  }

  #tuple(tuple: Tuple): number {
    if (this.#tuples.length >= MAX_TUPLES || tuple.weight > this.#room) return unkept(tuple);
    this.#room -= tuple.weight;
    return handleOf(KEPT, this.#tuples.push(copyOf(tuple)) - 1);
  }
}

/**
 * Tuples are made by the million and dropped at once. If some of them stayed, V8 would put all into the old generation,
 * where what was dropped takes hundreds of megabytes before it is collected.
 */
function copyOf(tuple: Tuple): Tuple {
  return { ...tuple, items: tuple.items.map((item) => (typeof item === 'number' ? item : copyOf(item))) };
}
