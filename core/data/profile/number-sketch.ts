import { type NumberCounts, numberCounts } from '../drift/number-counts.ts';
import { fromOrdered, toOrdered } from './ordered-bits.ts';

/**
 * Value counts that stay small. Doubles are counted by their order-preserving bits; where there are more than `cap`
 * different ones, low bits are dropped, as few as it takes, so that neighbours fall into one cell. What comes out
 * depends on the set of values alone, not on their order or on how they were split: merging is exact. The cells get as
 * narrow as the range of the values allows, for timestamps of one day as well as for shares between 0 and 1.
 */
export interface NumberSketch {
  /** Low bits dropped, from 0 (exact value counts) to 63. */
  readonly dropped: number;
  /** Strictly ascending. */
  readonly keys: readonly bigint[];
  /** Rows of each cell, beside `keys`. */
  readonly counts: readonly number[];
}

/** Sketches values with their counts; NaN is left out. */
export function sketchNumbers(pairs: Iterable<readonly [value: number, count: number]>, cap: number): NumberSketch {
  const { values, counts } = numberCounts(pairs);
  const keys = Array.from(values, toOrdered);
  return shrink({ dropped: 0, keys, counts: [...counts] }, cap);
}

/** The sketch of both sides' values together. */
export function mergeNumbers(a: NumberSketch, b: NumberSketch, cap: number): NumberSketch {
  const dropped = Math.max(a.dropped, b.dropped);
  const together = new Map<bigint, number>();
  for (const side of [coarsen(a, dropped), coarsen(b, dropped)]) {
    side.keys.forEach((key, index) => {
      together.set(key, (together.get(key) ?? 0) + (side.counts[index] ?? 0));
    });
  }
  const keys = [...together.keys()].sort((x, y) => (x < y ? -1 : 1));
  return shrink({ dropped, keys, counts: keys.map((key) => together.get(key) ?? 0) }, cap);
}

/** Both as value counts over the same cells. The greatest distance of the distribution functions is never overstated by that. */
export function alignNumbers(a: NumberSketch, b: NumberSketch): readonly [NumberCounts, NumberCounts] {
  const dropped = Math.max(a.dropped, b.dropped);
  return [toCounts(coarsen(a, dropped)), toCounts(coarsen(b, dropped))];
}

/** Each cell at its lower end. */
export function toCounts({ dropped, keys, counts }: NumberSketch): NumberCounts {
  return numberCounts(keys.map((key, index) => [fromOrdered(key << BigInt(dropped)), counts[index] ?? 0]));
}

/** The share of the fullest cell, which is how much KS may be understated; 0 where the counts are exact. */
export function coarseness({ dropped, counts }: NumberSketch): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return dropped === 0 || total === 0 ? 0 : Math.max(...counts) / total;
}

/** In words for a report, how much drift of such columns may be understated; null where both are exact. */
export function coarsenessWords(column: string, a: NumberSketch, b: NumberSketch): string | null {
  const off = Math.max(coarseness(a), coarseness(b));
  if (off === 0) return null;
  return `drift of ${column}: compared in cells, which may understate it by ${(off * 100).toPrecision(2)} points of share`;
}

/** Drops further bits until `dropped` are. */
export function coarsen(sketch: NumberSketch, dropped: number): NumberSketch {
  const more = BigInt(dropped - sketch.dropped);
  if (more <= 0n) return sketch;
  const keys: bigint[] = [];
  const counts: number[] = [];
  sketch.keys.forEach((key, index) => {
    const cell = key >> more;
    const count = sketch.counts[index] ?? 0;
    if (keys.length > 0 && keys[keys.length - 1] === cell) {
      counts[counts.length - 1] = (counts[counts.length - 1] ?? 0) + count;
    } else {
      keys.push(cell);
      counts.push(count);
    }
  });
  return { dropped, keys, counts };
}

/** How many more low bits to drop so that at most `cap` different keys remain. `keys` strictly ascending. */
export function bitsToDrop(keys: readonly bigint[], cap: number): number {
  // Two neighbours are told apart until their highest differing bit is dropped.
  const apart = new Array<number>(65).fill(0);
  for (let index = 1; index < keys.length; index += 1) {
    const length = bitLength(BigInt.asUintN(64, (keys[index] ?? 0n) ^ (keys[index - 1] ?? 0n)));
    apart[length] = (apart[length] ?? 0) + 1;
  }
  let left = keys.length;
  let dropped = 0;
  while (left > Math.max(2, cap) && dropped < 63) {
    dropped += 1;
    left -= apart[dropped] ?? 0;
  }
  return dropped;
}

function shrink(sketch: NumberSketch, cap: number): NumberSketch {
  if (sketch.keys.length <= Math.max(2, cap)) return sketch;
  return coarsen(sketch, sketch.dropped + bitsToDrop(sketch.keys, cap));
}

function bitLength(value: bigint): number {
  const high = Number(value >> 32n);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(Number(value & 0xffff_ffffn));
}
