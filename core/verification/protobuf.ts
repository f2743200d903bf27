import { Cursor } from './cursor.ts';
import { ScanError, type Source } from './format.ts';

/** Protobuf's wire types (https://protobuf.dev/programming-guides/encoding). Groups, 3 and 4, are in no format that is read here. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/**
 * What a field is to a scan. A `name` is a short string that is looked at, a `place` is a string of any length of which
 * only the place is noted, a `text` is one whose place is told at once, a `number` is a varint that is looked at; all others are skipped unread, weights among them.
 */
export type Scalar =
  | 'varint'
  | 'varints'
  | 'number'
  | 'fixed32'
  | 'float'
  | 'floats'
  | 'doubles'
  | 'name'
  | 'place'
  | 'text'
  | 'data';

export type FieldKind<Name extends string> = Scalar | { readonly message: Name };

/** Fields by their numbers, of each message. */
export type Schema<Name extends string> = Readonly<Record<Name, ReadonlyMap<number, FieldKind<Name>>>>;

type Written<Name extends string> = Readonly<Record<number, Scalar | `:${Name}`>>;

/** A schema by what stands in each field: a scalar, or `:` and the name of a message. */
export function schemaOf<Name extends string>(messages: Readonly<Record<Name, Written<Name>>>): Schema<Name> {
  const of = (fields: Written<Name>): ReadonlyMap<number, FieldKind<Name>> =>
    new Map(Object.entries(fields).map(([number, kind]) => [Number(number), kindOf(kind)]));
  const entries = Object.entries<Written<Name>>(messages).map(([name, fields]) => [name, of(fields)]);
  // The keys are those of `messages`, which Object.entries forgets.
  return Object.fromEntries(entries) as Schema<Name>;
}

function kindOf<Name extends string>(kind: Scalar | `:${Name}`): FieldKind<Name> {
  // What the colon says, TypeScript does not take from startsWith.
  return kind.startsWith(':') ? { message: kind.slice(1) as Name } : (kind as Scalar);
}

const WIRE_TYPES: Readonly<Record<Scalar, readonly number[]>> = {
  varint: [VARINT],
  // Repeated numbers may be packed or not, whatever the schema says.
  varints: [VARINT, LENGTH],
  number: [VARINT],
  fixed32: [FIXED32],
  float: [FIXED32],
  floats: [FIXED32, LENGTH],
  doubles: [FIXED64, LENGTH],
  name: [LENGTH],
  place: [LENGTH],
  text: [LENGTH],
  data: [LENGTH],
};

const MAX_DEPTH = 64;
const MAX_NAME = 4096;
/** Of what is held at one time of all messages that are not walked to their ends, in bytes. */
const MAX_HELD = 8 * 2 ** 20;
/** What a value takes beside its characters. */
const VALUE = 64;

/** One message that has been walked, with what was looked at by field number (the last one of each comes last). */
export interface Walked<Name extends string> {
  readonly message: Name;
  readonly names: ReadonlyMap<number, readonly string[]>;
  readonly numbers: ReadonlyMap<number, readonly number[]>;
  readonly places: ReadonlyMap<number, readonly Range[]>;
  /** Numbers of the fields that occurred. */
  readonly fields: ReadonlySet<number>;
  readonly offset: number;
}

/** Bytes of the file from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface WalkHandlers<Name extends string> {
  /** Called after the messages inside of it. */
  readonly walked: (walked: Walked<Name>) => void;
  /** A field that the schema doesn't know, or of another wire type. */
  readonly unknown: (message: Name, field: number, offset: number) => void;
  /** Called for each text, of which a message may have more than are remembered. */
  readonly text?: (place: Range) => void;
  /** Called for each message before it is walked. */
  readonly tick?: () => void;
}

/** Walks a whole file as one message. @throws ScanError where it is no protobuf */
export function walkMessage<Name extends string>(
  file: Source,
  schema: Schema<Name>,
  root: Name,
  handlers: WalkHandlers<Name>,
): void {
  walk({ held: 0, cursor: new Cursor(file), schema, handlers }, file.size, root, 0);
}

/** Numbers of the outermost fields where all of them are a message's to its last byte, else null. */
export function outermostFields<Name extends string>(
  file: Source,
  schema: Schema<Name>,
  root: Name,
): ReadonlySet<number> | null {
  const cursor = new Cursor(file);
  const fields = new Set<number>();
  try {
    while (!cursor.atEnd) {
      const { field, wire } = readKey(cursor);
      const kind = schema[root].get(field);
      if (kind === undefined || !fits(kind, wire)) return null;
      fields.add(field);
      skipValue(cursor, wire);
    }
  } catch (error) {
    if (error instanceof ScanError && error.code === 'malformed') return null;
    throw error;
  }
  return fields;
}

