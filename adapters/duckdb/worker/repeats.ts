/** Hashes of one part at most on average, so that a part's table stays in the processor's cache. */
const PART = 4096;
const MAX_PART_BITS = 12;
/** Hashes are spread evenly; where they are not, somebody has made them so. */
const MAX_PROBES = 512;

/**
 * Finds hashes that are there more than once: each as often as it comes again. They are divided by their first bits, and
 * each part is looked through by itself: what does not fit into the cache at once would take ten times as long.
 * Null where they were made to meet.
 * @param words the hashes, two words each, the low one first
 */
export function findRepeats(words: Uint32Array): readonly bigint[] | null {
  const { starts, low, high } = divide(words);
  const found: bigint[] = [];
  let slots = new Int32Array(0);
  for (let part = 0; part + 1 < starts.length; part += 1) {
    const [from, to] = [starts[part] ?? 0, starts[part + 1] ?? 0];
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, (to - from) * 2)));
    if (slots.length < size) slots = new Int32Array(size);
    const table = slots.subarray(0, size).fill(0);
    const again = lookThrough(table, low.subarray(from, to), high.subarray(from, to));
    if (again === null) return null;
    for (const at of again) found.push((BigInt(high[from + at] ?? 0) << 32n) | BigInt(low[from + at] ?? 0));
  }
  return found;
}

interface Divided {
  /** Where each part begins, and behind the last where it ends. */
  readonly starts: Uint32Array;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

function divide(words: Uint32Array): Divided {
  const count = words.length / 2;
  const bits = Math.min(MAX_PART_BITS, Math.max(1, Math.ceil(Math.log2(Math.max(2, count / PART)))));
  const shift = 32 - bits;
  const starts = new Uint32Array(2 ** bits + 1);
  for (let at = 1; at < words.length; at += 2) {
    const part = ((words[at] ?? 0) >>> shift) + 1;
    starts[part] = (starts[part] ?? 0) + 1;
  }
  for (let part = 1; part < starts.length; part += 1) starts[part] = (starts[part] ?? 0) + (starts[part - 1] ?? 0);
  const next = starts.slice();
  const [low, high] = [new Uint32Array(count), new Uint32Array(count)];
  for (let at = 0; at < words.length; at += 2) {
    const upper = words[at + 1] ?? 0;
    const part = upper >>> shift;
    const place = next[part] ?? 0;
    next[part] = place + 1;
    low[place] = words[at] ?? 0;
    high[place] = upper;
  }
  return { starts, low, high };
}

/** The places of hashes that were there before. @param slots all 0, a power of two of them */
function lookThrough(slots: Int32Array, low: Uint32Array, high: Uint32Array): readonly number[] | null {
  const mask = slots.length - 1;
  const again: number[] = [];
  for (let at = 0; at < low.length; at += 1) {
    const [lower, upper] = [low[at], high[at]];
    let slot = ((lower ?? 0) ^ Math.imul(upper ?? 0, 0x9e3779b1)) & mask;
    for (let probes = 0; ; probes += 1) {
      const held = slots[slot] ?? 0;
      if (held === 0) {
        slots[slot] = at + 1;
        break;
      }
      if (low[held - 1] === lower && high[held - 1] === upper) {
        again.push(at);
        break;
      }
      if (probes === MAX_PROBES) return null;
      slot = (slot + 1) & mask;
    }
  }
  return again;
}
