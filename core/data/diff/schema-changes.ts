import type { ContractColumn, DataContract } from '../contract-model.ts';
import type { SchemaChange } from '../report/base.ts';
import { constraintChanges } from './constraint-changes.ts';

/** A column as it was found, whatever the contract says. */
export interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly nulls: number;
}

/**
 * What a model that reads the base's data, by column name, finds otherwise in the head's. A change is compatible if all
 * that the model could rely on still holds: fewer nulls, a narrower range, a new column.
 */
export function contractChanges(base: DataContract, head: DataContract): readonly SchemaChange[] {
  const describe = (column: ContractColumn): Described => ({ name: column.name, type: column.logicalType });
  const changes = columnChanges(base.columns.map(describe), head.columns.map(describe));
  const before = new Map(base.columns.map((column) => [column.name, column]));
  for (const column of head.columns) {
    const other = before.get(column.name);
    if (other !== undefined) changes.push(...constraintChanges(other, column));
  }
  return changes.slice(0, 5000);
}

/** The same of two datasets as they are. */
export function foundChanges(base: readonly FoundColumn[], head: readonly FoundColumn[]): readonly SchemaChange[] {
  const changes = columnChanges(base, head);
  const before = new Map(base.map((column) => [column.name, column]));
  for (const { name, nulls } of head) {
    const other = before.get(name);
    if (other === undefined || other.nulls > 0 || nulls === 0) continue;
    changes.push(change('nulls_appeared', name, false, `column ${quoted(name)} has ${nulls} nulls; the base has none`));
  }
  return changes.slice(0, 5000);
}

interface Described {
  readonly name: string;
  /** Null where none is stated. */
  readonly type: string | null;
}

function columnChanges(base: readonly Described[], head: readonly Described[]): SchemaChange[] {
  const [before, after] = [new Map(base.map((c) => [c.name, c])), new Map(head.map((c) => [c.name, c]))];
  const changes: SchemaChange[] = [];
  base.forEach((column, index) => {
    if (after.has(column.name)) return;
    const there = head[index];
    const renamed = there !== undefined && !before.has(there.name) && there.type === column.type;
    const hint = renamed ? `; ${quoted(there.name)} stands in its place: was it renamed?` : '';
    changes.push(change('column_removed', column.name, false, `column ${quoted(column.name)} is gone${hint}`));
  });
  for (const column of head) {
    const other = before.get(column.name);
    if (other === undefined) {
      changes.push(change('column_added', column.name, true, `column ${quoted(column.name)} is new`));
    } else if (other.type !== column.type) {
      changes.push(typeChange(column.name, other.type, column.type));
    }
  }
  const kept = head.filter(({ name }) => before.has(name)).map(({ name }) => name);
  const order = base.filter(({ name }) => after.has(name)).map(({ name }) => name);
  const moved = kept.findIndex((name, index) => name !== order[index]);
  if (moved !== -1) {
    const name = kept[moved] ?? '';
    const message = `the order of columns changes from ${quoted(name)} on: who reads by position reads another column`;
    changes.push(change('order_changed', name, true, message));
  }
  return changes;
}

function typeChange(name: string, from: string | null, to: string | null): SchemaChange {
  // Each value of the narrower type is one of the wider, so a reader of the wider one notices nothing.
  const narrower = from === null || (from === 'number' && to === 'integer') || (from === 'timestamp' && to === 'date');
  const message = `the type of column ${quoted(name)} changes from ${from ?? 'none'} to ${to ?? 'none'}`;
  return change('type_changed', name, narrower, message);
}

function change(kind: string, column: string, compatible: boolean, message: string): SchemaChange {
  return { kind, column: column.slice(0, 256), compatible, message: message.slice(0, 1000).toWellFormed() };
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 256));
}
