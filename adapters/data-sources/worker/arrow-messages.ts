import type { FileHandle } from 'node:fs/promises';
import type { Bytes } from './arrow-data.ts';
import { ArrowError, type ArrowField, readSchema, refuseBrokenNotes } from './arrow-schema.ts';
import { FlatTable, type Structs } from './flatbuffer.ts';

/** At both ends of a file; a stream has none. */
const MAGIC = Buffer.from('ARROW1');
/** The magic at a file's beginning, with what fills it up to the first message. */
const BEFORE_MESSAGES = 8;
/** Behind a file's footer: its length, and the magic. */
const AFTER_FOOTER = 4 + MAGIC.length;
/** Before the length of a message, in files since 2019. */
const CONTINUATION = 0xffffffff;
/** In bytes, of what describes one batch. */
const MAX_METADATA = 64 * 1024 * 1024;
/** `MetadataVersion` (Schema.fbs) with today's layout: 0.8 of 2017, and 1.0. */
const VERSIONS = [3, 4];
/** In bytes, of a `Block` of the footer (File.fbs). */
const BLOCK = 24;

/** Of one batch or dictionary, in bytes from the start of the file. */
export interface ArrowMessage {
  readonly kind: 'batch' | 'dictionary';
  readonly at: number;
  /** Of what describes it, and how far in it begins. */
  readonly metadata: { readonly at: number; readonly bytes: number };
  readonly body: { readonly at: number; readonly bytes: number };
}

export interface ArrowMessages {
  readonly schema: readonly ArrowField[];
  /** In the order in which they are read. */
  readonly messages: readonly ArrowMessage[];
  /** A dictionary is replaced in streams alone. */
  readonly isFile: boolean;
}

/**
 * Where the batches of an Arrow file or stream are. A file says twice what it holds: in its messages, one after the other,
 * which readers of streams go through, and in its footer, by which others find them. Where the two differ, training may
 * read other rows than we. Behind the end of a stream nothing may follow, since no reader comes to it, and without its mark
 * it may be cut.
 * @throws ArrowError, FlatbufferError
 */
export async function findMessages(file: FileHandle): Promise<ArrowMessages> {
  const { size } = await file.stat();
  const isFile = size >= BEFORE_MESSAGES && MAGIC.equals(await bytesOf(file, 0, MAGIC.length));
  return isFile ? inFile(file, size) : inStream(file, size);
}

/** What describes a batch or dictionary: its header in Message.fbs. */
export async function headerOf(file: FileHandle, { metadata }: ArrowMessage): Promise<FlatTable> {
  const header = FlatTable.root(await bytesOf(file, metadata.at, metadata.bytes)).table(2);
  if (header === null) throw new ArrowError(CUT);
  return header;
}

export function bodyOf(file: FileHandle, { body }: ArrowMessage): Promise<Bytes> {
  return bytesOf(file, body.at, body.bytes);
}

async function inStream(file: FileHandle, size: number): Promise<ArrowMessages> {
  const { schema, messages, end, ended } = await messagesBetween(file, 0, size);
  if (schema === null) throw new ArrowError('expected an Arrow file or stream, found no schema in it');
  if (end < size)
    throw new ArrowError(`the stream ends at byte ${end}, and ${size - end} more follow, which no reader comes to`);
  if (!ended)
    throw new ArrowError('the stream has no mark of its end, so it may be cut: write it anew, and close its writer');
  return { schema, messages, isFile: false };
}

async function inFile(file: FileHandle, size: number): Promise<ArrowMessages> {
  if (!MAGIC.equals(await bytesOf(file, size - MAGIC.length, MAGIC.length)))
    throw new ArrowError('the file is cut: it doesn’t end as a file of Arrow does');
  const length = (await bytesOf(file, size - AFTER_FOOTER, 4)).readUInt32LE();
  const start = size - AFTER_FOOTER - length;
  if (start < BEFORE_MESSAGES) throw new ArrowError('its footer is longer than the file');
  const footer = FlatTable.root(await bytesOf(file, start, length));
  refuseOther(footer.short(0));
  refuseBrokenNotes(footer, 4);
  const stated = footer.table(1);
  if (stated === null) throw new ArrowError('its footer states no columns');
  const schema = readSchema(stated);
  const [dictionaries, batches] = [footer.structs(2, BLOCK), footer.structs(3, BLOCK)];
  const first = await beginning(file, start, [dictionaries, batches]);
  const found = await messagesBetween(file, first, start);
  const refuse = (kind: ArrowMessage['kind'], blocks: Structs): readonly ArrowMessage[] => {
    const there = found.messages.filter((message) => message.kind === kind);
    const named = Array.from({ length: blocks.count }, (_, index) => blockOf(blocks.at(index)));
    if (named.join() === there.map(({ at, metadata, body }) => [at, metadata.at + metadata.bytes, body.bytes]).join())
      return there;
    const what = kind === 'batch' ? 'batches' : 'dictionaries';
    throw new ArrowError(
      `its footer names ${blocks.count} ${what}, and others are there (${there.length}): readers disagree which rows it holds; write it anew`,
    );
  };
  const messages = [...refuse('dictionary', dictionaries), ...refuse('batch', batches)];
  // The package for JavaScript writes no schema among the messages of a file.
  if (found.schema !== null && JSON.stringify(found.schema) !== JSON.stringify(schema))
    throw new ArrowError('its footer states other columns than its beginning: readers disagree what it holds');
  return { schema, messages, isFile: true };
}

