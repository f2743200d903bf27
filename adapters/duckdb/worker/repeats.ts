/** Hashes are spread evenly; where they are not, somebody has made them so. */
const MAX_PROBES = 512;

/** Bits for each hash: of hashes that differ, one in these many falls on a bit that another has taken. */
const BITS = 32;

/**
 * Finds hashes that are there more than once, in tables that it keeps from one call to the next. Its process is young:
 * until V8 knows its loops well, several variables set at once would be an array each time.
 */
export class RepeatFinder {
  #slots = new Int32Array(0);
  #taken = new Int32Array(0);
  #shared = new Int32Array(0);

  /**
   * Each repeated hash as often as it comes again; null where they were made to meet in one slot. Tens of thousands at a
   * time are fastest: a table beyond the processor's cache takes several times as long.
   * @param words the hashes, two words each, the low one first
   */
  find(words: Uint32Array): readonly bigint[] | null {
    const some = this.#sharing(words);
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, some.length)));
    if (this.#slots.length < size) this.#slots = new Int32Array(size);
    const slots = this.#slots.subarray(0, size).fill(0);
    const found: bigint[] = [];
    for (let at = 0; at < some.length; at += 2) {
      const place = placeOf(some, at, slots);
      if (place === null) return null;
      if (place === FREE) continue;
      found.push((BigInt(some[at + 1] ?? 0) << 32n) | BigInt(some[at] ?? 0));
    }
    return found;
  }

  /** Those that share a bit with another: all that are there twice, and few besides. */
  #sharing(words: Uint32Array): Uint32Array {
    const size = 2 ** Math.ceil(Math.log2(Math.max(BITS, (words.length / 2) * BITS)));
    if (this.#taken.length * 32 < size) {
      this.#taken = new Int32Array(size / 32);
      this.#shared = new Int32Array(size / 32);
    }
    const taken = this.#taken.fill(0);
    const shared = this.#shared.fill(0);
    let any = false;
    for (let at = 0; at < words.length; at += 2) {
      const bit = mixed(words, at) & (size - 1);
      const cell = bit >>> 5;
      const mask = 1 << (bit & 31);
      const before = taken[cell] ?? 0;
      taken[cell] = before | mask;
      if ((before & mask) === 0) continue;
      shared[cell] = (shared[cell] ?? 0) | mask;
      any = true;
    }
    const sharing = new Uint32Array(any ? (words.length >> 3) * 2 : 0);
    let end = 0;
    for (let at = 0; any && at < words.length; at += 2) {
      const bit = mixed(words, at) & (size - 1);
      if (((shared[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) continue;
      // So many repeat that nothing is won.
      if (end === sharing.length) return words;
      sharing[end] = words[at] ?? 0;
      sharing[end + 1] = words[at + 1] ?? 0;
      end += 2;
    }
    return sharing.subarray(0, end);
  }
}

function mixed(words: Uint32Array, at: number): number {
  return (words[at] ?? 0) ^ Math.imul(words[at + 1] ?? 0, 0x9e3779b1);
}

const FREE = -1;

/** Where the same hash was before; takes a slot for it where it was not. */
function placeOf(words: Uint32Array, at: number, slots: Int32Array): number | null {
  const low = words[at] ?? 0;
  const high = words[at + 1] ?? 0;
  const mask = slots.length - 1;
  let slot = mixed(words, at) & mask;
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