interface Walk<Name extends string> {
  held: number;
  readonly cursor: Cursor;
  readonly schema: Schema<Name>;
  readonly handlers: WalkHandlers<Name>;
}

/** Lists by field number. */
class Found<Value> extends Map<number, Value[]> {
  add(field: number, value: Value): void {
    const list = this.get(field);
    if (list === undefined) this.set(field, [value]);
    else list.push(value);
  }
}

function walk<Name extends string>(walking: Walk<Name>, end: number, message: Name, depth: number): void {
  const { cursor, schema, handlers } = walking;
  const offset = cursor.position;
  if (depth > MAX_DEPTH) throw new ScanError('malformed', 'messages are nested too deeply', offset);
  handlers.tick?.();
  const [names, numbers, places] = [new Found<string>(), new Found<number>(), new Found<Range>()];
  const fields = new Set<number>();
  const before = walking.held;
  while (cursor.position < end) {
    const at = cursor.position;
    const { field, wire } = readKey(cursor);
    const kind = schema[message].get(field);
    fields.add(field);
    if (kind === undefined || !fits(kind, wire)) {
      handlers.unknown(message, field, at);
      skipValue(cursor, wire);
    } else if (typeof kind === 'object') {
      const length = readVarint(cursor);
      if (length > end - cursor.position) throw new ScanError('malformed', 'a message goes past the one around it', at);
      walk(walking, cursor.position + length, kind.message, depth + 1);
    } else if (kind === 'name') {
      const name = readName(cursor);
      hold(walking, name.length, at);
      names.add(field, name);
    } else if (kind === 'number') {
      hold(walking, 0, at);
      numbers.add(field, readVarint(cursor));
    } else if (kind === 'place') {
      hold(walking, 0, at);
      places.add(field, readPlace(cursor));
    } else if (kind === 'text') handlers.text?.(readPlace(cursor));
    else skipValue(cursor, wire);
    if (cursor.position > end) throw new ScanError('malformed', 'a field goes past its message', at);
  }
  walking.held = before;
  handlers.walked({ message, names, numbers, places, fields, offset });
}

/** A message may repeat a short field as often as the file has room for it. */
function hold<Name extends string>(walking: Walk<Name>, characters: number, at: number): void {
  walking.held += characters + VALUE;
  if (walking.held > MAX_HELD)
    throw new ScanError('too_large', `messages with more than ${MAX_HELD} bytes of names`, at);
}

function fits<Name extends string>(kind: FieldKind<Name>, wire: number): boolean {
  return typeof kind === 'object' ? wire === LENGTH : WIRE_TYPES[kind].includes(wire);
}

function readKey(cursor: Cursor): { readonly field: number; readonly wire: number } {
  const at = cursor.position;
  const key = readVarint(cursor);
  const field = Math.floor(key / 8);
  if (field < 1 || field > 536_870_911) throw new ScanError('malformed', 'not a protobuf field', at);
  return { field, wire: key % 8 };
}

/** Up to ten bytes; values above 2⁵³ lose their low bits, which no length or key can have. */
export function readVarint(cursor: Cursor): number {
  const at = cursor.position;
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = cursor.byte();
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value;
  }
  throw new ScanError('malformed', 'a number of more than ten bytes', at);
}

function skipValue(cursor: Cursor, wire: number): void {
  switch (wire) {
    case VARINT:
      readVarint(cursor);
      return;
    case FIXED64:
      cursor.skip(8);
      return;
    case LENGTH:
      cursor.skip(readVarint(cursor));
      return;
    case FIXED32:
      cursor.skip(4);
      return;
    default:
      throw new ScanError('malformed', `wire type ${wire} is not used`, cursor.position);
  }
}

function readName(cursor: Cursor): string {
  const at = cursor.position;
  const length = readVarint(cursor);
  if (length > MAX_NAME) throw new ScanError('malformed', `a name of ${length} bytes`, at);
  return Buffer.from(cursor.bytes(length)).toString('utf8');
}

function readPlace(cursor: Cursor): Range {
  const length = readVarint(cursor);
  const start = cursor.position;
  cursor.skip(length);
  return { start, end: start + length };
}
