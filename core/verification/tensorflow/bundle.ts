import { Cursor } from '../cursor.ts';
import { type FormatVerdict, readExactly, type ScanContext, ScanError, type Source, slice } from '../format.ts';
import { readVarint, type Schema, schemaOf, type Walked, walkMessage } from '../protobuf.ts';

/** The last eight bytes of a table of LevelDB, in which TensorFlow lists the tensors of a checkpoint. */
export const MAGIC = '\x57\xfb\x80\x8b\x24\x75\x47\xdb';
const FOOTER = 48;
/** After each block stand its compression and checksum. */
const BLOCK_END = 5;
/** Of all blocks together, in bytes. Names and shapes of a million tensors take less. */
const MAX_TABLE = 128 * 2 ** 20;
/** Of one block; TensorFlow writes a quarter of a MiB. */
const MAX_BLOCK = 16 * 2 ** 20;
/** What the place of a tensor takes in memory. */
const PLACE = 72;
const MAX_KEY = 65_536;

type BundleMessage = 'header' | 'entry';

/** `tensorflow/core/protobuf/tensor_bundle.proto`. */
const BUNDLE: Schema<BundleMessage> = schemaOf<BundleMessage>({
  header: { 1: 'number', 2: 'varint', 3: 'data' },
  entry: { 1: 'varint', 2: 'data', 3: 'number', 4: 'number', 5: 'number', 6: 'fixed32', 7: 'data' },
});

/** How many bytes the tensors take in each of the files with data, which they must follow one another in. @throws ScanError */
export function readBundle(index: Source, { tick, keep }: Pick<ScanContext, 'tick' | 'keep'>): readonly number[] {
  let shards = 1;
  const ranges = new Map<number, { readonly start: number; readonly end: number }[]>();
  for (const { key, value } of entriesOf(index, tick)) {
    const { numbers, fields } = read(value, key === '' ? 'header' : 'entry');
    const last = (field: number): number => numbers.get(field)?.at(-1) ?? 0;
    if (key === '') shards = last(1);
    // A tensor in parts: each of them is an entry of its own.
    else if (!fields.has(7)) {
      keep(PLACE);
      const list = ranges.get(last(3)) ?? [];
      list.push({ start: last(4), end: last(4) + last(5) });
      ranges.set(last(3), list);
    }
  }
  if (shards < 1 || shards > 100_000 || [...ranges.keys()].some((shard) => shard >= shards))
    throw new ScanError('malformed', `${shards} files with data, and tensors in others`, 0);
  return Array.from({ length: shards }, (_, shard) => contiguous(ranges.get(shard) ?? []));
}

function contiguous(ranges: readonly { readonly start: number; readonly end: number }[]): number {
  let at = 0;
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== at) throw new ScanError('malformed', `a tensor begins at ${start}, expected ${at}`, 0);
    at = end;
  }
  return at;
}

function read(value: Source, message: BundleMessage): Walked<BundleMessage> {
  let found: Walked<BundleMessage> | null = null;
  walkMessage(value, BUNDLE, message, {
    walked: (walked) => {
      found = walked;
    },
    unknown: (_, field, at) => {
      throw new ScanError('malformed', `field ${field} of an entry is not known here`, at);
    },
  });
  if (found === null) throw new ScanError('malformed', 'an entry that is none', 0);
  return found;
}

interface Entry {
  readonly key: string;
  readonly value: Source;
}

/** The table's entries in their order, uncompressed blocks only, as TensorFlow writes them (`table_format.md` of LevelDB). */
function* entriesOf(index: Source, tick: () => void): Generator<Entry> {
  if (index.size > MAX_TABLE) throw new ScanError('too_large', `a list of ${index.size} bytes`, 0);
  const footer = new Cursor(index, index.size - FOOTER);
  const [metaStart, metaSize] = [readVarint(footer), readVarint(footer)];
  const [listStart, listSize] = [readVarint(footer), readVarint(footer)];
  let end = 0;
  for (const { value } of blockOf(index, listStart, listSize)) {
    const handle = new Cursor(value);
    const [offset, size] = [readVarint(handle), readVarint(handle)];
    if (offset !== end) throw new ScanError('malformed', `a block at ${offset}, expected at ${end}`, end);
    end = offset + size + BLOCK_END;
    for (const entry of blockOf(index, offset, size)) {
      tick();
      yield entry;
    }
  }
  // Then a block of names of other blocks, which TensorFlow leaves empty, and the list of blocks.
  if (metaSize > 0 && metaStart === end) end += metaSize + BLOCK_END;
  if (listStart !== end || listStart + listSize + BLOCK_END !== index.size - FOOTER)
    throw new ScanError('malformed', 'bytes that belong to no block', end);
}

function* blockOf(index: Source, offset: number, size: number): Generator<Entry> {
  if (size > MAX_BLOCK) throw new ScanError('too_large', `a block of ${size} bytes`, offset);
  const bytes = Buffer.from(readExactly(index, offset, size + BLOCK_END));
  if (bytes[size] !== 0) throw new ScanError('unsupported', 'a compressed list of tensors', offset + size);
  const restarts = size < 4 ? -1 : bytes.readUInt32LE(size - 4);
  const end = size - 4 - restarts * 4;
  if (restarts < 0 || end < 0) throw new ScanError('malformed', 'a block without its restarts', offset);
  const block = slice(index, 'block', offset, offset + end);
  const cursor = new Cursor(block);
  let key = Buffer.alloc(0);
  while (!cursor.atEnd) {
    const [shared, added, length] = [readVarint(cursor), readVarint(cursor), readVarint(cursor)];
    if (shared > key.length || shared + added > MAX_KEY)
      throw new ScanError('malformed', 'a key that cannot be', offset + cursor.position);
    key = Buffer.concat([key.subarray(0, shared), cursor.bytes(added)]);
    const start = cursor.position;
    cursor.skip(length);
    yield { key: key.toString('latin1'), value: slice(block, 'entry', start, start + length) };
  }
}

/** Where a file with data has its list, by the names that TensorFlow gives: `x.data-00000-of-00001` beside `x.index`. */
export function indexOf(
  path: string,
): { readonly index: string; readonly shard: number; readonly shards: number } | null {
  const match = /^(.*)\.data-(\d{5})-of-(\d{5})$/s.exec(path);
  if (match === null) return null;
  return { index: `${match[1]}.index`, shard: Number(match[2]), shards: Number(match[3]) };
}

/** Tensors without a header of their own: the list beside them must account for every byte. @throws ScanError */
export function scanShard(file: Source, index: Source, context: Pick<ScanContext, 'tick' | 'keep'>): FormatVerdict {
  const place = indexOf(file.path);
  const sizes = readBundle(index, context);
  const expected = place === null ? undefined : sizes[place.shard];
  if (place === null || expected === undefined || place.shards !== sizes.length)
    throw new ScanError('malformed', 'the list beside it names no such file', 0);
  if (expected !== file.size)
    throw new ScanError('malformed', `the list beside it says ${expected} bytes, the file has ${file.size}`, 0);
  return { format: 'TensorFlow tensors', verdict: 'clean', notes: [] };
}