/** Of a `Block`: where its message begins, where its metadata ends, and how many bytes its body has. */
function blockOf(block: DataView): readonly (number | bigint)[] {
  const at = block.getBigInt64(0, true);
  return [at, at + BigInt(block.getInt32(8, true)), block.getBigInt64(16, true)];
}

/**
 * Where messages can be followed from. Polars writes the schema of a file without the length that precedes a message: no
 * reader of streams comes past it, and what the footer names is all that anybody reads.
 */
async function beginning(file: FileHandle, end: number, blocks: readonly Structs[]): Promise<number> {
  const prefix = (await bytesOf(file, BEFORE_MESSAGES, Math.min(8, end - BEFORE_MESSAGES))).readInt32LE();
  const first = Math.min(
    end,
    ...blocks.flatMap(({ count, at }) => (count === 0 ? [] : [Number(at(0).getBigInt64(0, true))])),
  );
  if (prefix === -1 || first <= BEFORE_MESSAGES) return BEFORE_MESSAGES;
  try {
    const bare = FlatTable.root(await bytesOf(file, BEFORE_MESSAGES, first - BEFORE_MESSAGES));
    return bare.byte(1) === 1 && bare.table(2) !== null ? first : BEFORE_MESSAGES;
  } catch {
    return BEFORE_MESSAGES;
  }
}

interface Walk {
  readonly schema: readonly ArrowField[] | null;
  readonly messages: readonly ArrowMessage[];
  /** Behind the last one, and behind the mark that ends a stream. */
  readonly end: number;
  /** Whether that mark is there. */
  readonly ended: boolean;
}

async function messagesBetween(file: FileHandle, start: number, end: number): Promise<Walk> {
  const messages: ArrowMessage[] = [];
  let schema: readonly ArrowField[] | null = null;
  let at = start;
  while (at + 4 <= end) {
    let prefix = 4;
    let length = (await bytesOf(file, at, 4)).readUInt32LE();
    if (length === CONTINUATION && at + 8 <= end) {
      prefix = 8;
      length = (await bytesOf(file, at + 4, 4)).readUInt32LE();
    }
    if (length === 0) return { messages, schema, end: at + prefix, ended: true };
    if (length > MAX_METADATA || at + prefix + length > end) throw new ArrowError(CUT);
    const metadata = { at: at + prefix, bytes: length };
    const message = FlatTable.root(await bytesOf(file, metadata.at, length));
    refuseOther(message.short(0));
    refuseBrokenNotes(message, 4);
    const body = { at: metadata.at + length, bytes: Number(message.long(3)) };
    if (!(body.bytes >= 0 && body.at + body.bytes <= end)) throw new ArrowError(CUT);
    const kind = KINDS[message.byte(1)];
    if (kind === undefined) throw new ArrowError('it holds messages that are no rows, as those of a tensor');
    const columns = kind === 'schema' ? message.table(2) : null;
    if (kind !== 'schema') messages.push({ kind, at, metadata, body });
    else if (columns === null || schema !== null || messages.length > 0)
      throw new ArrowError('it states its columns more than once, or behind its rows');
    else schema = readSchema(columns);
    at = body.at + body.bytes;
  }
  return { messages, schema, end: at, ended: false };
}

/** `MessageHeader` of Message.fbs. */
const KINDS: Readonly<Record<number, ArrowMessage['kind'] | 'schema'>> = { 1: 'schema', 2: 'dictionary', 3: 'batch' };

function refuseOther(version: number): void {
  if (!VERSIONS.includes(version))
    throw new ArrowError(`it is of version ${version + 1} of the format, of which 4 and 5 are read: write it anew`);
}

const CUT = 'the file is cut, or lies about where its batches end';

async function bytesOf(file: FileHandle, position: number, length: number): Promise<Buffer<ArrayBuffer>> {
  if (position < 0) throw new ArrowError(CUT);
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, position);
  if (bytesRead < length) throw new ArrowError(CUT);
  return buffer;
}
