/** Slots of 4 bytes; beyond, the table would take more memory than a query of DuckDB, which can use the disk. */
const MAX_SLOTS = 2 ** 25;
/** Hashes are spread evenly; where they are not, somebody has made them so. */
const MAX_PROBES = 512;

/**
 * Finds hashes that occur more than once. Each is kept as 32 of its bits, in a slot that the others choose: the same
 * hash is always found again, and another one is taken for it about once in a billion times. That is many times faster
 * than grouping or sorting them, in a tenth of the memory.
 */
export class HashSet {
  readonly #slots: Uint32Array;
  readonly #mask: number;
  #free: number;

  private constructor(slots: number) {
    this.#slots = new Uint32Array(slots);
    this.#mask = slots - 1;
    this.#free = Math.floor(slots * 0.75);
  }

  /** Null where so many hashes take too much memory. */
  static of(hashes: number): HashSet | null {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(hashes, 1024) * 1.4));
    return slots > MAX_SLOTS ? null : new HashSet(slots);
  }

  /**
   * Adds hashes; gives the places of those that were there before, or null where there is no room for more.
   * @param words the hashes, two words each
   */
  add(words: Uint32Array): readonly number[] | null {
    const again: number[] = [];
    for (let at = 0; at < words.length; at += 2) {
      const [low, high] = [words[at] ?? 0, words[at + 1] ?? 0];
      // 0 says that a slot is free.
      const kept = high === 0 ? 1 : high;
      let slot = (low ^ Math.imul(high, 0x9e3779b1)) & this.#mask;
      let probes = 0;
      for (;;) {
        const held = this.#slots[slot];
        if (held === kept) {
          again.push(at / 2);
          break;
        }
        if (held === 0) {
          this.#slots[slot] = kept;
          this.#free -= 1;
          break;
        }
        slot = (slot + 1) & this.#mask;
        probes += 1;
        if (probes > MAX_PROBES) return null;
      }
      if (this.#free < 0) return null;
    }
    return again;
  }
}
