import { inflateSync } from 'node:zlib';
import { PortError } from '../../flows/ports.ts';
import { type GitObject, gitObject, type ObjectType } from './objects.ts';

export interface PackLimits {
  readonly objects: number;
  /** Bytes of one object. */
  readonly object: number;
  /** Bytes of all objects, unpacked. */
  readonly total: number;
}

const TYPES: ReadonlyMap<number, ObjectType> = new Map([
  [1, 'commit'],
  [2, 'tree'],
  [3, 'blob'],
  [4, 'tag'],
]);
const OFS_DELTA = 6;
const REF_DELTA = 7;
const HEADER = 12;
const CHECKSUM = 20;

interface Found {
  readonly type: ObjectType;
  readonly content: Buffer;
}

/**
 * The objects of a pack (gitformat-pack), by the ids that their content gives them. A pack comes from a server, and
 * what is in it from anybody: sizes are bounded before anything is unpacked, and no word of it is believed.
 *
 * @throws PortError `malformed`, `too_large`
 */
export function readPack(pack: Buffer, limits: PackLimits): ReadonlyMap<string, GitObject> {
  if (pack.length < HEADER + CHECKSUM || pack.toString('latin1', 0, 4) !== 'PACK' || pack.readUInt32BE(4) !== 2)
    throw malformed('expected a pack of version 2');
  const count = pack.readUInt32BE(8);
  if (count > limits.objects) throw tooLarge(`${limits.objects} objects`);
  const byOffset = new Map<number, Found>();
  const objects = new Map<string, GitObject>();
  const cursor: Cursor = { pack, at: HEADER, end: pack.length - CHECKSUM };
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const offset = cursor.at;
    const { type, size } = readHeader(cursor);
    const base = baseOf(cursor, { type, offset, byOffset, objects });
    const data = inflate(cursor, size, limits.object);
    const found = base === null ? { type: plainType(type), content: data } : patched(base, data, limits.object);
    total += found.content.length;
    if (total > limits.total) throw tooLarge(`${limits.total} bytes`);
    byOffset.set(offset, found);
    const object = gitObject(found.type, found.content);
    objects.set(object.id, object);
  }
  return objects;
}

interface Cursor {
  readonly pack: Buffer;
  at: number;
  readonly end: number;
}

function byteAt(cursor: Cursor): number {
  const byte = cursor.at < cursor.end ? cursor.pack[cursor.at] : undefined;
  if (byte === undefined) throw malformed('it ends in the middle of an object');
  cursor.at += 1;
  return byte;
}

/** Four bits of the size and the type, then seven bits at a time, lowest first. */
function readHeader(cursor: Cursor): { type: number; size: number } {
  let byte = byteAt(cursor);
  const type = Math.floor(byte / 16) % 8;
  let size = byte % 16;
  for (let unit = 16; byte >= 128; unit *= 128) {
    byte = byteAt(cursor);
    size += (byte % 128) * unit;
    if (!Number.isSafeInteger(size)) throw malformed('an object’s size is no number');
  }
  return { type, size };
}

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly byOffset: ReadonlyMap<number, Found>;
  readonly objects: ReadonlyMap<string, GitObject>;
}

/** What a delta is against, which stands before it; null for a whole object. */
function baseOf(cursor: Cursor, { type, offset, byOffset, objects }: Entry): Found | null {
  if (type !== OFS_DELTA && type !== REF_DELTA) return null;
  let base: Found | undefined;
  if (type === REF_DELTA) {
    if (cursor.at + CHECKSUM > cursor.end) throw malformed('it ends in the middle of an id');
    base = objects.get(cursor.pack.toString('hex', cursor.at, cursor.at + CHECKSUM));
    cursor.at += CHECKSUM;
  } else {
    let byte = byteAt(cursor);
    let distance = byte % 128;
    while (byte >= 128) {
      byte = byteAt(cursor);
      distance = (distance + 1) * 128 + (byte % 128);
      if (distance > offset) break;
    }
    base = byOffset.get(offset - distance);
  }
  if (base === undefined) throw malformed('a delta is against something that does not stand before it');
  return base;
}

function plainType(type: number): ObjectType {
  const known = TYPES.get(type);
  if (known === undefined) throw malformed(`an object has the unknown type ${type}`);
  return known;
}

function inflate(cursor: Cursor, size: number, limit: number): Buffer {
  if (size > limit) throw tooLarge(`${limit} bytes an object`);
  try {
    const options = { info: true, maxOutputLength: size + 1 };
    const result: unknown = inflateSync(cursor.pack.subarray(cursor.at, cursor.end), options);
    // With `info`, Node tells how much it has read (zlib documentation); its types do not know.
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
    if (buffer.length !== size) throw malformed(`an object has ${buffer.length} bytes and not ${size}`);
    cursor.at += engine.bytesWritten;
    return buffer;
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    throw malformed('an object can’t be unpacked', cause);
  }
}

/** The base changed as the delta says: copies of its parts, and new bytes (gitformat-pack, "deltified representation"). */
function patched({ type, content: base }: Found, delta: Buffer, limit: number): Found {
  const cursor: Cursor = { pack: delta, at: 0, end: delta.length };
  if (readSize(cursor) !== base.length) throw malformed('a delta is against something of another size');
  const size = readSize(cursor);
  if (size > limit) throw tooLarge(`${limit} bytes an object`);
  const parts: Buffer[] = [];
  let length = 0;
  while (cursor.at < cursor.end && length <= size) {
    const part = readPart(cursor, base);
    parts.push(part);
    length += part.length;
  }
  if (length !== size) throw malformed('a delta makes something of another size');
  return { type, content: Buffer.concat(parts, length) };
}

function readPart(cursor: Cursor, base: Buffer): Buffer {
  const code = byteAt(cursor);
  if (code === 0) throw malformed('a delta has an instruction that git does not have');
  if (code < 128) {
    if (cursor.at + code > cursor.end) throw malformed('a delta ends in the middle of its bytes');
    cursor.at += code;
    return cursor.pack.subarray(cursor.at - code, cursor.at);
  }
  // Seven flags say which bytes of offset (four) and length (three) follow.
  const numbers = [0, 1, 2, 3, 4, 5, 6].map((bit) => (Math.floor(code / 2 ** bit) % 2 === 1 ? byteAt(cursor) : 0));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = numbers;
  const from = a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
  const length = e + f * 2 ** 8 + g * 2 ** 16 || 2 ** 16;
  if (from + length > base.length) throw malformed('a delta copies from beyond its base');
  return base.subarray(from, from + length);
}

function readSize(cursor: Cursor): number {
  let size = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = byteAt(cursor);
    size += (byte % 128) * unit;
    if (!Number.isSafeInteger(size)) throw malformed('a delta’s size is no number');
    if (byte < 128) return size;
  }
}

function malformed(problem: string, cause?: unknown): PortError {
  return new PortError('malformed', `git: the pack can’t be read: ${problem}`, { cause });
}

function tooLarge(limit: string): PortError {
  return new PortError('too_large', `git: expected a pack of at most ${limit}, got more`);
}
