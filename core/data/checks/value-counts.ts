import { CountedValues } from './counted-values.ts';
import { type TableColumn, textOf } from './table.ts';

/** Every distinct value of a column as text, with the rows that hold it. Null is the null value. */
export interface ValueCounts {
  readonly column: TableColumn;
  readonly nulls: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Values in one row of the result; handed over one by one they would cost three times the scan. */
const PACKED = 4096;
/** Of values longer than this, in characters, fewer are packed together, so that no text grows without bounds. */
const LONG = 256;
const PACKED_LONG = 16;

/**
 * Counts the values of a column: rows of `(JSON of some values as text, JSON of the rows that hold each)`. A table keeps
 * each column by itself, so columns counted one after the other cost less than GROUPING SETS over them all.
 * @param most values, beyond which the rest is left out
 */
export function countsQuery(relation: string, column: TableColumn, most: number): string {
  const counted = `SELECT ${textOf(column)} AS v, count(*) AS n FROM ${relation} GROUP BY ${column.sql} LIMIT ${most + 1}`;
  const long = `-1 - row_number() OVER () // ${PACKED_LONG}`;
  const pack = `CASE WHEN length(v) > ${LONG} THEN ${long} ELSE row_number() OVER () // ${PACKED} END`;
  const packed = `SELECT v, n, ${pack} AS p FROM (${counted})`;
  return `SELECT to_json(list(v))::VARCHAR, to_json(list(n))::VARCHAR FROM (${packed}) GROUP BY p`;
}

/**
 * Null where the column has more than `most` values.
 * @param rows the result of `countsQuery` for the same column and the same bound, read. What comes from the process that
 * reads hostile data is looked at like any input; by hand, for it is much.
 * @throws TypeError for what is no such result
 */
export function readCounts(
  column: TableColumn,
  rows: readonly (readonly unknown[])[],
  most: number,
): ValueCounts | null {
  const [found, held]: [string[], number[]] = [[], []];
  let nulls = 0;
  let total = 0;
  for (const [values, numbers] of rows) {
    if (!Array.isArray(values) || !Array.isArray(numbers) || values.length !== numbers.length)
      throw new TypeError('expected as many counts as values');
    total += values.length;
    for (let at = 0; at < values.length; at += 1) {
      const value: unknown = values[at];
      const count: unknown = numbers[at];
      if (typeof count !== 'number') throw new TypeError('expected a count of rows');
      if (value === null) nulls += count;
      else if (typeof value !== 'string') throw new TypeError('expected a value as text');
      else {
        found.push(value);
        held.push(count);
      }
    }
  }
  if (total > most) return null;
  // Two values that differ can be written alike: 0.0 and -0.0 in some types.
  const differ = readsInLists(column) && !FRACTION.test(column.type);
  return { column, nulls, counts: differ ? new CountedValues(found, held) : addedUp(found, held) };
}

function addedUp(values: readonly string[], rows: readonly number[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [at, value] of values.entries()) counts.set(value, (counts.get(value) ?? 0) + (rows[at] ?? 0));
  return counts;
}

/** Types of which two values are equal just where they are written alike; numbers with a fraction are made so. */
const WRITTEN_ALIKE =
  /^(VARCHAR|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIMESTAMP(_S|_MS|_NS)?|UUID)$/;

const FRACTION = /^(FLOAT|DOUBLE)$/;

/** Whether `valuesQuery` can ask for a column. */
export function readsInLists({ type }: TableColumn): boolean {
  return WRITTEN_ALIKE.test(type);
}

/** All values of some columns, one row with a JSON list for each: of few rows, which cost less than a query for each column. */
export function valuesQuery(relation: string, columns: readonly TableColumn[]): string {
  const lists = columns.map((column) => {
    // Both zeros are one value, and written in two ways.
    const text = FRACTION.test(column.type) ? `CAST(${column.sql} + 0 AS VARCHAR)` : textOf(column);
    return `to_json(coalesce(list(${text}), []))::VARCHAR`;
  });
  return `SELECT ${lists.join(', ')} FROM ${relation}`;
}

/** @param rows the result of `valuesQuery` for the same columns, read. @throws TypeError for what is no such result */
export function readLists(
  columns: readonly TableColumn[],
  rows: readonly (readonly unknown[])[],
): readonly ValueCounts[] {
  return columns.map((column, at) => {
    const values: unknown = rows[0]?.[at];
    if (!Array.isArray(values)) throw new TypeError('expected a list of values');
    const counts = new Map<string, number>();
    let nulls = 0;
    for (const value of values) {
      if (value === null) nulls += 1;
      else if (typeof value !== 'string') throw new TypeError('expected a value as text');
      else counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return { column, nulls, counts };
  });
}
