import { type NumberCounts, walkBoth } from './number-counts.ts';
import { criticalValue, kolmogorovTail } from './special-functions.ts';

/**
 * Up to this product of the sample sizes the p-value is exact: the lattice paths take that many steps. Above, the limit
 * distribution's p-values are the larger ones wherever they matter: by 4 % at 150 and 300 values, p = 0.02.
 */
const EXACT_UP_TO = 40_000;

/** The largest distance of the two empirical distribution functions, from 0 to 1; 0 where a side is empty. */
export function ksStatistic(a: NumberCounts, b: NumberCounts): number {
  if (a.total === 0 || b.total === 0) return 0;
  let largest = 0;
  walkBoth(a, b, (seenA, seenB) => {
    largest = Math.max(largest, Math.abs(seenA / a.total - seenB / b.total));
  });
  return largest;
}

export interface KsTest {
  readonly statistic: number;
  /** Probability of at least this distance when both sides are drawn from one distribution. */
  readonly pValue: number;
  /** The least distance with a p-value of at most `level`; above 1 where no distance is significant at these sizes. */
  readonly cutoffAt: (level: number) => number;
}

/**
 * The two-sample Kolmogorov-Smirnov test of value counts, two-sided. For small samples exact given the ties (the
 * recursion of Schröer and Trenkler 1995, in its form for the upper tail, where nothing cancels), otherwise by
 * Kolmogorov's limit distribution, which under ties errs to the safe side: the cut-off is c(level)·√(1/n + 1/m).
 */
export function ksTest(a: NumberCounts, b: NumberCounts): KsTest {
  const [n, m] = [a.total, b.total];
  const statistic = ksStatistic(a, b);
  if (n === 0 || m === 0) return { statistic, pValue: 1, cutoffAt: () => 2 };
  if (n * m <= EXACT_UP_TO) {
    const ends = tieEnds(a, b);
    const tail = (distance: number): number => exactTail(Math.round(distance), n, m, ends);
    return {
      statistic,
      pValue: tail(statistic * n * m),
      cutoffAt: (level) => leastDistance(tail, n * m, level) / (n * m),
    };
  }
  const scale = Math.sqrt((n * m) / (n + m));
  return {
    statistic,
    pValue: kolmogorovTail(scale * statistic),
    cutoffAt: (level) => criticalValue(kolmogorovTail, level) / scale,
  };
}

/** Which positions of the pooled, sorted sample (from 1) end a group of equal values: only there the functions are compared. */
function tieEnds(a: NumberCounts, b: NumberCounts): Uint8Array {
  const ends = new Uint8Array(a.total + b.total + 1);
  walkBoth(a, b, (seenA, seenB) => {
    ends[seenA + seenB] = 1;
  });
  return ends;
}

/** P(distance · n · m ≥ `distance`) over all orders of the pooled sample. */
function exactTail(distance: number, n: number, m: number, ends: Uint8Array): number {
  if (distance <= 0) return 1;
  const reached = (i: number, j: number): boolean => ends[i + j] === 1 && Math.abs(i * m - j * n) >= distance;
  const row = new Float64Array(m + 1);
  for (let j = 1; j <= m; j += 1) row[j] = reached(0, j) ? 1 : (row[j - 1] ?? 0);
  for (let i = 1; i <= n; i += 1) {
    if (reached(i, 0)) row[0] = 1;
    for (let j = 1; j <= m; j += 1) {
      row[j] = reached(i, j) ? 1 : (i * (row[j] ?? 0) + j * (row[j - 1] ?? 0)) / (i + j);
    }
  }
  return row[m] ?? 1;
}

/** The least whole distance with tail ≤ level; `most` + 1 where there is none. */
function leastDistance(tail: (distance: number) => number, most: number, level: number): number {
  let [low, high] = [0, most + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (tail(middle) > level) low = middle;
    else high = middle;
  }
  return high;
}
