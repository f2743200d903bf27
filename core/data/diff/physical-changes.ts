import { type NestedType, readNestedType } from '../checks/nested-type.ts';
import { typeOf } from '../checks/type-family.ts';
import type { ColumnType } from '../report/profile.ts';

/** A change inside of a type that is, as a whole, still the same. */
export interface PhysicalChange {
  readonly kind: 'type_changed' | 'field_removed' | 'field_added';
  readonly compatible: boolean;
  readonly message: string;
}

const MAX_DEPTH = 100;
const ZONED = /WITH TIME ZONE$/;

/**
 * What differs between two types of DuckDB that are of one kind: the width of numbers, the zone of timestamps, and fields
 * of structs and lists at any depth. A reader of the base finds each field where it was, of the type that it was or a
 * narrower one, or the change is breaking. Widths are compatible: names and kinds of values stay, and ranges are what
 * the contract states.
 */
export function physicalChanges(name: string, base: string, head: string, depth = 0): readonly PhysicalChange[] {
  if (base === head || depth > MAX_DEPTH) return [];
  const [before, after] = [readNestedType(base), readNestedType(head)];
  if (before.kind === 'list' && after.kind === 'list')
    return physicalChanges(`${name}[]`, before.element, after.element, depth + 1);
  if (before.kind === 'struct' && after.kind === 'struct') return fieldChanges(name, before, after, depth);
  const [from, to] = [kindOf(base), kindOf(head)];
  const about = (compatible: boolean): PhysicalChange[] => [
    {
      kind: 'type_changed',
      compatible,
      message: `the type of ${quoted(name)} changes from ${base.slice(0, 200)} to ${head.slice(0, 200)}`,
    },
  ];
  // A struct became a map, or a list something else.
  if (from !== to || before.kind !== after.kind) return about(isNarrower(from, to));
  if (from === 'timestamp') return about(ZONED.test(base) === ZONED.test(head));
  return from === 'integer' || from === 'number' || from === 'string' || from === 'time' ? about(true) : about(false);
}

type Struct = Extract<NestedType, { kind: 'struct' }>;

function fieldChanges(name: string, before: Struct, after: Struct, depth: number): readonly PhysicalChange[] {
  const gone = [...before.fields.keys()].filter((field) => !after.fields.has(field));
  const fresh = [...after.fields.keys()].filter((field) => !before.fields.has(field));
  const both = [...before.fields].flatMap(([field, type]) => {
    const now = after.fields.get(field);
    return now === undefined ? [] : physicalChanges(`${name}.${field}`, type, now, depth + 1);
  });
  return [
    ...gone.map((field): PhysicalChange => {
      return { kind: 'field_removed', compatible: false, message: `field ${quoted(`${name}.${field}`)} is gone` };
    }),
    ...fresh.map((field): PhysicalChange => {
      return { kind: 'field_added', compatible: true, message: `field ${quoted(`${name}.${field}`)} is new` };
    }),
    ...both,
  ];
}

/** Each value of the narrower type is one of the wider, so a reader of the wider one notices nothing. */
export function isNarrower(from: ColumnType, to: ColumnType): boolean {
  return (from === 'number' && to === 'integer') || (from === 'timestamp' && to === 'date');
}

function kindOf(type: string): ColumnType {
  return typeOf({ name: '', sql: '', type, typed: true }) ?? 'string';
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 256));
}
