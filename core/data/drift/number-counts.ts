/**
 * How often each number occurs: `values` strictly ascending, `counts` positive whole numbers beside them, `total` their
 * sum. NaN and null are not among them. Typed arrays: a column may have a million distinct values.
 */
export interface NumberCounts {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  readonly total: number;
}

/** Counts given in any order, the same value also more than once; NaN and counts of zero are left out. */
export function numberCounts(pairs: Iterable<readonly [value: number, count: number]>): NumberCounts {
  const sorted = [...pairs].filter(([value, count]) => !Number.isNaN(value) && count > 0);
  sorted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const values = new Float64Array(sorted.length);
  const counts = new Float64Array(sorted.length);
  let [length, total] = [0, 0];
  for (const [value, count] of sorted) {
    // −0 and 0 are one value.
    if (length > 0 && values[length - 1] === value) counts[length - 1] = (counts[length - 1] ?? 0) + count;
    else {
      values[length] = value;
      counts[length] = count;
      length += 1;
    }
    total += count;
  }
  return { values: values.subarray(0, length), counts: counts.subarray(0, length), total };
}

/** Counts of single values. */
export function countNumbers(values: Iterable<number>): NumberCounts {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return numberCounts(counts);
}

/**
 * Calls `visit` once for each value of either side in ascending order, with how many values of each side are less or
 * equal to it, and the next greater value (NaN after the last).
 */
export function walkBoth(
  a: NumberCounts,
  b: NumberCounts,
  visit: (cumulativeA: number, cumulativeB: number, value: number, next: number) => void,
): void {
  let [i, j, seenA, seenB] = [0, 0, 0, 0];
  while (i < a.values.length || j < b.values.length) {
    const value = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity);
    if (i < a.values.length && a.values[i] === value) {
      seenA += a.counts[i] ?? 0;
      i += 1;
    }
    if (j < b.values.length && b.values[j] === value) {
      seenB += b.counts[j] ?? 0;
      j += 1;
    }
    const ended = i >= a.values.length && j >= b.values.length;
    visit(seenA, seenB, value, ended ? Number.NaN : Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity));
  }
}
