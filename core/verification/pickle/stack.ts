import { ScanError } from '../format.ts';
import type { Value } from './values.ts';

/** Nothing real stands as deep: long lists are appended in batches of 1,000. */
const MAX_DEPTH = 1_000_000;

/** The unpickler's stack with its marks. Nothing reaches below the last mark, as in Python. */
export class Stack {
  readonly #values: Value[] = [];
  readonly #marks: number[] = [];
  /** Where the stack begins, seen from above the last mark. */
  #fence = 0;

  push(value: Value): void {
    if (this.#values.length >= MAX_DEPTH)
      throw new ScanError('too_large', `more than ${MAX_DEPTH} values on the stack`, 0);
    this.#values.push(value);
  }

  pop(): Value {
    const value = this.#values.length > this.#fence ? this.#values.pop() : undefined;
    if (value === undefined) throw underflow();
    return value;
  }

  /** The topmost value, which stays. */
  get top(): Value {
    const value = this.#values.length > this.#fence ? this.#values.at(-1) : undefined;
    if (value === undefined) throw underflow();
    return value;
  }

  /** Whether nothing stands above the last mark. */
  get empty(): boolean {
    return this.#values.length === this.#fence;
  }

  mark(): void {
    if (this.#marks.length >= MAX_DEPTH) throw new ScanError('too_large', `more than ${MAX_DEPTH} marks`, 0);
    this.#marks.push(this.#fence);
    this.#fence = this.#values.length;
  }

  popMark(): Value[] {
    const fence = this.#marks.pop();
    if (fence === undefined) throw underflow();
    const values = this.#values.splice(this.#fence);
    this.#fence = fence;
    return values;
  }

  copy(): Stack {
    const other = new Stack();
    for (const value of this.#values) other.#values.push(value);
    for (const mark of this.#marks) other.#marks.push(mark);
    other.#fence = this.#fence;
    return other;
  }

  get depth(): number {
    return this.#values.length;
  }
}

function underflow(): ScanError {
  return new ScanError('malformed', 'an opcode takes more from the stack than there is', 0);
}
