import type { SqlScalar } from '../checks/result-row.ts';
import { bitsToDrop, type NumberSketch } from './number-sketch.ts';
import { orderedSql, toOrdered } from './ordered-bits.ts';

const SAMPLED = 20_000;

/**
 * A sample of a column's numbers. The cells of a sample are never more than those of all its rows, so `droppedFor` it
 * bits is safe for all of them, and the query of the cells returns few rows.
 * @param number SQL for the value as DOUBLE, null where there is none
 */
export function sampleQuery(relation: string, number: string): string {
  return `SELECT ${number} FROM ${relation} USING SAMPLE reservoir(${SAMPLED} ROWS) REPEATABLE (1)`;
}

/** Bits to drop for the cells of a column of which these are some values. */
export function droppedFor(sample: readonly number[], cap: number): number {
  const keys = [...new Set(sample.filter((value) => !Number.isNaN(value)).map(toOrdered))];
  return bitsToDrop(
    keys.sort((a, b) => (a < b ? -1 : 1)),
    cap,
  );
}

/** Counts the rows of each cell: `(cell as text, rows)`, NaN and null left out. */
export function cellsQuery(relation: string, number: string, dropped: number): string {
  const cell = orderedSql('x', dropped);
  const rows = `SELECT ${number} AS x FROM ${relation}`;
  return `SELECT CAST(${cell} AS VARCHAR), count(*) FROM (${rows}) WHERE x IS NOT NULL AND NOT isnan(x) GROUP BY 1`;
}

/** @param rows the result of `cellsQuery` with the same `dropped` */
export function readCellRows(rows: readonly (readonly SqlScalar[])[], dropped: number): NumberSketch {
  const cells = rows.map(([key, count]) => ({ key: BigInt(String(key)), count: Number(count) }));
  cells.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { dropped, keys: cells.map(({ key }) => key), counts: cells.map(({ count }) => count) };
}
