import { zstdDecompressSync } from 'node:zlib';
import { ArrowError, type ArrowField, type ArrowType } from './arrow-schema.ts';
import type { FlatTable, Structs } from './flatbuffer.ts';
import { decodeLz4Frame } from './lz4.ts';

/** In memory that is ours alone, as typed arrays need it. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Values of one column, or of a field within one, in one batch: its buffers are as long as its length needs. */
export interface ArrowData {
  readonly type: ArrowType;
  readonly length: number;
  /** A bit for each value, set where there is one; null where all are there. */
  readonly validity: Bytes | null;
  /** As the layout of its type has them, the bitmap left out. */
  readonly buffers: readonly Bytes[];
  readonly children: readonly ArrowData[];
  /** What the indexes of a dictionary point at. */
  readonly dictionary: ArrowDictionary;
}

/** Pieces that follow each other: each delta adds one. */
export type ArrowDictionary = readonly ArrowData[];

/** In bytes: what one batch may be when it is unpacked. */
const MAX_BATCH = 1 << 30;
/** Of one batch: what a signed 32-bit integer counts, as the format asks for. */
const MAX_ROWS = 2 ** 31 - 1;
/** In bytes, of a FieldNode and of a Buffer (Message.fbs). */
const PAIR = 16;
/** Before a compressed buffer: how long it is unpacked, or this where it is not compressed. */
const LENGTH_BYTES = 8;
const NOT_COMPRESSED = -1n;

/**
 * The columns of a batch. All that it says of itself is held against its bytes, since readers go by different parts of it:
 * lengths, counts of nulls, where buffers lie and how long they are unpacked.
 * @param batch a RecordBatch of Message.fbs @param body the bytes behind it
 * @throws ArrowError, FlatbufferError, and what broken compression makes the decoders throw
 */
export function loadBatch(
  batch: FlatTable,
  body: Bytes,
  fields: readonly Pick<ArrowField, 'type'>[],
  dictionaries: ReadonlyMap<string, ArrowDictionary>,
): { readonly rows: number; readonly columns: readonly ArrowData[] } {
  const loader = new Loader(batch, body, dictionaries);
  const rows = countOf(batch.long(0));
  const columns = fields.map(({ type }) => loader.load(type));
  loader.refuseRest();
  if (columns.some(({ length }) => length !== rows))
    throw new ArrowError(`a batch of ${rows} rows has a column of another length: the file lies about its rows`);
  return { rows, columns };
}

class Loader {
  readonly #nodes: Structs;
  readonly #buffers: Structs;
  readonly #body: Bytes;
  readonly #unpack: ((bytes: Bytes, length: number) => Bytes) | null;
  readonly #views: readonly number[];
  readonly #dictionaries: ReadonlyMap<string, ArrowDictionary>;
  #node = 0;
  #buffer = 0;
  #view = 0;
  #left = MAX_BATCH;

  constructor(batch: FlatTable, body: Bytes, dictionaries: ReadonlyMap<string, ArrowDictionary>) {
    this.#nodes = batch.structs(1, PAIR);
    this.#buffers = batch.structs(2, PAIR);
    this.#body = body;
    this.#unpack = decoderOf(batch.table(3));
    const views = batch.structs(4, 8);
    this.#views = Array.from({ length: views.count }, (_, index) => countOf(views.at(index).getBigInt64(0, true)));
    this.#dictionaries = dictionaries;
  }

