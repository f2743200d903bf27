import type { DriftColumn, DriftTestName } from '../drift/drift.ts';
import { readEntries } from './category-column.ts';
import { alignCategories } from './category-sketch.ts';
import { readCells } from './number-column.ts';
import { alignNumbers, coarseness } from './number-sketch.ts';
import type { DataProfile, ProfileColumn } from './profile.ts';

/** What the contract asks of a column's drift; null asks for the defaults. */
export interface DriftWish {
  readonly test: DriftTestName | null;
  readonly smallestEffect: number | null;
}

export interface ComparedProfiles {
  /** For `compareDrift`; columns that only one side has are a matter of the schema. */
  readonly columns: readonly DriftColumn[];
  /** In words, for the report. */
  readonly approximate: readonly string[];
}

/** Puts two profiles side by side, over the same cells and categories. */
export function compareProfiles(
  head: DataProfile,
  base: DataProfile,
  wish: (column: string) => DriftWish,
): ComparedProfiles {
  const before = new Map(base.columns.map((column) => [column.name, column]));
  const approximate: string[] = [];
  const columns = head.columns.flatMap((column): DriftColumn[] => {
    const other = before.get(column.name);
    if (other === undefined) return [];
    return [{ column: column.name, ...sides(column, other, approximate), ...wish(column.name) }];
  });
  return { columns, approximate };
}

function sides(a: ProfileColumn, b: ProfileColumn, approximate: string[]): Pick<DriftColumn, 'head' | 'base'> {
  if (a.kind === 'numbers' && b.kind === 'numbers') {
    const [left, right] = [readCells(a), readCells(b)];
    const off = Math.max(coarseness(left), coarseness(right));
    if (off > 0) {
      const points = (off * 100).toPrecision(2);
      approximate.push(`drift of ${a.name}: compared in cells, which may understate it by ${points} points of share`);
    }
    const [head, base] = alignNumbers(left, right);
    return {
      head: { kind: 'numbers', counts: head, nulls: a.nulls },
      base: { kind: 'numbers', counts: base, nulls: b.nulls },
    };
  }
  if (a.kind === 'categories' && b.kind === 'categories') {
    const [left, right] = [readEntries(a), readEntries(b)];
    if (!left.complete || !right.complete) {
      approximate.push(`drift of ${a.name}: compared over a sample of its categories`);
    }
    const [head, base] = alignCategories({ sketch: left, nulls: a.nulls }, { sketch: right, nulls: b.nulls });
    return { head, base };
  }
  return { head: alone(a), base: alone(b) };
}

/** Two kinds are not compared, but each is said to be what it is. */
function alone(column: ProfileColumn): DriftColumn['head'] {
  switch (column.kind) {
    case 'numbers': {
      const cells = readCells(column);
      return { kind: 'numbers', counts: alignNumbers(cells, cells)[0], nulls: column.nulls };
    }
    case 'categories': {
      const side = { sketch: readEntries(column), nulls: column.nulls };
      return alignCategories(side, side)[0];
    }
  }
}
