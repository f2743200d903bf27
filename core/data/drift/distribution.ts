import type { Distribution } from '../report/base.ts';
import type { CategoryCounts } from './categories.ts';
import type { NumberCounts } from './number-counts.ts';

const BINS = 24;
const CATEGORIES = 30;

/**
 * Both sides over the same bins: equal ones between the 0.5 % and 99.5 % quantiles of both together, and the outermost
 * reach to the extremes, so that one outlier does not squeeze all into a single bar. Null where nothing is finite.
 */
export function binsOf(head: NumberCounts, base: NumberCounts): Distribution | null {
  const low = Math.min(quantile(head, 0.005), quantile(base, 0.005));
  const high = Math.max(quantile(head, 0.995), quantile(base, 0.995));
  const least = Math.min(firstFinite(head), firstFinite(base));
  const most = Math.max(lastFinite(head), lastFinite(base));
  if (!Number.isFinite(least) || !Number.isFinite(most)) return null;
  const step = (high - low) / BINS;
  if (!(step > 0) || !Number.isFinite(step) || low + step === low) {
    return { kind: 'bins', bins: [{ from: least, to: most, head: finiteTotal(head), base: finiteTotal(base) }] };
  }
  const bins = Array.from({ length: BINS }, (_, index) => ({
    from: index === 0 ? least : low + index * step,
    to: index === BINS - 1 ? most : low + (index + 1) * step,
    head: 0,
    base: 0,
  }));
  fill(head, low, step, (index, count) => {
    const bin = bins[index];
    if (bin !== undefined) bin.head += count;
  });
  fill(base, low, step, (index, count) => {
    const bin = bins[index];
    if (bin !== undefined) bin.base += count;
  });
  return { kind: 'bins', bins };
}

/** The most frequent categories of both sides together, most frequent first. */
export function categoriesOf(
  head: CategoryCounts,
  base: CategoryCounts,
  others: { head: number; base: number },
): Distribution {
  const names = [...new Set([...head.keys(), ...base.keys()])];
  const both = (name: string): number => (head.get(name) ?? 0) + (base.get(name) ?? 0);
  const ranked = names.sort((a, b) => both(b) - both(a) || (a < b ? -1 : 1));
  const other = { ...others };
  for (const name of ranked.slice(CATEGORIES)) {
    other.head += head.get(name) ?? 0;
    other.base += base.get(name) ?? 0;
  }
  const categories = ranked.slice(0, CATEGORIES).map((name) => ({
    value: name.slice(0, 1000),
    head: head.get(name) ?? 0,
    base: base.get(name) ?? 0,
  }));
  return { kind: 'categories', categories, other };
}

function fill(side: NumberCounts, low: number, step: number, add: (index: number, count: number) => void): void {
  side.values.forEach((value, at) => {
    if (!Number.isFinite(value)) return;
    // By the edges as they are stated, which rounding may have moved past the quotient.
    let index = Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / step)));
    if (index > 0 && value < low + index * step) index -= 1;
    else if (index < BINS - 1 && value >= low + (index + 1) * step) index += 1;
    add(index, side.counts[at] ?? 0);
  });
}

/** The least value with at least this share of the finite values at or below it; NaN-free, ±Infinity where there is none. */
function quantile(side: NumberCounts, share: number): number {
  const wanted = share * finiteTotal(side);
  let seen = 0;
  for (let index = 0; index < side.values.length; index += 1) {
    const value = side.values[index] ?? 0;
    if (!Number.isFinite(value)) continue;
    seen += side.counts[index] ?? 0;
    if (seen >= wanted) return value;
  }
  return share < 0.5 ? Infinity : -Infinity;
}

function finiteTotal(side: NumberCounts): number {
  let total = 0;
  side.values.forEach((value, index) => {
    if (Number.isFinite(value)) total += side.counts[index] ?? 0;
  });
  return total;
}

function firstFinite(side: NumberCounts): number {
  return side.values.find((value) => Number.isFinite(value)) ?? Infinity;
}

function lastFinite(side: NumberCounts): number {
  return side.values.findLast((value) => Number.isFinite(value)) ?? -Infinity;
}
