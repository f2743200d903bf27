import { groupsOf } from '../../groups.ts';

/** Columns of one part: enough that a part is worth its start, few enough that there is one for each processor. */
const PART = 16;

/** Columns in the parts that are asked for side by side, in their order. */
export function partsOf<T>(columns: readonly T[]): readonly (readonly T[])[] {
  return groupsOf(columns, PART);
}

/**
 * One query that gives the one row of each of several, one beside the other. DuckDB divides work by pieces of 122,880
 * rows: all columns of fewer rows it would look at on one processor, and these queries on as many as there are.
 * @param selects one or more, each of which gives one row
 */
export function sideBySide(selects: readonly string[]): string {
  const [first = ''] = selects;
  return selects.length < 2 ? first : `SELECT * FROM ${selects.map((select) => `(${select})`).join(', ')}`;
}
