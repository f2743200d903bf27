import { readExactly, type ScanContext, ScanError, type Source, slice, startsWith } from '../format.ts';
import { Inflater } from '../inflate.ts';
import { isOfBytes, type TextLayout, textLayoutOf } from './datatype.ts';
import { type Message, number64, readMessages, UNDEFINED } from './header.ts';

const [SPACE, TYPE, OLD_FILL, FILL, LAYOUT, FILTERS] = [0x01, 0x03, 0x04, 0x05, 0x08, 0x0b];
const [DEFLATE, SHUFFLE, CHECKSUM] = [1, 2, 3];
/** Bytes of a chunk that is unpacked in memory; h5py makes them of 1 MiB at most. */
const MAX_CHUNK = 16 * 2 ** 20;
const MAX_NODES = 200_000;

/** The values of a dataset with texts in them, in the order of the file. */
export interface Texts extends TextLayout {
  /** Whole elements, unpacked; each is good until the next one is taken. */
  readonly pieces: Iterable<Source>;
}

/** What an object holds if there is text or bytes of no type in it; null for numbers and groups. @throws ScanError */
export function textsOf(file: Source, messages: readonly Message[], context: ScanContext): Texts | null {
  const types = messages
    .filter(({ type }) => type === TYPE)
    .map((message) => textLayoutOf(typeOf(file, message), message.offset));
  const layout = types.find(({ fields }) => fields.length > 0);
  if (layout === undefined) return null;
  for (const type of [SPACE, TYPE, LAYOUT, FILTERS]) {
    const [, second] = messages.filter((message) => message.type === type);
    if (second !== undefined) throw new ScanError('malformed', 'a dataset that is described twice', second.offset);
  }
  return { ...layout, pieces: piecesOf(file, messages, layout.stride, context) };
}

/**
 * The first values of a dataset of bytes, as which pickles are kept, too; null where it is another, has none, or they are
 * packed in a way that is not unpacked here. @throws ScanError
 */
export function bytesOf(file: Source, messages: readonly Message[], context: ScanContext): Source | null {
  const type = messages.find((message) => message.type === TYPE);
  if (type === undefined || !isOfBytes(typeOf(file, type))) return null;
  try {
    for (const piece of piecesOf(file, messages, 1, context)) if (piece.size > 1) return piece;
    return null;
  } catch (error) {
    if (error instanceof ScanError && (error.code === 'unsupported' || error.code === 'too_large')) return null;
    throw error;
  }
}

/** A type may lie in an object of its own (section IV.A.1.c). */
function typeOf(file: Source, { data, flags, offset }: Message): Buffer {
  if ((flags & 2) === 0) return data;
  const version = data[0] ?? 0;
  if (version < 1 || version > 3 || (version === 3 && data[1] !== 2))
    throw new ScanError('unsupported', 'a type that is kept elsewhere', offset);
  const found = readMessages(file, number64(data, version === 1 ? 8 : 2)).find(({ type }) => type === TYPE);
  if (found === undefined || (found.flags & 2) !== 0) throw new ScanError('malformed', 'a type that is none', offset);
  return found.data;
}

function* piecesOf(file: Source, messages: readonly Message[], width: number, context: ScanContext): Iterable<Source> {
  const filters = filtersOf(messages.find(({ type }) => type === FILTERS));
  const elements = elementsOf(messages.find(({ type }) => type === SPACE));
  for (const message of messages) {
    if (message.type === FILL || message.type === OLD_FILL) yield* fill(file, message);
    if (message.type !== LAYOUT) continue;
    const { data, offset } = message;
    const [version, kind] = [data[0] ?? 0, data[1]];
    if (data.length < 4) throw new ScanError('malformed', 'a layout that is cut', offset);
    if (version < 3) throw new ScanError('unsupported', 'texts in a layout of before HDF5 1.6', offset);
    if (kind === 0) yield slice(file, `dataset@${offset}`, offset + 4, offset + 4 + data.readUInt16LE(2));
    if (kind === 1) {
      const address = number64(data, 2);
      if (address >= UNDEFINED - 1) continue;
      // Libraries go by either number.
      const size = Math.max(number64(data, 10), elements * width);
      yield slice(file, `dataset@${address}`, address, address + size);
    }
    if (kind === 2) {
      if (version > 3) throw new ScanError('unsupported', 'texts in chunks of the layout of HDF5 1.10', offset);
      yield* chunks(file, message, filters, context);
    }
  }
}

/** What stands for the values that were never written (section IV.A.2.f). */
function* fill(file: Source, { type, data, offset }: Message): Iterable<Source> {
  const at = type === OLD_FILL ? 0 : (data[0] ?? 0) < 3 ? 4 : 2;
  const given = type === OLD_FILL || (data[0] === 3 ? ((data[1] ?? 0) & 0x20) !== 0 : data[0] === 1 || data[3] === 1);
  if (!given || at + 4 > data.length) return;
  // Numbers below 2³¹ alone are sizes.
  const size = data.readInt32LE(at);
  if (size <= 0) return;
  if (at + 4 + size > data.length) throw new ScanError('malformed', 'a fill value that is cut', offset);
  yield slice(file, `fill@${offset}`, offset + at + 4, offset + at + 4 + size);
}

/** How many values there are (section IV.A.2.b). */
function elementsOf(space: Message | undefined): number {
  if (space === undefined) return 0;
  const { data, offset } = space;
  const [version, rank] = [data[0] ?? 0, data[1] ?? 0];
  if (version < 1 || version > 2) throw new ScanError('unsupported', 'an unknown dataspace', offset);
  const start = version === 1 ? 8 : 4;
  // Without dimensions it is one value, or none.
  let elements = version === 2 && data[3] === 2 ? 0 : 1;
  for (let index = 0; index < rank; index += 1) elements *= number64(data, start + 8 * index);
  return elements;
}

interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

/** In the order of writing (section IV.A.2.l). */
function filtersOf(message: Message | undefined): readonly Filter[] {
  if (message === undefined) return [];
  const { data, offset } = message;
  const old = data[0] === 1;
  const filters: Filter[] = [];
  let at = old ? 8 : 2;
  for (let left = data[1] ?? 0; left > 0; left -= 1) {
    if (at + 8 > data.length + (old ? 0 : 2)) throw new ScanError('malformed', 'a list of filters that is cut', offset);
    const id = data.readUInt16LE(at);
    const count = data.readUInt16LE(at + (old ? 6 : 4));
    const start = at + (old ? 8 + Math.ceil(data.readUInt16LE(at + 2) / 8) * 8 : 6);
    const end = start + 4 * count;
    if (end > data.length) throw new ScanError('malformed', 'a list of filters that is cut', offset);
    filters.push({ id, values: Array.from({ length: count }, (_, index) => data.readUInt32LE(start + 4 * index)) });
    at = old && count % 2 === 1 ? end + 4 : end;
  }
  return filters;
}

/** A B-tree of chunks (section III.A.1, node type 1). */
function* chunks(file: Source, layout: Message, filters: readonly Filter[], context: ScanContext): Iterable<Source> {
  const { data, offset } = layout;
  const rank = data[2] ?? 0;
  if (data.length < 11 + 4 * rank) throw new ScanError('malformed', 'a layout that is cut', offset);
  let size = 1;
  for (let index = 0; index < rank; index += 1) size *= data.readUInt32LE(11 + 4 * index);
  const key = 8 + 8 * rank;
  const root = number64(data, 3);
  const open = root >= UNDEFINED - 1 ? [] : [root];
  const seen = new Set<number>();
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    context.tick();
    if (seen.has(address)) throw new ScanError('malformed', 'a tree that holds a part of itself', offset);
    seen.add(address);
    if (seen.size > MAX_NODES || open.length > MAX_NODES)
      throw new ScanError('too_large', 'a dataset of too many chunks', offset);
    const head = Buffer.from(readExactly(file, address, 24));
    if (!startsWith(head, 'TREE') || head[4] !== 1) throw new ScanError('malformed', 'no tree of chunks', address);
    const count = head.readUInt16LE(6);
    const entries = Buffer.from(readExactly(file, address + 24, count * (key + 8)));
    for (let at = 0; at < entries.length; at += key + 8) {
      const child = number64(entries, at + key);
      if (head[5] !== 0) open.push(child);
      else {
        const [stored, skipped] = [entries.readUInt32LE(at), entries.readUInt32LE(at + 4)];
        const applied = filters.filter((_, index) => ((skipped >>> index) & 1) === 0);
        // A chunk as it is: libraries go by either number.
        const length = applied.length === 0 ? Math.max(stored, size) : stored;
        const chunk = slice(file, `chunk@${child}`, child, child + length);
        yield applied.length === 0 ? chunk : unfiltered(chunk, applied, size, context);
      }
    }
  }
}

function unfiltered(chunk: Source, filters: readonly Filter[], size: number, context: ScanContext): Source {
  if (size > MAX_CHUNK || chunk.size > MAX_CHUNK)
    throw new ScanError('too_large', `a packed chunk of ${Math.max(size, chunk.size)} bytes`, 0);
  let bytes: Buffer = Buffer.from(readExactly(chunk, 0, chunk.size));
  for (const { id, values } of filters.toReversed()) {
    context.tick();
    if (id === CHECKSUM) bytes = bytes.subarray(0, Math.max(0, bytes.length - 4));
    else if (id === SHUFFLE) bytes = unshuffled(bytes, values[0] ?? 1);
    else if (id === DEFLATE) bytes = unpacked(sourceOf(chunk.path, bytes), size, context);
    else throw new ScanError('unsupported', `texts that filter ${id} of HDF5 has packed`, 0);
  }
  return sourceOf(chunk.path, bytes);
}

function sourceOf(path: string, bytes: Buffer): Source {
  return { path, size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + Math.max(0, length)) };
}

/** The first bytes of all elements stand first, then the second ones; what is over stays at the end. */
function unshuffled(bytes: Buffer, width: number): Buffer {
  const count = width === 0 ? 0 : Math.floor(bytes.length / width);
  const result = Buffer.from(bytes);
  for (let byte = 0; byte < width && count > 0; byte += 1)
    for (let index = 0; index < count; index += 1) result[index * width + byte] = bytes[byte * count + index] ?? 0;
  return result;
}

/** A zlib stream of a chunk; a checksum may follow its bytes. */
function unpacked(source: Source, size: number, context: ScanContext): Buffer {
  const head = Buffer.from(readExactly(source, 0, 2));
  if (head.readUInt16BE(0) % 31 !== 0 || ((head[0] ?? 0) & 15) !== 8) throw broken();
  const inflater = new Inflater(source, 2, source.size);
  const pieces: Buffer[] = [];
  let total = 0;
  for (let piece = inflater.next(); piece !== null; piece = inflater.next()) {
    context.tick();
    context.inflated(piece.length);
    total += piece.length;
    if (total > size + 4) throw broken();
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}

function broken(): ScanError {
  return new ScanError('malformed', 'a chunk that does not unpack to its size', 0);
}
