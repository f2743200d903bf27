import { createHash } from 'node:crypto';
import type { ColumnSample } from '../drift/sample.ts';

/** In UTF-16 code units, of what is shown of a category. */
export const SHOWN = 32;

export interface CategoryEntry {
  /** The first 13 hex digits of the SHA-256 of the whole value. */
  readonly hash: string;
  /** The value, cut; for people. */
  readonly text: string;
  readonly count: number;
}

/**
 * Category counts that stay small: of more than `cap` categories those with the least hashes are kept, with exact
 * counts. As each kept one is also kept in every part of the data that has it, merging is exact; and what is kept is
 * a fair sample of the categories, from which their number follows (Bar-Yossef et al. 2002).
 */
export interface CategorySketch {
  /** All categories are here. */
  readonly complete: boolean;
  /** By hash, ascending. */
  readonly entries: readonly CategoryEntry[];
  /** Rows of all categories, also of those that are not kept. */
  readonly total: number;
}

export function hashCategory(value: string): string {
  return createHash('sha256').update(value, 'utf8').digest('hex').slice(0, 13);
}

/** How many categories there are: exact where all are here, else by the share of the hashes that those kept take up. */
export function distinctOf({ complete, entries }: CategorySketch): number {
  const last = entries.at(-1)?.hash;
  if (complete || last === undefined) return entries.length;
  return Math.round((entries.length - 1) / (Number.parseInt(last, 16) / 2 ** 52));
}

export function sketchCategories(
  counts: Iterable<readonly [value: string, count: number]>,
  cap: number,
): CategorySketch {
  const entries = [...counts].map(([value, count]) => ({ hash: hashCategory(value), text: shown(value), count }));
  return keep(entries, true, cap);
}

/** The sketch of both sides' rows together; both must have been made with this cap. */
export function mergeCategories(a: CategorySketch, b: CategorySketch, cap: number): CategorySketch {
  const kept = keep([...a.entries, ...b.entries], a.complete && b.complete, cap);
  return { ...kept, total: a.total + b.total };
}

type Categories = Extract<ColumnSample, { kind: 'categories' }>;

/** Both sides over the categories that both know of; the rest of each is in `others`. */
export function alignCategories(
  a: { readonly sketch: CategorySketch; readonly nulls: number },
  b: { readonly sketch: CategorySketch; readonly nulls: number },
): readonly [Categories, Categories] {
  const limit = [a.sketch, b.sketch].reduce((least, side) => {
    const last = side.complete ? least : (side.entries.at(-1)?.hash ?? '');
    return last < least ? last : least;
  }, 'g');
  const names = new Map<string, string>();
  return [sampleOf(a, limit, names), sampleOf(b, limit, names)];
}

function sampleOf(
  { sketch, nulls }: { readonly sketch: CategorySketch; readonly nulls: number },
  limit: string,
  names: Map<string, string>,
): Categories {
  const counts = new Map<string, number>();
  let others = sketch.total;
  for (const { hash, text, count } of sketch.entries) {
    if (hash > limit) break;
    // Two long values may look alike once they are cut.
    const taken = names.get(text);
    const name = taken === undefined || taken === hash ? text : `${text} (${hash})`;
    if (taken === undefined) names.set(text, hash);
    counts.set(name, (counts.get(name) ?? 0) + count);
    others -= count;
  }
  return { kind: 'categories', counts, nulls, others };
}

function keep(entries: readonly CategoryEntry[], complete: boolean, cap: number): CategorySketch {
  const byHash = new Map<string, CategoryEntry>();
  let total = 0;
  for (const entry of entries) {
    const before = byHash.get(entry.hash);
    // Of two that look different by a chance of hashes the lesser text is shown, whatever the order.
    const text = before === undefined || entry.text < before.text ? entry.text : before.text;
    byHash.set(entry.hash, { hash: entry.hash, text, count: entry.count + (before?.count ?? 0) });
    total += entry.count;
  }
  const sorted = [...byHash.values()].sort((x, y) => (x.hash < y.hash ? -1 : 1));
  return { complete: complete && sorted.length <= cap, entries: sorted.slice(0, cap), total };
}

function shown(value: string): string {
  return value.length <= SHOWN ? value.toWellFormed() : `${value.slice(0, SHOWN - 1).toWellFormed()}…`;
}
