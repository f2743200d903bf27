import { Cursor } from './cursor.ts';
import { ScanError, type Source, startsWith } from './format.ts';

/** Whether a stream begins here, with a block or with its end. */
export function isBzip2(head: Uint8Array): boolean {
  const level = head[3] ?? 0;
  const begins = startsWith(head, 'BZh') && level >= 0x31 && level <= 0x39;
  return begins && (startsWith(head, '1AY&SY', 4) || startsWith(head, '\x17rE8P\x90', 4));
}

const PIECE = 1 << 16;
/** Bytes of a block for which there is room at first. */
const FIRST = 4096;
/** Symbols that one code of a group is used for. */
const RUN = 50;
const MAX_SELECTORS = 18_002;
const MAX_LENGTH = 20;

/** A canonical code: by length the first code that is longer, what to take off, and the symbols in order. */
interface Code {
  readonly limits: Int32Array;
  readonly bases: Int32Array;
  readonly symbols: Uint16Array;
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});

/** bzip2, block by block: whole streams, one after another, as Python reads them. Checksums are compared. */
export class Bzip2Decoder {
  readonly #cursor: Cursor;
  readonly #keep: (bytes: number) => void;
  readonly #out = new Uint8Array(PIECE);
  #bits = 0;
  #bitCount = 0;
  #level = 0;
  /** Of the stream, of the block as it is read, and as the block says. */
  #streamCrc = 0;
  #crc = 0;
  #expected = 0;
  /** A byte, and above it where the next one stands. */
  #chain = new Uint32Array(0);
  #left = 0;
  #at = 0;
  #last = -1;
  #same = 0;
  #repeat = 0;

  /** @param keep is told how much memory is held, before it is taken */
  constructor(source: Source, keep: (bytes: number) => void) {
    this.#cursor = new Cursor(source);
    this.#keep = keep;
  }

  get end(): number {
    return this.#cursor.position;
  }

