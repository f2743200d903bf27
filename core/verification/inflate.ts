import { readExactly, ScanError, type Source } from './format.ts';

const WINDOW = 32_768;
const INPUT = 65_536;

/** Base lengths and distances with their extra bits (RFC 1951, section 3.2.5). */
const LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12_289, 16_385, 24_577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical code as one table: the next `bits` bits of input lead to `length of the code + 16 × symbol`; 0 is no code. */
interface Code {
  readonly bits: number;
  readonly table: Uint16Array;
}

/** Bytes of output for one of input: 258 for two bits. */
const MAX_RATIO = 1032;

/**
 * Inflates raw DEFLATE (RFC 1951) piece by piece, so that its output need not be kept. Where it ends is known to the
 * byte, which a scan needs: what follows is somebody's hiding place.
 */
export class Inflater {
  readonly #source: Source;
  readonly #end: number;
  #at: number;
  #input: Uint8Array = new Uint8Array(0);
  #inputAt = 0;
  /** Where input is read into, again and again. */
  readonly #room: Uint8Array;
  #bits = 0;
  #bitCount = 0;
  /** Output not yet given away, after up to 32 KiB that were. */
  readonly #out: Uint8Array;
  #outAt = 0;
  #given = 0;
  #state: 'header' | 'stored' | 'coded' | 'done' = 'header';
  #last = false;
  #stored = 0;
  #lengths: Code = FIXED.lengths;
  #distances: Code = FIXED.distances;

  constructor(source: Source, start: number, end: number, piece = 1 << 20) {
    this.#source = source;
    this.#at = start;
    this.#end = end;
    // Of a short stream not more than it can hold: buffers that are dropped take memory for a while.
    const most = Math.min(piece, MAX_RATIO * Math.max(1, end - start));
    this.#out = new Uint8Array(WINDOW + most + 258);
    this.#room = new Uint8Array(Math.min(INPUT, Math.max(0, end - start)));
  }

  /** Offset in the source of the first byte after the stream. Right once `next` has returned null. */
  get end(): number {
    return this.#at - (this.#input.length - this.#inputAt) - (this.#bitCount >> 3);
  }

  /** The next piece of output, good until the next call; null at the end. @throws ScanError for what is no DEFLATE */
  next(): Uint8Array | null {
    if (this.#outAt > WINDOW) {
      this.#out.copyWithin(0, this.#outAt - WINDOW, this.#outAt);
      this.#outAt = WINDOW;
    }
    this.#given = this.#outAt;
    const limit = this.#out.length - 258;
    while (this.#state !== 'done' && this.#outAt < limit) {
      switch (this.#state) {
        case 'header':
          this.#header();
          break;
        case 'stored':
          this.#copyStored(limit);
          break;
        case 'coded':
          this.#decode(limit);
          break;
      }
    }
    return this.#outAt > this.#given ? this.#out.subarray(this.#given, this.#outAt) : null;
  }