  load(type: ArrowType): ArrowData {
    if (this.#node >= this.#nodes.count) throw new ArrowError('a batch with fewer columns than its schema');
    const node = this.#nodes.at(this.#node);
    this.#node += 1;
    const length = countOf(node.getBigInt64(0, true));
    const nulls = countOf(node.getBigInt64(8, true));
    const empty = { type, length, validity: null, buffers: [], children: [], dictionary: [] };
    if (type.kind === 'null') return empty;
    if (type.kind === 'run_ends') {
      const children = [this.load(type.ends), this.load(type.value)];
      refuseRuns(children, length, nulls);
      return { ...empty, children };
    }
    const validity = validityOf(this.#next(), length, nulls);
    const buffers = sizesOf(type).map(({ width, more }) => {
      const bytes = this.#next();
      if (bytes.length < (length === 0 ? 0 : Math.ceil((length + more) * width))) throw new ArrowError(SHORT);
      return aligned(bytes, Math.max(width, 1));
    });
    if (type.kind === 'text' || type.kind === 'binary') buffers.push(this.#next());
    if (type.kind === 'text_view' || type.kind === 'binary_view') {
      const count = this.#views[this.#view] ?? 0;
      this.#view += 1;
      for (let index = 0; index < count; index += 1) buffers.push(this.#next());
    }
    const children = itemsOf(type).map((item) => this.load(item));
    refuseUneven(type, length, children);
    return { type, length, validity, buffers, children, dictionary: this.#dictionaryOf(type, length) };
  }

  /** What no column of the schema has taken. */
  refuseRest(): void {
    if (this.#node < this.#nodes.count || this.#buffer < this.#buffers.count || this.#view < this.#views.length)
      throw new ArrowError('a batch with more columns than its schema');
  }

  #dictionaryOf(type: ArrowType, length: number): ArrowDictionary {
    if (type.kind !== 'dictionary') return [];
    const found = this.#dictionaries.get(type.id);
    if (found === undefined && length > 0) throw new ArrowError('a batch before the dictionary of its values');
    return found ?? [];
  }

  #next(): Bytes {
    if (this.#buffer >= this.#buffers.count) throw new ArrowError('a batch with fewer buffers than its columns have');
    const region = this.#buffers.at(this.#buffer);
    this.#buffer += 1;
    const [offset, length] = [Number(region.getBigInt64(0, true)), Number(region.getBigInt64(8, true))];
    if (!(offset >= 0 && offset % 8 === 0 && length >= 0 && offset + length <= this.#body.length))
      throw new ArrowError('the file is cut, or lies about where its values are');
    const bytes = this.#body.subarray(offset, offset + length);
    if (this.#unpack === null || length === 0) return bytes;
    if (length < LENGTH_BYTES) throw new ArrowError(SHORT);
    const stated = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
    const packed = bytes.subarray(LENGTH_BYTES);
    if (stated === NOT_COMPRESSED) return packed;
    if (stated < 0n || stated > BigInt(this.#left))
      throw new ArrowError(`a batch of more than ${MAX_BATCH} bytes when it is unpacked: write smaller ones`);
    this.#left -= Number(stated);
    const unpacked = stated === 0n ? new Uint8Array(0) : this.#unpack(packed, Number(stated));
    if (unpacked.length !== Number(stated))
      throw new ArrowError(`a buffer of ${unpacked.length} bytes, where it states ${stated}: the file lies`);
    return unpacked;
  }
}

function decoderOf(compression: FlatTable | null): ((bytes: Bytes, length: number) => Bytes) | null {
  if (compression === null) return null;
  const [codec, method] = [compression.byte(0), compression.byte(1)];
  if (method !== 0 || codec > 1) throw new ArrowError('it is compressed in another way than LZ4 or zstd');
  return codec === 0 ? decodeLz4Frame : (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: length });
}

/** The buffers of a type that its length decides: bytes of a value, and values that they hold beyond the length. */
function sizesOf(type: ArrowType): readonly { readonly width: number; readonly more: number }[] {
  const each = (width: number): { width: number; more: number } => ({ width, more: 0 });
  switch (type.kind) {
    case 'boolean':
      return [each(1 / 8)];
    case 'integer':
    case 'float':
    case 'decimal':
    case 'date':
    case 'time':
      return [each(type.bits / 8)];
    case 'timestamp':
    case 'duration':
      return [each(8)];
    case 'fixed_binary':
      return [each(type.width)];
    case 'dictionary':
      return [each(type.index.bits / 8)];
    case 'text':
    case 'binary':
    case 'list':
      return [{ width: type.large ? 8 : 4, more: 1 }];
    case 'map':
      return [{ width: 4, more: 1 }];
    case 'list_view':
      return [each(type.large ? 8 : 4), each(type.large ? 8 : 4)];
    case 'text_view':
    case 'binary_view':
      return [each(16)];
    default:
      return [];
  }
}

/** Types whose values lie in children. */
export function itemsOf(type: ArrowType): readonly ArrowType[] {
  switch (type.kind) {
    case 'list':
    case 'list_view':
    case 'fixed_list':
      return [type.item];
    case 'struct':
      return type.fields.map((field) => field.type);
    case 'map':
      return [type.entry];
    default:
      return [];
  }
}

function refuseUneven(type: ArrowType, length: number, children: readonly ArrowData[]): void {
  const wanted = type.kind === 'struct' ? length : type.kind === 'fixed_list' ? length * type.size : 0;
  const uneven = type.kind === 'struct' ? children.some((child) => child.length !== wanted) : false;
  if (uneven || children.some((child) => child.length < wanted)) throw new ArrowError(SHORT);
}

/** Ends of runs rise, and the last one is behind all values. */
function refuseRuns([ends, values]: readonly ArrowData[], length: number, nulls: number): void {
  if (ends === undefined || values === undefined || nulls !== 0) throw new ArrowError(RUNS);
  if (ends.validity !== null || ends.length !== values.length || (ends.length === 0 && length > 0))
    throw new ArrowError(RUNS);
}

export const RUNS = 'runs of values whose ends do not rise, or do not reach the last row';

/** @throws ArrowError where the count of nulls is not that of the bitmap: some readers go by the one and some by the other */
function validityOf(bitmap: Bytes, length: number, nulls: number): Bytes | null {
  if (bitmap.length === 0) {
    if (nulls > 0) throw new ArrowError(`${nulls} values are null, and it doesn’t say which`);
    return null;
  }
  if (bitmap.length * 8 < length) throw new ArrowError(SHORT);
  let set = 0;
  for (let byte = 0; byte < length >> 3; byte += 1) set += BITS[bitmap[byte] ?? 0] ?? 0;
  for (let index = length & ~7; index < length; index += 1) if (isSet(bitmap, index)) set += 1;
  if (length - set !== nulls)
    throw new ArrowError(`it states ${nulls} nulls where ${length - set} are: readers disagree which values are there`);
  return nulls === 0 ? null : bitmap;
}

/** How many bits of a byte are set. */
const BITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

export function isSet(bits: Bytes, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

/** Typed arrays begin at a multiple of their width. */
function aligned(bytes: Bytes, width: number): Bytes {
  return bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
}

function countOf(count: bigint): number {
  if (count < 0n || count > MAX_ROWS) throw new ArrowError(`a count of ${count}, where 0 to ${MAX_ROWS} were expected`);
  return Number(count);
}

const SHORT = 'the file is cut, or lies about its rows';
