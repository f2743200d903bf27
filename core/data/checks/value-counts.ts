import { type TableColumn, textOf } from './table.ts';

/** Every distinct value of a column as text, with the rows that hold it. Null is the null value. */
export interface ValueCounts {
  readonly column: TableColumn;
  readonly nulls: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Columns counted in one scan. More would make each row of the scan feed more hash tables than fit into a cache. */
export const COUNTED_TOGETHER = 16;

/**
 * One scan that counts the values of several columns: `(which column, value as text, rows)`. Each grouping set groups by
 * one column, so in each row of the result all other columns are null and COALESCE picks the one that counts.
 */
export function countsQuery(relation: string, columns: readonly TableColumn[]): string {
  const names = columns.map(({ sql }) => sql);
  if (names.length === 1) {
    const [only] = columns;
    return `SELECT 0, ${only === undefined ? 'NULL' : textOf(only)}, count(*) FROM ${relation} GROUP BY ${names[0] ?? ''}`;
  }
  const which = `CASE ${names.map((name, index) => `WHEN grouping(${name}) = 0 THEN ${index}`).join(' ')} END`;
  const value = `coalesce(${columns.map(textOf).join(', ')})`;
  const sets = names.map((name) => `(${name})`).join(', ');
  return `SELECT ${which}, ${value}, count(*) FROM ${relation} GROUP BY GROUPING SETS (${sets})`;
}

/** @param rows the result of `countsQuery` for the same columns */
export function readCounts(
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | number | boolean | null)[])[],
): ValueCounts[] {
  const nulls = columns.map(() => 0);
  const counts = columns.map(() => new Map<string, number>());
  for (const [which, value, count] of rows) {
    const index = Number(which);
    const into = counts[index];
    if (into === undefined) continue;
    if (value === null || value === undefined) nulls[index] = (nulls[index] ?? 0) + Number(count);
    // Two values that differ can be written alike (0.0 and -0.0 in some types), so counts add up.
    else into.set(String(value), (into.get(String(value)) ?? 0) + Number(count));
  }
  return columns.map((column, index) => ({ column, nulls: nulls[index] ?? 0, counts: counts[index] ?? new Map() }));
}