  #header(): void {
    if (this.#last) {
      this.#state = 'done';
      return;
    }
    this.#last = this.#take(1) === 1;
    switch (this.#take(2)) {
      case 0: {
        this.#take(this.#bitCount & 7);
        const [length, check] = [this.#take(16), this.#take(16)];
        if ((length ^ check) !== 0xffff) throw this.#broken('a stored block with a wrong length');
        this.#stored = length;
        this.#state = 'stored';
        return;
      }
      case 1:
        [this.#lengths, this.#distances] = [FIXED.lengths, FIXED.distances];
        this.#state = 'coded';
        return;
      case 2:
        this.#readCodes();
        this.#state = 'coded';
        return;
      default:
        throw this.#broken('a block of an unknown kind');
    }
  }

  #readCodes(): void {
    const [count, distances, codes] = [this.#take(5) + 257, this.#take(5) + 1, this.#take(4) + 4];
    const sizes = new Uint8Array(19);
    for (let index = 0; index < codes; index += 1) sizes[CODE_ORDER[index] ?? 0] = this.#take(3);
    const code = this.#code(sizes);
    const all = new Uint8Array(count + distances);
    for (let at = 0; at < all.length; ) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        all[at] = symbol;
        at += 1;
        continue;
      }
      if (symbol === 16 && at === 0) throw this.#broken('a repeat of nothing');
      const value = symbol === 16 ? (all[at - 1] ?? 0) : 0;
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (at + times > all.length) throw this.#broken('a repeat past the end');
      all.fill(value, at, at + times);
      at += times;
    }
    if (all[256] === 0) throw this.#broken('a block without an end');
    this.#lengths = this.#code(all.subarray(0, count));
    this.#distances = this.#code(all.subarray(count));
  }

  #copyStored(limit: number): void {
    while (this.#stored > 0 && this.#outAt < limit) {
      if (this.#bitCount >= 8) {
        this.#out[this.#outAt] = this.#take(8);
        this.#outAt += 1;
        this.#stored -= 1;
        continue;
      }
      if (this.#inputAt === this.#input.length) this.#fill();
      const count = Math.min(this.#stored, limit - this.#outAt, this.#input.length - this.#inputAt);
      this.#out.set(this.#input.subarray(this.#inputAt, this.#inputAt + count), this.#outAt);
      this.#inputAt += count;
      this.#outAt += count;
      this.#stored -= count;
    }
    if (this.#stored === 0) this.#state = 'header';
  }

  #decode(limit: number): void {
    const out = this.#out;
    const [lengths, distances] = [this.#lengths, this.#distances];
    let at = this.#outAt;
    while (at < limit) {
      const symbol = this.#symbol(lengths);
      if (symbol < 256) {
        out[at] = symbol;
        at += 1;
        continue;
      }
      if (symbol === 256) {
        this.#state = 'header';
        break;
      }
      const length = (LENGTHS[symbol - 257] ?? 0) + this.#take(LENGTH_BITS[symbol - 257] ?? 0);
      const code = this.#symbol(distances);
      const distance = (DISTANCES[code] ?? 0) + this.#take(DISTANCE_BITS[code] ?? 0);
      if (length < 3 || distance === 0 || distance > at) throw this.#broken('a reference to before the start');
      if (distance >= length) out.copyWithin(at, at - distance, at - distance + length);
      else for (let index = at; index < at + length; index += 1) out[index] = out[index - distance] ?? 0;
      at += length;
    }
    this.#outAt = at;
  }

  #symbol({ bits, table }: Code): number {
    // Near the end fewer bits may be left than the longest code has.
    while (this.#bitCount < bits && this.#more()) {}
    const entry = table[this.#bits & ((1 << bits) - 1)] ?? 0;
    const length = entry & 15;
    if (length === 0 || length > this.#bitCount) throw this.#broken('an unknown code');
    this.#bits >>>= length;
    this.#bitCount -= length;
    return entry >>> 4;
  }

  #take(count: number): number {
    while (this.#bitCount < count) if (!this.#more()) throw this.#broken('an early end');
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #more(): boolean {
    if (this.#bitCount > 23) return false;
    if (this.#inputAt === this.#input.length) {
      if (this.#at >= this.#end) return false;
      this.#fill();
    }
    this.#bits |= (this.#input[this.#inputAt] ?? 0) << this.#bitCount;
    this.#inputAt += 1;
    this.#bitCount += 8;
    return true;
  }

  #fill(): void {
    if (this.#at >= this.#end) throw this.#broken('an early end');
    const size = Math.min(INPUT, this.#end - this.#at);
    this.#input = readExactly(this.#source, this.#at, size, this.#room);
    this.#at += this.#input.length;
    this.#inputAt = 0;
  }

  #code(sizes: Uint8Array): Code {
    const code = codeOf(sizes);
    if (code === null) throw this.#broken('an over-subscribed code');
    return code;
  }

  #broken(what: string): ScanError {
    return new ScanError('malformed', `compressed data with ${what}`, Math.min(this.end, this.#source.size));
  }
}

/** The table for the lengths of a canonical code; null where they leave no room for each other. */
function codeOf(sizes: Uint8Array): Code | null {
  const bits = Math.max(1, ...sizes);
  const counts = new Uint16Array(17);
  for (const size of sizes) if (size > 0) counts[size] = (counts[size] ?? 0) + 1;
  const next = new Uint32Array(17);
  let code = 0;
  for (let size = 1; size <= 15; size += 1) {
    code = (code + (counts[size - 1] ?? 0)) << 1;
    next[size] = code;
    if (code + (counts[size] ?? 0) > 1 << size) return null;
  }
  const table = new Uint16Array(1 << bits);
  for (const [symbol, size] of sizes.entries()) {
    if (size === 0) continue;
    const own = next[size] ?? 0;
    next[size] = own + 1;
    for (let index = reversed(own, size); index < table.length; index += 1 << size) table[index] = size | (symbol << 4);
  }
  return { bits, table };
}

function reversed(value: number, size: number): number {
  let result = 0;
  for (let bit = 0; bit < size; bit += 1) result |= ((value >>> bit) & 1) << (size - 1 - bit);
  return result;
}

function fixed(): { readonly lengths: Code; readonly distances: Code } {
  const sizes = Uint8Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8));
  const [lengths, distances] = [codeOf(sizes), codeOf(new Uint8Array(30).fill(5))];
  if (lengths === null || distances === null) throw new RangeError('the fixed codes of RFC 1951 are broken');
  return { lengths, distances };
}

const FIXED = fixed();
