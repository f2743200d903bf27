import type { ColumnProfile } from '../report/profile.ts';
import { missingMarker } from './missing.ts';

/** Fewer rows say nothing about uniqueness. */
export const ENOUGH_ROWS = 20;
const KEY_TYPES: readonly ColumnProfile['type'][] = ['integer', 'string', 'date', 'timestamp'];
const KEY_NAME = /(?:^|[_\s-])(?:id|key|uuid|guid|code|no|number|hash)$|Id$/i;

/** Whether every value occurs once, counted exactly, in a column of which that may be meant. */
export function isUnique({ type, rows, nulls, distinct }: ColumnProfile): boolean {
  return (
    distinct !== null && rows >= ENOUGH_ROWS && distinct === rows - nulls && nulls < rows && KEY_TYPES.includes(type)
  );
}

/**
 * Whether a unique column is meant to be: by its name, as text, or as a count of rows. Other integers, such as amounts, are
 * unique by chance where there are few rows.
 */
export function isIdentifier(column: ColumnProfile): boolean {
  if (!isUnique(column)) return false;
  const { name, type, min, max, rows } = column;
  if (KEY_NAME.test(name) || type === 'string') return true;
  return type === 'integer' && Number(max) - Number(min) < 2 * rows;
}

/** The one column that identifies rows: unique, never null, preferably named like a key, else the first column or identifier. */
export function primaryKeyOf(columns: readonly ColumnProfile[]): string | null {
  // What may be missing identifies nothing, even where it is missing but once.
  const unique = columns.filter((column) => isUnique(column) && column.nulls === 0 && missingMarker(column) === null);
  const named = unique.find(({ name }) => KEY_NAME.test(name));
  // A unique timestamp or measure is a coincidence more often than a key, but not where tables have their keys.
  const first = unique.find((column) => column === columns[0] || isIdentifier(column));
  return named?.name ?? first?.name ?? null;
}

/** Sets of two or three columns that may be a key together, likeliest first: for an engine to try. Empty where one column is. */
export function candidateKeys(columns: readonly ColumnProfile[], most = 12): readonly (readonly string[])[] {
  if (primaryKeyOf(columns) !== null) return [];
  const usable = columns
    .filter(
      ({ nulls, rows, type, distinct, pii }) =>
        pii === null && nulls === 0 && rows >= ENOUGH_ROWS && KEY_TYPES.includes(type) && (distinct ?? 0) > 1,
    )
    .filter((column) => missingMarker(column) === null)
    .sort((a, b) => (b.distinct ?? 0) - (a.distinct ?? 0))
    .slice(0, 8);
  const sets: (readonly ColumnProfile[])[] = [];
  usable.forEach((first, i) => {
    usable.slice(i + 1).forEach((second, j) => {
      sets.push([first, second]);
      for (const third of usable.slice(i + j + 2)) sets.push([first, second, third]);
    });
  });
  return sets
    .filter((set) => product(set) >= (set[0]?.rows ?? 0))
    .sort((a, b) => a.length - b.length || score(b) - score(a))
    .slice(0, most)
    .map((set) => columns.filter((column) => set.includes(column)).map(({ name }) => name));
}

/** Fewer combinations than rows can't be unique. */
function product(set: readonly ColumnProfile[]): number {
  return set.reduce((all, { distinct }) => all * (distinct ?? 0), 1);
}

/** The fewer combinations, the less it is chance that each occurs once. */
function score(set: readonly ColumnProfile[]): number {
  return set.filter(({ name }) => KEY_NAME.test(name)).length - Math.log10(product(set)) / 100;
}
