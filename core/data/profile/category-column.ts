import type { ColumnType } from '../report/profile.ts';
import { type CategorySketch, mergeCategories, sketchCategories } from './category-sketch.ts';
import { type CategoriesColumn, ProfileError } from './profile.ts';

export interface CategoriesInput {
  readonly name: string;
  readonly type: ColumnType;
  readonly nulls: number;
  /** Each value once. */
  readonly pairs: Iterable<readonly [value: string, count: number]>;
}

export function categoriesColumn(input: CategoriesInput, cap: number): CategoriesColumn {
  const { name, type, nulls, pairs } = input;
  return toColumn({ name, type, nulls }, sketchCategories(pairs, cap));
}

/**
 * A column whose categories were counted where the data is, as far as their hashes go.
 * @param pairs all categories whose hash is at most some limit; at least `cap` of them
 */
export function sampledCategoriesColumn(input: CategoriesInput, total: number, cap: number): CategoriesColumn {
  const { name, type, nulls, pairs } = input;
  return toColumn({ name, type, nulls }, { ...sketchCategories(pairs, cap), complete: false, total });
}

export function mergeCategoriesColumn(a: CategoriesColumn, b: CategoriesColumn, cap: number): CategoriesColumn {
  const { name, type } = a;
  return toColumn({ name, type, nulls: a.nulls + b.nulls }, mergeCategories(readEntries(a), readEntries(b), cap));
}

/** @throws ProfileError where the entries are out of order or count more rows than there are */
export function readEntries(column: CategoriesColumn): CategorySketch {
  const entries = column.entries.map(([hash, text, count]) => ({ hash, text, count }));
  const total = entries.reduce((sum, { count }) => sum + count, 0);
  const ordered = entries.every(({ hash }, index) => index === 0 || (entries[index - 1]?.hash ?? '') < hash);
  const fits = column.complete ? total === column.total : total <= column.total;
  if (ordered && fits) return { complete: column.complete, entries, total: column.total };
  const what = ordered ? 'its counts do not add up' : 'categories out of order';
  throw new ProfileError('not_a_profile', `the profile of column ${JSON.stringify(column.name)} is damaged: ${what}`);
}

function toColumn(
  head: Pick<CategoriesColumn, 'name' | 'type' | 'nulls'>,
  { complete, entries, total }: CategorySketch,
): CategoriesColumn {
  const kept = entries.map(({ hash, text, count }): [string, string, number] => [hash, text, count]);
  return { kind: 'categories', ...head, complete, total, entries: kept };
}
