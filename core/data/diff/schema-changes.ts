import type { ContractColumn } from '../contract-model.ts';
import type { SchemaChange } from '../report/base.ts';
import type { ColumnType } from '../report/profile.ts';
import { isNarrower, physicalChanges } from './physical-changes.ts';

/** A column as it was found, whatever the contract says. */
export interface FoundColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly nulls: number;
  /** Values that are not null. */
  readonly values: number;
  /** Whether the file itself has types; else the type is what the values look like. */
  readonly typed: boolean;
  /** As DuckDB names the file's type, such as `STRUCT(a BIGINT)`; null where there is none or nobody knows it. */
  readonly physicalType: string | null;
}

type Declared = ReadonlyMap<string, ContractColumn>;

const MOST = 5000;

/**
 * What a model that reads the base's data, by column name, finds otherwise in the head's. Compatible is what it can go on
 * reading: a new column, a narrower type, and what the contract lets a column be (nulls where they are allowed, whole
 * numbers in a column of numbers).
 */
export function schemaChanges(
  base: readonly FoundColumn[],
  head: readonly FoundColumn[],
  declared: Declared,
): readonly SchemaChange[] {
  const before = new Map(base.map((column) => [column.name, column]));
  const changes = [...goneAndNew(base, head, declared)];
  for (const column of head) {
    const other = before.get(column.name);
    if (other !== undefined) changes.push(...within(other, column, declared.get(column.name)));
  }
  return [...changes, ...moved(base, head)].slice(0, MOST);
}

function* goneAndNew(
  base: readonly FoundColumn[],
  head: readonly FoundColumn[],
  declared: Declared,
): Generator<SchemaChange> {
  const [before, after] = [byName(base), byName(head)];
  for (const [index, column] of base.entries()) {
    if (after.has(column.name)) continue;
    const there = head[index];
    const renamed =
      there !== undefined &&
      !before.has(there.name) &&
      typeOf(there, declared.get(there.name)) === typeOf(column, declared.get(column.name));
    const hint = renamed ? `; ${quoted(there.name)} stands in its place: was it renamed?` : '';
    yield change('column_removed', column.name, false, `column ${quoted(column.name)} is gone${hint}`);
  }
  for (const { name } of head) {
    if (!before.has(name)) yield change('column_added', name, true, `column ${quoted(name)} is new`);
  }
}

function within(base: FoundColumn, head: FoundColumn, declared: ContractColumn | undefined): readonly SchemaChange[] {
  const { name, nulls } = head;
  const changes: SchemaChange[] = [];
  const [from, to] = [typeOf(base, declared), typeOf(head, declared)];
  if (from !== to && from !== null && to !== null) {
    const narrower = isNarrower(from, to);
    const allowed = allows(declared, from) && allows(declared, to);
    const message = `the type of column ${quoted(name)} changes from ${from} to ${to}${allowed ? ', and the contract allows both' : ''}`;
    changes.push(change('type_changed', name, narrower || allowed, message));
  }
  if (from === to && from !== null && base.physicalType !== null && head.physicalType !== null)
    for (const { kind, compatible, message } of physicalChanges(name, base.physicalType, head.physicalType))
      changes.push(change(kind, name, compatible, message));
  // Where the contract forbids nulls, its own rule finds them, with its tolerance.
  if (nulls > 0 && base.nulls === 0 && declared?.required !== true) {
    const allowed = declared !== undefined;
    const many = `${nulls.toLocaleString('en-US')} ${nulls === 1 ? 'null' : 'nulls'}`;
    const message = `column ${quoted(name)} has ${many}; the base has none${allowed ? ', and the contract allows them' : ''}`;
    changes.push(change('nulls_appeared', name, allowed, message));
  }
  return changes;
}

/**
 * Text is of the type that the contract states, whatever it happens to look like: a cell that is not is a matter of the
 * rule of types, and may be tolerated. Null where there is no value to tell the type by.
 */
function typeOf({ type, typed, values }: FoundColumn, declared: ContractColumn | undefined): ColumnType | null {
  if (values === 0) return null;
  return typed ? type : (declared?.logicalType ?? type);
}

/** Whether values of this type are what the contract asks for. */
function allows(declared: ContractColumn | undefined, type: ColumnType): boolean {
  const stated = declared?.logicalType ?? null;
  if (stated === null) return false;
  return stated === type || (stated === 'number' && type === 'integer') || (stated === 'timestamp' && type === 'date');
}

function moved(base: readonly FoundColumn[], head: readonly FoundColumn[]): readonly SchemaChange[] {
  const [before, after] = [byName(base), byName(head)];
  const kept = head.filter(({ name }) => before.has(name)).map(({ name }) => name);
  const order = base.filter(({ name }) => after.has(name)).map(({ name }) => name);
  const at = kept.findIndex((name, index) => name !== order[index]);
  if (at === -1) return [];
  const name = kept[at] ?? '';
  const message = `the order of columns changes from ${quoted(name)} on: who reads by position reads another column`;
  return [change('order_changed', name, true, message)];
}

function byName(columns: readonly FoundColumn[]): ReadonlyMap<string, FoundColumn> {
  return new Map(columns.map((column) => [column.name, column]));
}

function change(kind: string, column: string, compatible: boolean, message: string): SchemaChange {
  return {
    ...{ kind, column: column.slice(0, 256), compatible, breaks: [] },
    message: message.slice(0, 1000).toWellFormed(),
  };
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 256));
}
