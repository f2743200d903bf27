import type { FileHandle } from 'node:fs/promises';
import { Message, type RecordBatchReader, type Schema } from 'apache-arrow';
import { ArrowError } from './arrow-columns.ts';

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

/**
 * A file of Arrow says twice what it holds: in its messages, one after the other, which readers of streams go through, and in
 * its footer, by which others find them. Where the two differ, training may read other rows than we. Behind the end of a
 * stream nothing may follow, since no reader comes to it.
 * @param reader opened
 * @throws ArrowError
 */
export async function refuseLyingFooter(file: FileHandle, reader: RecordBatchReader, schema: Schema): Promise<void> {
  const { size } = await file.stat();
  const footer = reader.isFile() ? reader.footer : null;
  if (footer === null) {
    const { end } = await messagesBetween(file, 0, size);
    if (end < size)
      throw new ArrowError(`the stream ends at byte ${end}, and ${size - end} more follow, which no reader comes to`);
    return;
  }
  if (!MAGIC.equals(await bytesOf(file, size - MAGIC.length, MAGIC.length)))
    throw new ArrowError('the file is cut: it doesn’t end as a file of Arrow does');
  const start = size - AFTER_FOOTER - (await bytesOf(file, size - AFTER_FOOTER, 4)).readUInt32LE();
  const messages = await messagesBetween(file, BEFORE_MESSAGES, start);
  const named = {
    batches: Array.from(footer.recordBatches(), ({ offset }) => offset),
    dictionaries: Array.from(footer.dictionaryBatches(), ({ offset }) => offset),
  };
  for (const kind of ['batches', 'dictionaries'] as const)
    if (named[kind].join() !== messages[kind].join())
      throw new ArrowError(
        `its footer names ${named[kind].length} ${kind}, and others are there (${messages[kind].length}): readers disagree which rows it holds; write it anew`,
      );
  // The package for JavaScript writes no schema among the messages of a file.
  if (messages.schema !== null && columnsOf(messages.schema) !== columnsOf(schema))
    throw new ArrowError('its footer states other columns than its beginning: readers disagree what it holds');
}

interface Messages {
  /** Where each begins, in bytes from the start of the file. */
  readonly batches: readonly number[];
  readonly dictionaries: readonly number[];
  readonly schema: Schema | null;
  /** Behind the last one, and behind the mark that ends a stream. */
  readonly end: number;
}

async function messagesBetween(file: FileHandle, start: number, end: number): Promise<Messages> {
  const batches: number[] = [];
  const dictionaries: number[] = [];
  let schema: Schema | null = null;
  let at = start;
  while (at + 4 <= end) {
    let prefix = 4;
    let length = (await bytesOf(file, at, 4)).readUInt32LE();
    if (length === CONTINUATION && at + 8 <= end) {
      prefix = 8;
      length = (await bytesOf(file, at + 4, 4)).readUInt32LE();
    }
    if (length === 0) return { batches, dictionaries, schema, end: at + prefix };
    if (length > MAX_METADATA || at + prefix + length > end) throw new ArrowError(CUT);
    const message = Message.decode(await bytesOf(file, at + prefix, length));
    if (message.isRecordBatch()) batches.push(at);
    else if (message.isDictionaryBatch()) dictionaries.push(at);
    else if (message.isSchema()) schema ??= message.header();
    const { bodyLength } = message;
    if (!Number.isSafeInteger(bodyLength) || bodyLength < 0) throw new ArrowError(CUT);
    at += prefix + length + bodyLength;
    if (at > end) throw new ArrowError(CUT);
  }
  return { batches, dictionaries, schema, end: at };
}

const CUT = 'the file is cut, or lies about where its batches end';

function columnsOf({ fields }: Schema): string {
  return JSON.stringify(fields.map(({ name, type, nullable }) => [name, String(type), nullable]));
}

async function bytesOf(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (position < 0) throw new ArrowError(CUT);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new ArrowError(CUT);
  return buffer;
}
