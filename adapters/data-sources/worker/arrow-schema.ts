import { FlatbufferError, type FlatTable } from './flatbuffer.ts';

/** What an Arrow file holds and can't be read, or not without loss. */
export class ArrowError extends Error {
  override readonly name = 'ArrowError';
}

export interface ArrowInteger {
  readonly kind: 'integer';
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

/** Parts of a second, as a power of a thousand. */
export type ArrowUnit = 0 | 1 | 2 | 3;

/** Arrow's types (https://arrow.apache.org/docs/format/Columnar.html), as far as they have a form in Parquet. */
export type ArrowType =
  | ArrowInteger
  | { readonly kind: 'null' | 'boolean' }
  | { readonly kind: 'float'; readonly bits: 16 | 32 | 64 }
  /** Offsets have 64 bits where it is large. */
  | { readonly kind: 'text' | 'binary'; readonly large: boolean }
  | { readonly kind: 'text_view' | 'binary_view' }
  /** In bytes. */
  | { readonly kind: 'fixed_binary'; readonly width: number }
  | { readonly kind: 'decimal'; readonly bits: number; readonly precision: number; readonly scale: number }
  | { readonly kind: 'date'; readonly bits: 32 | 64 }
  | { readonly kind: 'time'; readonly bits: 32 | 64; readonly unit: ArrowUnit }
  | { readonly kind: 'timestamp'; readonly unit: ArrowUnit; readonly zone: string | null }
  | { readonly kind: 'duration' }
  | { readonly kind: 'list' | 'list_view'; readonly large: boolean; readonly item: ArrowType }
  | { readonly kind: 'fixed_list'; readonly size: number; readonly item: ArrowType }
  | { readonly kind: 'struct'; readonly fields: readonly ArrowField[] }
  | { readonly kind: 'map'; readonly entry: Extract<ArrowType, { kind: 'struct' }> }
  | { readonly kind: 'run_ends'; readonly ends: ArrowInteger; readonly value: ArrowType }
  | { readonly kind: 'dictionary'; readonly id: string; readonly index: ArrowInteger; readonly value: ArrowType };

export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
}

/** Of columns, and of all fields within them. */
const MAX_COLUMNS = 5000;
const MAX_FIELDS = 50_000;
const MAX_NOTES = 10_000;
/** Of fields within each other: readers of Parquet go no deeper than a hundred, of which a list takes two. */
const MAX_DEPTH = 48;

/** Numbers of `Type` in Schema.fbs, and words for those that can't be read. */
const UNREAD: ReadonlyMap<number, string> = new Map([
  [11, 'an interval'],
  [14, 'a union'],
]);

/**
 * The columns of a schema (Schema.fbs of apache/arrow).
 * @throws ArrowError, FlatbufferError
 */
export function readSchema(schema: FlatTable): readonly ArrowField[] {
  if (schema.short(0) !== 0)
    throw new ArrowError('its numbers are written big-endian, which is not read: write it anew on a usual machine');
  refuseBrokenNotes(schema, 2);
  const { count } = schema.tables(1);
  if (count === 0 || count > MAX_COLUMNS) throw new ArrowError(`expected 1 to ${MAX_COLUMNS} columns, found ${count}`);
  const seen = new Set<string>();
  const fields = fieldsOf(schema, 1, { left: MAX_FIELDS }, 0, '');
  for (const { name } of fields) {
    if (name === '') throw new ArrowError('a column without a name');
    if (seen.has(name.toLowerCase())) throw new ArrowError(`column ${name} is there twice, letter case aside`);
    seen.add(name.toLowerCase());
  }
  return fields;
}

/** Nothing in them is read, and readers that hold all against its bounds refuse a file for them. @throws FlatbufferError */
export function refuseBrokenNotes(parent: FlatTable, at: number): void {
  const notes = parent.tables(at);
  for (let index = 0; index < Math.min(notes.count, MAX_NOTES); index += 1) {
    const note = notes.at(index);
    note.bytes(0);
    note.bytes(1);
  }
}

/** Tables may be pointed at from many places, so few bytes may name very many fields. */
interface Budget {
  left: number;
}

function fieldsOf(parent: FlatTable, at: number, budget: Budget, depth: number, column: string): ArrowField[] {
  const children = parent.tables(at);
  if (depth > MAX_DEPTH) throw new ArrowError(`column ${column} is nested deeper than ${MAX_DEPTH} levels`);
  budget.left -= children.count;
  if (budget.left < 0) throw new ArrowError(`more than ${MAX_FIELDS} fields`);
  return Array.from({ length: children.count }, (_, index) => {
    const field = children.at(index);
    refuseBrokenNotes(field, 6);
    // Broken ones, too, of a type that has none.
    field.tables(5);
    const name = field.text(0) ?? '';
    return { name, type: typeOf(field, budget, depth, column === '' ? name : column) };
  });
}

