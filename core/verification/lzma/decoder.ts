import type { Cursor } from '../cursor.ts';
import { ScanError } from '../format.ts';
import type { History } from './history.ts';

const HALF = 1024;
const STATES = 12;
const LENGTHS = 2 + 16 * 8 * 2 + 256;
const MARKER = 2 ** 32;

/** Where each kind of probability begins in the one array of all. */
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * 16;
const IS_REP0 = IS_REP + STATES;
const IS_REP1 = IS_REP0 + STATES;
const IS_REP2 = IS_REP1 + STATES;
const IS_LONG = IS_REP2 + STATES;
const SLOTS = IS_LONG + STATES * 16;
const SPECIAL = SLOTS + 4 * 64;
const ALIGN = SPECIAL + 128;
const MATCH_LENGTH = ALIGN + 16;
const REP_LENGTH = MATCH_LENGTH + LENGTHS;
const LITERALS = REP_LENGTH + LENGTHS;

/** LZMA (the specification of its SDK), symbol by symbol: the core that the old container and LZMA2 share. */
export class LzmaDecoder {
  readonly #cursor: Cursor;
  readonly #history: History;
  #probabilities = new Uint16Array(LITERALS);
  #literalContext = 0;
  #literalPosition = 0;
  #position = 0;
  #state = 0;
  #recent: [number, number, number, number] = [1, 1, 1, 1];
  #range = 0;
  #code = 0;

  constructor(cursor: Cursor, history: History) {
    this.#cursor = cursor;
    this.#history = history;
  }

  /** @param properties lc + 9 × (lp + 5 × pb) @throws ScanError */
  setProperties(properties: number): void {
    const lc = properties % 9;
    const rest = Math.floor(properties / 9);
    const [lp, pb] = [rest % 5, Math.floor(rest / 5)];
    if (pb > 4) throw this.#broken('unknown properties');
    [this.#literalContext, this.#literalPosition, this.#position] = [lc, lp, pb];
    const size = LITERALS + (0x300 << (lc + lp));
    if (this.#probabilities.length !== size) this.#probabilities = new Uint16Array(size);
  }

  resetState(): void {
    this.#probabilities.fill(HALF);
    this.#state = 0;
    this.#recent = [1, 1, 1, 1];
  }

  /** The range coder at the begin of compressed bytes. @throws ScanError */
  begin(): void {
    if (this.#cursor.byte() !== 0) throw this.#broken('no begin');
    this.#range = 0xffffffff;
    this.#code = 0;
    for (let at = 0; at < 4; at += 1) this.#code = ((this.#code << 8) | this.#cursor.byte()) >>> 0;
  }

  /** Whether the range coder ended where it must. */
  get ended(): boolean {
    return this.#code === 0;
  }

  /** Takes what a last symbol left to be read. */
  normalize(): void {
    if (this.#range >= 0x1000000) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#cursor.byte()) >>> 0;
  }

  /**
   * Decodes until at least so many bytes were made, and no more than `left`.
   *
   * @returns whether the mark of the end came
   * @throws ScanError
   */
  decode(least: number, left: number): boolean {
    const history = this.#history;
    const start = history.total;
    const mask = (1 << this.#position) - 1;
    while (history.total - start < least) {
      const step = history.total & mask;
      if (this.#bit(IS_MATCH + this.#state * 16 + step) === 0) {
        this.#literal();
        continue;
      }
      const length = this.#bit(IS_REP + this.#state) === 1 ? this.#repeated(step) : this.#match(step);
      if (length === 0) return true;
      if (length > left - (history.total - start)) throw this.#broken('more than it says');
      history.copy(this.#recent[0], length, this.#cursor.position);
    }
    return false;
  }

  #literal(): void {
    const history = this.#history;
    const before = history.back(1);
    const context =
      ((history.total & ((1 << this.#literalPosition) - 1)) << this.#literalContext) |
      (before >> (8 - this.#literalContext));
    const base = LITERALS + 0x300 * context;
    let symbol = 1;
    if (this.#state >= 7) {
      let matched = history.back(this.#recent[0]);
      while (symbol < 0x100) {
        const expected = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.#bit(base + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol);
    history.put(symbol & 0xff);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  /** @returns its length, or 0 for the mark of the end */
  #match(step: number): number {
    const length = this.#length(MATCH_LENGTH, step);
    this.#state = this.#state < 7 ? 7 : 10;
    const distance = this.#distance(length) + 1;
    if (distance === MARKER) return 0;
    const [first, second, third] = this.#recent;
    this.#recent = [distance, first, second, third];
    return length;
  }

  #repeated(step: number): number {
    const [first, second, third, fourth] = this.#recent;
    if (this.#bit(IS_REP0 + this.#state) === 0) {
      if (this.#bit(IS_LONG + this.#state * 16 + step) === 0) {
        this.#state = this.#state < 7 ? 9 : 11;
        return 1;
      }
    } else if (this.#bit(IS_REP1 + this.#state) === 0) this.#recent = [second, first, third, fourth];
    else if (this.#bit(IS_REP2 + this.#state) === 0) this.#recent = [third, first, second, fourth];
    else this.#recent = [fourth, first, second, third];
    const length = this.#length(REP_LENGTH, step);
    this.#state = this.#state < 7 ? 8 : 11;
    return length;
  }

  #length(base: number, step: number): number {
    if (this.#bit(base) === 0) return 2 + this.#tree(base + 2 + step * 8, 3);
    if (this.#bit(base + 1) === 0) return 10 + this.#tree(base + 2 + 128 + step * 8, 3);
    return 18 + this.#tree(base + 2 + 256, 8);
  }

  #distance(length: number): number {
    const slot = this.#tree(SLOTS + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + this.#reversed(SPECIAL + base - slot, bits);
    let direct = 0;
    for (let at = 0; at < bits - 4; at += 1) direct = direct * 2 + this.#direct();
    return base + direct * 16 + this.#reversed(ALIGN, 4);
  }

  #tree(base: number, bits: number): number {
    let symbol = 1;
    for (let at = 0; at < bits; at += 1) symbol = (symbol << 1) | this.#bit(base + symbol);
    return symbol - (1 << bits);
  }

  #reversed(base: number, bits: number): number {
    let [symbol, found] = [1, 0];
    for (let at = 0; at < bits; at += 1) {
      const bit = this.#bit(base + symbol);
      symbol = (symbol << 1) | bit;
      found |= bit << at;
    }
    return found;
  }

  #bit(at: number): number {
    if (this.#range < 0x1000000) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | this.#cursor.byte()) >>> 0;
    }
    const probability = this.#probabilities[at] ?? HALF;
    const bound = (this.#range >>> 11) * probability;
    if (this.#code < bound) {
      this.#range = bound;
      this.#probabilities[at] = probability + ((2048 - probability) >> 5);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    this.#probabilities[at] = probability - (probability >> 5);
    return 1;
  }

  /** A bit of which both values are as likely. */
  #direct(): number {
    if (this.#range < 0x1000000) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | this.#cursor.byte()) >>> 0;
    }
    this.#range >>>= 1;
    if (this.#code < this.#range) return 0;
    this.#code -= this.#range;
    return 1;
  }

  #broken(what: string): ScanError {
    return new ScanError('malformed', `LZMA with ${what}`, this.#cursor.position);
  }
}
