import type { SqlScalar } from './result-row.ts';
import { type TableColumn, textOf } from './table.ts';

/** Every distinct value of a column as text, with the rows that hold it. Null is the null value. */
export interface ValueCounts {
  readonly column: TableColumn;
  readonly nulls: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Columns counted in one scan. More would make each row of the scan feed more hash tables than fit into a cache. */
export const COUNTED_TOGETHER = 16;

/** Values in one row of the result; handed over one by one they would cost three times the scan. */
const PACKED = 4096;
/** Of values longer than this, in characters, fewer are packed together, so that no text grows without bounds. */
const LONG = 256;
const PACKED_LONG = 16;

/**
 * One scan that counts the values of several columns: rows of `(which column, JSON of [{v: value as text, n: rows}, …])`.
 * Each grouping set groups by one column, so in each row of it all other columns are null and COALESCE picks the one that
 * counts.
 * @param most values of all columns together, beyond which the rest is left out
 */
export function countsQuery(relation: string, columns: readonly TableColumn[], most: number): string {
  const long = `-1 - row_number() OVER () // ${PACKED_LONG}`;
  const pack = `CASE WHEN length(v) > ${LONG} THEN ${long} ELSE row_number() OVER () // ${PACKED} END`;
  const some = `SELECT w, v, n, ${pack} AS p FROM (SELECT * FROM (${counting(relation, columns)}) LIMIT ${most + 1})`;
  return `SELECT w, to_json(list({v: v, n: n}))::VARCHAR FROM (${some}) GROUP BY w, p`;
}

function counting(relation: string, columns: readonly TableColumn[]): string {
  const names = columns.map(({ sql }) => sql);
  const [only] = columns;
  if (only !== undefined && columns.length === 1)
    return `SELECT 0 AS w, ${textOf(only)} AS v, count(*) AS n FROM ${relation} GROUP BY ${only.sql}`;
  const which = `CASE ${names.map((name, index) => `WHEN grouping(${name}) = 0 THEN ${index}`).join(' ')} END`;
  const value = `coalesce(${columns.map(textOf).join(', ')})`;
  const sets = names.map((name) => `(${name})`).join(', ');
  return `SELECT ${which} AS w, ${value} AS v, count(*) AS n FROM ${relation} GROUP BY GROUPING SETS (${sets})`;
}

/**
 * Null where the columns have more than `most` values together.
 * @param rows the result of `countsQuery` for the same columns and the same bound
 */
export function readCounts(
  columns: readonly TableColumn[],
  rows: readonly (readonly SqlScalar[])[],
  most: number,
): readonly ValueCounts[] | null {
  const nulls = columns.map(() => 0);
  const counts = columns.map(() => new Map<string, number>());
  let values = 0;
  for (const [which, packed] of rows) {
    const index = Number(which);
    const into = counts[index];
    for (const { v, n } of unpack(packed)) {
      values += 1;
      if (v === null) nulls[index] = (nulls[index] ?? 0) + n;
      // Two values that differ can be written alike (0.0 and -0.0 in some types), so counts add up.
      else into?.set(v, (into.get(v) ?? 0) + n);
    }
  }
  if (values > most) return null;
  return columns.map((column, index) => ({ column, nulls: nulls[index] ?? 0, counts: counts[index] ?? new Map() }));
}

interface Counted {
  readonly v: string | null;
  readonly n: number;
}

/** What comes from the process that reads hostile data is looked at like any input; by hand, for it is much. */
function unpack(packed: SqlScalar | undefined): readonly Counted[] {
  const list: unknown = JSON.parse(String(packed));
  if (Array.isArray(list) && list.every(isCounted)) return list;
  throw new TypeError('expected counted values as JSON');
}

function isCounted(one: unknown): one is Counted {
  if (typeof one !== 'object' || one === null || !('v' in one) || !('n' in one)) return false;
  return (one.v === null || typeof one.v === 'string') && typeof one.n === 'number';
}
