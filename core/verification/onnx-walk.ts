import { Cursor } from './cursor.ts';
import { ScanError, type Source } from './format.ts';
import { type FieldKind, type MessageName, ONNX, type Scalar } from './onnx-schema.ts';

/** Protobuf's wire types (https://protobuf.dev/programming-guides/encoding). Groups, 3 and 4, are in no ONNX file. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const WIRE_TYPES: Readonly<Record<Scalar, readonly number[]>> = {
  varint: [VARINT],
  // Repeated numbers may be packed or not, whatever the schema says.
  varints: [VARINT, LENGTH],
  float: [FIXED32],
  floats: [FIXED32, LENGTH],
  doubles: [FIXED64, LENGTH],
  name: [LENGTH],
  data: [LENGTH],
};

const MAX_DEPTH = 64;
const MAX_NAME = 4096;

/** One message that has been walked, with the short strings in it by field number (the last one of each comes last). */
export interface Walked {
  readonly message: MessageName;
  readonly names: ReadonlyMap<number, readonly string[]>;
  /** Numbers of the fields that occurred. */
  readonly fields: ReadonlySet<number>;
  readonly offset: number;
}

export interface WalkHandlers {
  /** Called after the messages inside of it. */
  readonly walked: (walked: Walked) => void;
  /** A field that the schema doesn't know, or of another wire type. */
  readonly unknown: (message: MessageName, field: number, offset: number) => void;
}

/** Walks a whole file as a ModelProto. Weights are skipped, not read. @throws ScanError where it is no protobuf */
export function walkModel(file: Source, handlers: WalkHandlers): void {
  walk(new Cursor(file), file.size, 'model', 0, handlers);
}

/** Whether the file's outermost fields are those of a ModelProto to its last byte, with a graph among them. */
export function looksLikeModel(file: Source): boolean {
  const cursor = new Cursor(file);
  let graph = false;
  try {
    while (!cursor.atEnd) {
      const { field, wire } = readKey(cursor);
      const kind = ONNX.model.get(field);
      if (kind === undefined || !fits(kind, wire)) return false;
      graph ||= field === 7;
      skipValue(cursor, wire);
    }
  } catch (error) {
    if (error instanceof ScanError && error.code === 'malformed') return false;
    throw error;
  }
  return graph;
}

function walk(cursor: Cursor, end: number, message: MessageName, depth: number, handlers: WalkHandlers): void {
  const offset = cursor.position;
  if (depth > MAX_DEPTH) throw new ScanError('malformed', 'messages are nested too deeply', offset);
  const names = new Map<number, string[]>();
  const fields = new Set<number>();
  while (cursor.position < end) {
    const at = cursor.position;
    const { field, wire } = readKey(cursor);
    const kind = ONNX[message].get(field);
    fields.add(field);
    if (kind === undefined || !fits(kind, wire)) {
      handlers.unknown(message, field, at);
      skipValue(cursor, wire);
    } else if (typeof kind === 'object') {
      const length = readVarint(cursor);
      if (length > end - cursor.position) throw new ScanError('malformed', 'a message goes past the one around it', at);
      walk(cursor, cursor.position + length, kind.message, depth + 1, handlers);
    } else if (kind === 'name') {
      const list = names.get(field) ?? [];
      list.push(readName(cursor));
      names.set(field, list);
    } else {
      skipValue(cursor, wire);
    }
    if (cursor.position > end) throw new ScanError('malformed', 'a field goes past its message', at);
  }
  handlers.walked({ message, names, fields, offset });
}

function fits(kind: FieldKind, wire: number): boolean {
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
function readVarint(cursor: Cursor): number {
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
      throw new ScanError('malformed', `wire type ${wire} is in no ONNX file`, cursor.position);
  }
}

function readName(cursor: Cursor): string {
  const at = cursor.position;
  const length = readVarint(cursor);
  if (length > MAX_NAME) throw new ScanError('malformed', `a name of ${length} bytes`, at);
  return Buffer.from(cursor.bytes(length)).toString('utf8');
}
