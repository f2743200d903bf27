import { type DriftColumn, MOST_CATEGORIES } from '../drift/drift.ts';
import { type DriftWish, isStructured, type NotTested } from '../drift/drift-wish.ts';
import type { NotCompared } from '../report/base.ts';
import type { ColumnType } from '../report/profile.ts';
import { readEntries } from './category-column.ts';
import { alignCategories, distinctOf } from './category-sketch.ts';
import { readCells } from './number-column.ts';
import { alignNumbers, coarsenessWords } from './number-sketch.ts';
import type { DataProfile, ProfileColumn } from './profile.ts';

export interface ComparedProfiles {
  /** For `compareDrift`; columns that only one side has are a matter of the schema. */
  readonly columns: readonly DriftColumn[];
  readonly notCompared: readonly NotCompared[];
  /** In words, for the report. */
  readonly approximate: readonly string[];
}

/** Puts two profiles side by side, over the same cells and categories. */
export function compareProfiles(
  head: DataProfile,
  base: DataProfile,
  wish: (column: string, type: ColumnType) => DriftWish | NotTested,
): ComparedProfiles {
  const before = new Map(base.columns.map((column) => [column.name, column]));
  const approximate: string[] = [];
  const columns: DriftColumn[] = [];
  const notCompared: NotCompared[] = [];
  for (const column of head.columns) {
    const other = before.get(column.name);
    if (other === undefined) continue;
    const wanted = wish(column.name, column.type);
    const found = 'code' in wanted ? wanted : sides(column, other, approximate);
    if ('code' in found) notCompared.push({ what: 'drift', column: column.name, ...found });
    else if (!('code' in wanted)) columns.push({ column: column.name, ...wanted, ...found });
  }
  return { columns, notCompared, approximate };
}

type Sides = Pick<DriftColumn, 'head' | 'base'>;

function sides(a: ProfileColumn, b: ProfileColumn, approximate: string[]): Sides | NotTested {
  if (a.kind === 'withheld' || b.kind === 'withheld')
    return { code: 'personal', reason: 'it holds personal data, of which a profile keeps no value' };
  if (a.kind === 'numbers' && b.kind === 'numbers') {
    const [left, right] = [readCells(a), readCells(b)];
    const coarse = coarsenessWords(a.name, left, right);
    if (coarse !== null) approximate.push(coarse);
    const [head, base] = alignNumbers(left, right);
    return {
      head: { kind: 'numbers', counts: head, nulls: a.nulls },
      base: { kind: 'numbers', counts: base, nulls: b.nulls },
    };
  }
  if (a.kind === 'categories' && b.kind === 'categories' && !isStructured(b.type)) {
    const [left, right] = [readEntries(a), readEntries(b)];
    if (Math.max(distinctOf(left), distinctOf(right)) > MOST_CATEGORIES) {
      const reason = `it has more than ${MOST_CATEGORIES} different values that are no numbers`;
      return { code: 'too_many_categories', reason };
    }
    if (!left.complete || !right.complete)
      approximate.push(`drift of ${a.name}: compared over a sample of its categories`);
    const [head, base] = alignCategories({ sketch: left, nulls: a.nulls }, { sketch: right, nulls: b.nulls });
    return { head, base };
  }
  return { code: 'type_changed', reason: `it is ${a.type} in the head and ${b.type} in the base` };
}
