/** Hashes are spread evenly; where they are not, somebody has made them so. */
const MAX_PROBES = 512;

/** Finds hashes that are there more than once, in a table of places that it keeps from one call to the next. */
export class RepeatFinder {
  #slots = new Int32Array(0);

  /**
   * Each repeated hash as often as it comes again; null where they were made to meet in one slot. Tens of thousands at a
   * time are fastest: a table beyond the processor's cache takes several times as long.
   * @param words the hashes, two words each, the low one first
   */
  find(words: Uint32Array): readonly bigint[] | null {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, words.length)));
    if (this.#slots.length < size) this.#slots = new Int32Array(size);
    const slots = this.#slots.subarray(0, size).fill(0);
    const found: bigint[] = [];
    for (let at = 0; at < words.length; at += 2) {
      const place = placeOf(words, at, slots);
      if (place === null) return null;
      if (place === FREE) continue;
      found.push((BigInt(words[at + 1] ?? 0) << 32n) | BigInt(words[at] ?? 0));
    }
    return found;
  }
}

const FREE = -1;

/** Where the same hash was before; takes a slot for it where it was not. */
function placeOf(words: Uint32Array, at: number, slots: Int32Array): number | null {
  const [low, high] = [words[at] ?? 0, words[at + 1] ?? 0];
  const mask = slots.length - 1;
  let slot = (low ^ Math.imul(high, 0x9e3779b1)) & mask;
  for (let probes = 0; probes <= MAX_PROBES; probes += 1) {
    const held = slots[slot] ?? 0;
    if (held === 0) {
      slots[slot] = at + 1;
      return FREE;
    }
    if (words[held - 1] === low && words[held] === high) return held - 1;
    slot = (slot + 1) & mask;
  }
  return null;
}