function typeOf(field: FlatTable, budget: Budget, depth: number, column: string): ArrowType {
  const value = plainType(field, budget, depth, column);
  const encoding = field.table(4);
  if (encoding === null) return value;
  if (encoding.short(3) !== 0) throw new ArrowError(`column ${column}: a dictionary of an unknown kind`);
  const index = encoding.table(1);
  const integer: ArrowInteger = index === null ? { kind: 'integer', bits: 32, signed: true } : integerOf(index);
  return { kind: 'dictionary', id: String(encoding.long(0)), index: integer, value };
}

function plainType(field: FlatTable, budget: Budget, depth: number, column: string): ArrowType {
  const number = field.byte(2);
  const children = (): ArrowField[] => fieldsOf(field, 5, budget, depth + 1, column);
  const simple = scalarType(number, field.table(3));
  if (simple !== null) return simple;
  switch (number) {
    case 12:
    case 21:
      return { kind: 'list', large: number === 21, item: only(children(), column) };
    case 25:
    case 26:
      return { kind: 'list_view', large: number === 26, item: only(children(), column) };
    case 16:
      return { kind: 'fixed_list', size: natural(field.table(3)?.int(0) ?? 0), item: only(children(), column) };
    case 13: {
      const fields = children();
      const names = new Set(fields.map(({ name }) => name.toLowerCase()));
      if (names.size === 0) throw new ArrowError(`column ${column}: a struct without fields`);
      if (names.size < fields.length)
        throw new ArrowError(`column ${column}: a struct with a field twice, letter case aside`);
      return { kind: 'struct', fields };
    }
    case 17: {
      const entry = only(children(), column);
      if (entry.kind !== 'struct' || entry.fields.length !== 2)
        throw new ArrowError(`column ${column}: a map without keys and values`);
      return { kind: 'map', entry };
    }
    case 22: {
      const [ends, value] = children();
      if (ends?.type.kind !== 'integer' || value === undefined)
        throw new ArrowError(`column ${column}: runs without their ends`);
      return { kind: 'run_ends', ends: ends.type, value: value.type };
    }
    default: {
      const what = UNREAD.get(number) ?? `of a type with the number ${number}`;
      throw new ArrowError(
        `column ${column} is ${what}, which can’t be read: write it as another type, or the data as Parquet`,
      );
    }
  }
}

/** Null where the type has others within it. */
function scalarType(number: number, type: FlatTable | null): ArrowType | null {
  switch (number) {
    case 1:
      return { kind: 'null' };
    case 2:
      return integerOf(required(type));
    case 3:
      return { kind: 'float', bits: ([16, 32, 64] as const)[type?.short(0) ?? 0] ?? wrong('precision') };
    case 4:
    case 19:
      return { kind: 'binary', large: number === 19 };
    case 5:
    case 20:
      return { kind: 'text', large: number === 20 };
    case 6:
      return { kind: 'boolean' };
    case 7: {
      const [precision, scale, bits] = [required(type).int(0), required(type).int(1), required(type).int(2, 128)];
      if (![32, 64, 128, 256].includes(bits)) wrong('width of a decimal');
      return { kind: 'decimal', bits, precision, scale };
    }
    case 8:
      return { kind: 'date', bits: type?.short(0, 1) === 0 ? 32 : 64 };
    case 9: {
      const [unit, bits] = [unitOf(type?.short(0, 1) ?? 1), type?.int(1, 32) ?? 32];
      if (bits !== (unit < 2 ? 32 : 64)) wrong('width of a time');
      return { kind: 'time', unit, bits: unit < 2 ? 32 : 64 };
    }
    case 10:
      return { kind: 'timestamp', unit: unitOf(type?.short(0) ?? 0), zone: type?.text(1) ?? null };
    case 15:
      return { kind: 'fixed_binary', width: natural(type?.int(0) ?? 0) };
    case 18:
      return { kind: 'duration' };
    case 23:
      return { kind: 'binary_view' };
    case 24:
      return { kind: 'text_view' };
    default:
      return null;
  }
}

function integerOf(type: FlatTable): ArrowInteger {
  const bits = ([8, 16, 32, 64] as const).find((width) => width === type.int(0));
  return { kind: 'integer', bits: bits ?? wrong('width of an integer'), signed: type.byte(1) !== 0 };
}

function unitOf(number: number): ArrowUnit {
  return ([0, 1, 2, 3] as const).find((unit) => unit === number) ?? wrong('unit of time');
}

function natural(number: number): number {
  return number >= 0 ? number : wrong('size');
}

function only(fields: readonly ArrowField[], column: string): ArrowType {
  const [field] = fields;
  if (field === undefined || fields.length > 1) throw new ArrowError(`column ${column}: a list without items`);
  return field.type;
}

function required(type: FlatTable | null): FlatTable {
  if (type === null) throw new FlatbufferError('a type without what it consists of');
  return type;
}

function wrong(what: string): never {
  throw new ArrowError(`its schema states an unknown ${what}`);
}
