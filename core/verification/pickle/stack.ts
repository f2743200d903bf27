import { ScanError } from '../format.ts';
import { unkept, type Value } from './values.ts';

/** Nothing real stands as deep: long lists are appended in batches of 1,000. */
const MAX_DEPTH = 1_000_000;
/** Tuples that keep what they hold; those deep in the stack stop to. */
const MAX_TUPLES = 2048;
const NEAR = 256;
/** Values or marks for which memory is asked for at once, and bytes of one. */
const STEP = 4096;
const VALUE_BYTES = 24;

/** The unpickler's stack with its marks. Nothing reaches below the last mark, as in Python. */
export class Stack {
  readonly #values: Value[] = [];
  readonly #marks: number[] = [];
  readonly #keep: (bytes: number) => void;
  #depth = 0;
  /** Where the stack begins, seen from above the last mark. */
  #fence = 0;
  /** So many values and marks have been asked for. */
  #room = 0;
  #tuples = 0;

  constructor(keep: (bytes: number) => void) {
    this.#keep = keep;
  }

  push(value: Value): void {
    if (this.#depth >= this.#room) this.#grow();
    if (typeof value !== 'number') this.#count();
    this.#values[this.#depth] = value;
    this.#depth += 1;
  }

  pop(): Value {
    const value = this.top;
    this.#depth -= 1;
    return value;
  }

  /** The topmost value, which stays. */
  get top(): Value {
    const value = this.#depth > this.#fence ? this.#values[this.#depth - 1] : undefined;
    if (value === undefined) throw underflow();
    return value;
  }

  /** Puts another value in the place of the topmost. */
  become(value: Value): void {
    this.#values[this.#depth - 1] = value;
  }

  /** Whether nothing stands above the last mark. */
  get empty(): boolean {
    return this.#depth === this.#fence;
  }

  get depth(): number {
    return this.#depth;
  }

  mark(): void {
    if (this.#marks.length + this.#depth >= this.#room) this.#grow();
    this.#marks.push(this.#fence);
    this.#fence = this.#depth;
  }

  /** Takes the last mark away. @returns where the values above it begin, which stay until `drop` */
  unmark(): number {
    const fence = this.#marks.pop();
    if (fence === undefined) throw underflow();
    const start = this.#fence;
    this.#fence = fence;
    return start;
  }

  /** Where the topmost values begin, all above the last mark. */
  down(count: number): number {
    const start = this.#depth - count;
    if (start < this.#fence) throw underflow();
    return start;
  }

  /** What stands below `start`, above the last mark. */
  below(start: number): Value {
    const value = start > this.#fence ? this.#values[start - 1] : undefined;
    if (value === undefined) throw underflow();
    return value;
  }

  at(index: number): Value {
    const value = index < this.#depth ? this.#values[index] : undefined;
    if (value === undefined) throw underflow();
    return value;
  }

  /** What stands between two places, or up to the top. */
  slice(start: number, end: number): readonly Value[] {
    return this.#values.slice(start, Math.min(end, this.#depth));
  }

  /** Takes away what stands from `start` on. */
  drop(start: number): void {
    this.#depth = start;
  }

  copy(keep: (bytes: number) => void): Stack {
    const other = new Stack(keep);
    for (let at = 0; at < this.#depth; at += 1) other.push(this.at(at));
    for (const mark of this.#marks) other.#marks.push(mark);
    other.#fence = this.#fence;
    return other;
  }

  #grow(): void {
    if (this.#room >= MAX_DEPTH) throw new ScanError('too_large', `more than ${MAX_DEPTH} values on the stack`, 0);
    this.#keep(STEP * VALUE_BYTES);
    this.#room += STEP;
  }

  #count(): void {
    this.#tuples += 1;
    if (this.#tuples <= MAX_TUPLES) return;
    this.#tuples = 0;
    for (let at = 0; at < this.#values.length; at += 1) {
      const value = this.#values[at];
      if (typeof value !== 'object') continue;
      if (at < this.#depth - NEAR || at >= this.#depth) this.#values[at] = unkept(value);
      else this.#tuples += 1;
    }
  }
}

function underflow(): ScanError {
  return new ScanError('malformed', 'an opcode takes more from the stack than there is', 0);
}