  /** The next bytes, good until the next call, or null at the end. @throws ScanError */
  next(): Uint8Array | null {
    while (this.#left === 0 && this.#repeat === 0) {
      if (this.#level === 0) {
        if (this.#cursor.atEnd) return null;
        this.#beginStream();
      }
      this.#beginBlock();
    }
    let count = 0;
    while (count < PIECE && (this.#left > 0 || this.#repeat > 0)) count = this.#write(count);
    if (this.#left === 0 && this.#repeat === 0) this.#endBlock();
    return this.#out.subarray(0, count);
  }

  #beginStream(): void {
    if (this.#take(16) !== 0x425a || this.#take(8) !== 0x68) throw this.#broken('data behind the end of the stream');
    const level = this.#take(8) - 0x30;
    if (level < 1 || level > 9) throw this.#broken('an unknown level');
    this.#level = level;
    this.#streamCrc = 0;
    if (this.#chain.length === 0) this.#keep(PIECE);
  }

  /** With room for so many bytes: most files are smaller than a block may be, and thousands of them are scanned. */
  #grow(least: number): Uint32Array<ArrayBuffer> {
    const size = Math.min(Math.max(2 * this.#chain.length, least, FIRST), this.#level * 100_000);
    this.#keep(4 * (size - this.#chain.length));
    const larger = new Uint32Array(size);
    larger.set(this.#chain);
    this.#chain = larger;
    return larger;
  }

  /** Or ends the stream. */
  #beginBlock(): void {
    const [high, low] = [this.#take(24), this.#take(24)];
    if (high === 0x177245 && low === 0x385090) {
      const crc = this.#word();
      if (crc !== this.#streamCrc) throw this.#broken('a wrong checksum');
      this.#take(this.#bitCount & 7);
      this.#level = 0;
      return;
    }
    if (high !== 0x314159 || low !== 0x265359) throw this.#broken('a block without a mark');
    this.#expected = this.#word();
    if (this.#take(1) === 1) throw new ScanError('unsupported', 'a block that bzip2 0.9 shuffled', this.end);
    const origin = this.#take(24);
    const used = this.#usedBytes();
    const count = this.#readSymbols(used, this.#readSelectors());
    if (origin >= count) throw this.#broken('a block that begins behind its end');
    this.#unsort(count, origin);
    [this.#left, this.#last, this.#same, this.#repeat, this.#crc] = [count, -1, 0, 0, -1];
  }

  #endBlock(): void {
    if (~this.#crc !== this.#expected) throw this.#broken('a wrong checksum');
    this.#streamCrc = ((this.#streamCrc << 1) | (this.#streamCrc >>> 31)) ^ this.#expected;
  }

  #usedBytes(): Uint8Array {
    const groups = this.#take(16);
    const used: number[] = [];
    for (let group = 0; group < 16; group += 1) {
      if ((groups & (0x8000 >> group)) === 0) continue;
      const bits = this.#take(16);
      for (let bit = 0; bit < 16; bit += 1) if ((bits & (0x8000 >> bit)) !== 0) used.push(group * 16 + bit);
    }
    if (used.length === 0) throw this.#broken('a block of no bytes');
    return Uint8Array.from(used);
  }

  #readSelectors(): { readonly selectors: Uint8Array; readonly groups: number } {
    const groups = this.#take(3);
    const count = this.#take(15);
    if (groups < 2 || groups > 6 || count === 0) throw this.#broken('no codes');
    const order = [0, 1, 2, 3, 4, 5];
    const selectors = new Uint8Array(Math.min(count, MAX_SELECTORS));
    for (let at = 0; at < count; at += 1) {
      let place = 0;
      while (this.#take(1) === 1) {
        place += 1;
        if (place >= groups) throw this.#broken('an unknown code');
      }
      const [chosen = 0] = order.splice(place, 1);
      order.unshift(chosen);
      if (at < MAX_SELECTORS) selectors[at] = chosen;
    }
    return { selectors, groups };
  }

  #readCode(symbols: number): Code {
    const lengths = new Uint8Array(symbols);
    let length = this.#take(5);
    for (let symbol = 0; symbol < symbols; symbol += 1) {
      for (;;) {
        if (length < 1 || length > MAX_LENGTH) throw this.#broken('a code of a wrong length');
        if (this.#take(1) === 0) break;
        length += this.#take(1) === 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    return codeOf(lengths);
  }

  /** What the sorted block holds. @returns bytes */
  #readSymbols(
    used: Uint8Array,
    { selectors, groups }: { readonly selectors: Uint8Array; readonly groups: number },
  ): number {
    const end = used.length + 1;
    const codes = Array.from({ length: groups }, () => this.#readCode(used.length + 2));
    const front = used.slice();
    const most = this.#level * 100_000;
    let chain = this.#chain;
    let [count, run, weight, symbols, selected] = [0, 0, 1, 0, 0];
    let code = codes[0];
    for (;;) {
      if (symbols === 0) {
        code = selected < selectors.length ? codes[selectors[selected] ?? 0] : undefined;
        selected += 1;
        symbols = RUN;
      }
      if (code === undefined) throw this.#broken('too few codes');
      symbols -= 1;
      const symbol = this.#symbol(code);
      if (symbol < 2) {
        // A number of which each digit is one or two.
        run += weight << symbol;
        weight *= 2;
        if (run > most) throw this.#broken('a block that is too long');
        continue;
      }
      if (run > 0) {
        if (count + run > most) throw this.#broken('a block that is too long');
        if (count + run > chain.length) chain = this.#grow(count + run);
        chain.fill(front[0] ?? 0, count, count + run);
        count += run;
        [run, weight] = [0, 1];
      }
      if (symbol === end) return count;
      if (count >= most) throw this.#broken('a block that is too long');
      const byte = front[symbol - 1] ?? 0;
      front.copyWithin(1, 0, symbol - 1);
      front[0] = byte;
      if (count === chain.length) chain = this.#grow(count + 1);
      chain[count] = byte;
      count += 1;
    }
  }

  /** Undoes the transform of Burrows and Wheeler. */
  #unsort(count: number, origin: number): void {
    const chain = this.#chain;
    const places = new Uint32Array(257);
    for (let at = 0; at < count; at += 1) {
      const next = ((chain[at] ?? 0) & 0xff) + 1;
      places[next] = (places[next] ?? 0) + 1;
    }
    for (let byte = 1; byte < 257; byte += 1) places[byte] = (places[byte] ?? 0) + (places[byte - 1] ?? 0);
    for (let at = 0; at < count; at += 1) {
      const byte = (chain[at] ?? 0) & 0xff;
      const place = places[byte] ?? 0;
      places[byte] = place + 1;
      chain[place] = ((chain[place] ?? 0) | (at << 8)) >>> 0;
    }
    this.#at = (chain[origin] ?? 0) >>> 8;
  }

  /** Undoes the runs of four to 259 equal bytes. @returns how many bytes stand in the piece */
  #write(from: number): number {
    let count = from;
    if (this.#repeat > 0) {
      const times = Math.min(this.#repeat, PIECE - count);
      for (const stop = count + times; count < stop; count += 1) this.#put(count, this.#last);
      this.#repeat -= times;
      return count;
    }
    const entry = this.#chain[this.#at] ?? 0;
    const byte = entry & 0xff;
    this.#at = entry >>> 8;
    this.#left -= 1;
    if (this.#same === 4) {
      [this.#same, this.#repeat] = [0, byte];
      return count;
    }
    this.#same = byte === this.#last ? this.#same + 1 : 1;
    this.#last = byte;
    this.#put(count, byte);
    return count + 1;
  }

  #put(at: number, byte: number): void {
    this.#out[at] = byte;
    this.#crc = (this.#crc << 8) ^ (CRC[(this.#crc >>> 24) ^ byte] ?? 0);
  }

  #symbol({ limits, bases, symbols }: Code): number {
    let value = 0;
    for (let length = 1; length <= MAX_LENGTH; length += 1) {
      value = (value << 1) | this.#take(1);
      if (value < (limits[length] ?? 0)) return symbols[value - (bases[length] ?? 0)] ?? 0;
    }
    throw this.#broken('an unknown code');
  }

  #word(): number {
    return (this.#take(16) << 16) | this.#take(16);
  }

  /** Up to 24 bits. */
  #take(count: number): number {
    while (this.#bitCount < count) {
      this.#bits = ((this.#bits & 0xffffff) << 8) | this.#cursor.byte();
      this.#bitCount += 8;
    }
    this.#bitCount -= count;
    return (this.#bits >>> this.#bitCount) & ((1 << count) - 1);
  }

  #broken(what: string): ScanError {
    return new ScanError('malformed', `bzip2 with ${what}`, this.end);
  }
}

function codeOf(lengths: Uint8Array): Code {
  const limits = new Int32Array(MAX_LENGTH + 1);
  const bases = new Int32Array(MAX_LENGTH + 1);
  const symbols = new Uint16Array(lengths.length);
  let [code, place] = [0, 0];
  for (let length = 1; length <= MAX_LENGTH; length += 1) {
    bases[length] = code - place;
    for (const [symbol, own] of lengths.entries()) {
      if (own !== length) continue;
      symbols[place] = symbol;
      place += 1;
      code += 1;
    }
    limits[length] = code;
    code <<= 1;
  }
  return { limits, bases, symbols };
}
