/** Chance that can be had again: mulberry32 of a seed. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** Whether something happens that does so with this probability. */
  is(probability: number): boolean;
  between(low: number, high: number): number;
  /** With this median, and `spread` the standard deviation of its logarithm. */
  lognormal(median: number, spread: number): number;
}

export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    is: (probability) => next() < probability,
    between: (low, high) => low + next() * (high - low),
    lognormal(median, spread) {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(spread * normal);
    },
  };
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly happens: () => void | Promise<void>;
}

/** Things happen in the order of their times; nothing waits for a real clock. */
export class VirtualTime {
  now: number;
  #order = 0;
  readonly #heap: Due[] = [];

  /** @param start milliseconds since the epoch */
  constructor(start: number) {
    this.now = start;
  }

  after(milliseconds: number, happens: Due['happens']): void {
    this.#order += 1;
    this.#heap.push({ at: this.now + Math.max(0, Math.round(milliseconds)), order: this.#order, happens });
    let child = this.#heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfLater(parent, child)) break;
      child = parent;
    }
  }

  /** Until nothing is left to happen. */
  async run(): Promise<void> {
    for (let due = this.#take(); due !== undefined; due = this.#take()) {
      this.now = due.at;
      await due.happens();
    }
  }

  #take(): Due | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      if (left >= this.#heap.length) return first;
      const child = left + 1 < this.#heap.length && this.#isLater(left, left + 1) ? left + 1 : left;
      if (!this.#swapIfLater(parent, child)) return first;
      parent = child;
    }
  }

  #isLater(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return false;
    return one.at > other.at || (one.at === other.at && one.order > other.order);
  }

  #swapIfLater(parent: number, child: number): boolean {
    const [up, down] = [this.#heap[parent], this.#heap[child]];
    if (up === undefined || down === undefined || !this.#isLater(parent, child)) return false;
    this.#heap[parent] = down;
    this.#heap[child] = up;
    return true;
  }
}
