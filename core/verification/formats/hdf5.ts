import { scanEmbedded } from '../embedded-text.ts';
import {
  type Format,
  type FormatVerdict,
  type Note,
  readExactly,
  type ScanContext,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';
import { Attributes, type Place } from '../hdf5/attribute.ts';
import { bytesOf, textsOf } from '../hdf5/dataset.ts';
import type { TextField, TextLayout } from '../hdf5/datatype.ts';
import { membersOf, readLink } from '../hdf5/groups.ts';
import { type Message, number64, readMessages, readSuperblock, SIGNATURE, UNDEFINED } from '../hdf5/header.ts';
import { PickleScan } from '../pickle/scan.ts';

/** Bytes by which a text is told. */
const HEAD = 256;
const MAX_OBJECTS = 500_000;
const FIX = 'Save the model again with Keras or h5py, with all of its data inside of the file.';

/**
 * HDF5, as Keras saves weights and models: every object header is read, and every text in an attribute is judged as a
 * configuration and looked into for pickles. So are datasets of text and of bytes without a type; numbers are not read.
 */
export const hdf5: Format = {
  name: 'hdf5',
  rules: [
    {
      id: 'hdf5-external',
      title: 'Data or objects in another file',
      why: 'A path chosen by the model is opened: other files of the machine are read into the model.',
      cves: ['CVE-2026-1669'],
    },
    {
      id: 'hdf5-filter',
      title: 'A filter that is not part of HDF5',
      why: 'Reading the data loads a plugin of native code.',
    },
    {
      id: 'hdf5-pickled-values',
      title: 'Values that are pickles',
      why: 'PyTables and pandas unpickle them while they read the table, and a pickle can run any code.',
    },
    {
      id: 'hdf5-hidden-data',
      title: 'Bytes before or after the file of HDF5',
      why: 'The file is something else to other readers.',
    },
  ],
  detect: (head, file) => startsWith(head, SIGNATURE) || userBlock(file) !== null,
  scan: (file, context): FormatVerdict => {
    const block = userBlock(file);
    if (block !== null) return verdictOf([note('hdf5-hidden-data', `HDF5 begins at byte ${block} only`, 0)]);
    return verdictOf(scanObjects(file, context));
  },
};

function verdictOf(notes: readonly Note[]): FormatVerdict {
  return { format: 'HDF5', verdict: notes.length > 0 ? 'finding' : 'clean', notes: notes.slice(0, 50) };
}

function note(rule: string, message: string, offset: number): Note {
  return { rule, severity: 'high', message, fix: FIX, offset };
}

/** Readers look for the signature at 0, 512, 1024 and so on; what is before it is the user's. */
function userBlock(file: Source): number | null {
  if (startsWith(file.read(0, 8), SIGNATURE)) return null;
  for (let at = 512; at + 8 <= file.size; at *= 2) if (startsWith(file.read(at, 8), SIGNATURE)) return at;
  return null;
}

function scanObjects(file: Source, context: ScanContext): readonly Note[] {
  const { roots, end } = readSuperblock(file);
  if (end > file.size) throw new ScanError('malformed', `it should have ${end} bytes, and has ${file.size}`, file.size);
  const notes: Note[] = end < file.size ? [note('hdf5-hidden-data', 'bytes after the end of the file', end)] : [];
  const attributes = new Attributes(file, context.tick);
  const seen = new Set<number>(roots);
  // A set goes on over what is added while it is walked.
  for (const address of seen) {
    context.tick();
    if (seen.size > MAX_OBJECTS) throw new ScanError('too_large', `more than ${MAX_OBJECTS} objects`, address);
    const messages = readMessages(file, address);
    for (const message of messages) {
      const found = judge(message, file, context);
      notes.push(...found.notes);
      for (const member of found.members) seen.add(member);
      if (message.type !== 0x0c) continue;
      for (const place of attributes.textsOf(message)) {
        if (isPickled(file, place))
          notes.push(note('hdf5-pickled-values', 'a dataset whose values are Python objects', place.start));
        scanText(file, place, context);
      }
    }
    scanDataset(file, messages, attributes, context);
  }
  return notes;
}

/** Marks of datasets whose values are pickles: of PyTables, unless it is one of two kinds of text (`tables/atom.py`), and of hickle. */
function isPickled(file: Source, { name, start, end }: Place): boolean {
  if (name !== 'PSEUDOATOM' && name !== 'base_type') return false;
  const kind = Buffer.from(file.read(start, Math.min(64, end - start))).toString('latin1');
  if (name === 'base_type') return /^pickle\0*$/.test(kind);
  return !/^vl(?:string|unicode)\0*$/.test(kind);
}

/** Texts that could be a configuration are files of their own; the others are labels, in which a pickle may be, too: PyTables unpickles attributes. */
function scanText(file: Source, { name, start, end }: Place, context: ScanContext): void {
  const last = withoutPadding(file, start, end);
  if (last === start) return;
  const text = slice(file, `@${name}`, start, last);
  const head = text.read(0, HEAD);
  const first = Buffer.from(head.subarray(0, 64)).toString('latin1');
  const config = /^(?:model|training)_config$/.test(name) || /^[\s\xEF\xBB\xBF]*(?:[[{"]|$)/.test(first);
  if (config) context.inside(text);
  else scanEmbedded(text, context);
}

/** Elements that are read at once. */
const ELEMENTS = 4096;
/** Bytes of elements that say little alone, and something together. */
const SHORT = 16;

/** Labels, or a configuration or a pickle among them. */
function scanDataset(file: Source, messages: readonly Message[], attributes: Attributes, context: ScanContext): void {
  const texts = textsOf(file, messages, context);
  if (texts === null) {
    const bytes = bytesOf(file, messages, context);
    if (bytes !== null) new PickleScan(bytes, context, {}).content(0, bytes.size, bytes.read(0, HEAD));
    return;
  }
  const { stride, fields } = texts;
  const [first] = fields;
  const alone = fields.length === 1 && first?.kind === 'fixed' && first.width === stride;
  // What is shorter holds nothing by itself, and stands apart from the next.
  const long = fields.filter(({ kind, width }) => kind === 'variable' || width >= SHORT);
  for (const piece of texts.pieces) {
    if (alone && stride < SHORT) scanElement(piece, 'texts', 0, piece.size, context);
    else for (const field of long) scanField(file, piece, { ...field, stride }, attributes, context);
  }
}

/** One of each element. */
type Column = TextField & Pick<TextLayout, 'stride'>;

function scanField(file: Source, piece: Source, column: Column, attributes: Attributes, context: ScanContext): void {
  const { kind, at, width, stride } = column;
  if (kind === 'variable') {
    scanReferred(file, piece, column, attributes, context);
    return;
  }
  for (let start = at; start < piece.size; start += stride)
    scanElement(piece, `text@${start}`, start, Math.min(start + width, piece.size), context);
}

/** Texts in heaps, by the references in each element. */
function scanReferred(
  file: Source,
  piece: Source,
  { at, stride, unit }: Column,
  attributes: Attributes,
  context: ScanContext,
): void {
  const step = stride === 16 ? 16 * ELEMENTS : stride;
  for (let start = at; start + 16 <= piece.size; start += step) {
    context.tick();
    const length = stride === 16 ? Math.min(step, piece.size - start) : 16;
    const bytes = Buffer.from(readExactly(piece, start, length));
    for (const place of attributes.referred({ name: '', unit }, bytes, start))
      scanElement(file, `text@${place.start}`, place.start, place.end, context);
  }
}

function scanElement(source: Source, name: string, start: number, end: number, context: ScanContext): void {
  context.tick();
  const last = withoutPadding(source, start, end);
  if (last > start) scanEmbedded(slice(source, name, start, last), context);
}

/** Where a text ends before the zeros that pad it to its length. */
function withoutPadding(source: Source, start: number, end: number): number {
  for (let last = end; last > start; ) {
    const from = Math.max(start, last - HEAD);
    const bytes = readExactly(source, from, last - from);
    const found = bytes.findLastIndex((byte) => byte !== 0);
    if (found >= 0) return from + found + 1;
    last = from;
  }
  return start;
}

interface Judged {
  readonly notes: readonly Note[];
  /** Headers of the objects inside. */
  readonly members: readonly number[];
}

const NOTHING: Judged = { notes: [], members: [] };

/** One message by its type (section IV.A.2). What is not known here is not scanned. @throws ScanError */
function judge(message: Message, file: Source, context: ScanContext): Judged {
  const { type, flags, data, offset } = message;
  // A type may be shared: it is data, too. Anything else that is kept elsewhere could be an attribute.
  if ((flags & 2) !== 0 && type !== 0x03 && type !== 0)
    throw new ScanError('unsupported', 'a message that is kept elsewhere', offset);
  switch (type) {
    case 0x02:
      return dense(data, offset, (data[1] ?? 0) & 1 ? 10 : 2);
    case 0x15:
      return dense(data, offset, (data[1] ?? 0) & 1 ? 4 : 2);
    case 0x06: {
      const link = readLink(message);
      if (link.kind === 'foreign') return found('hdf5-external', 'a link to an object in another file', offset);
      return link.kind === 'hard' ? { notes: [], members: [link.address] } : NOTHING;
    }
    case 0x07:
      return found('hdf5-external', 'a dataset whose values are read from another file', offset);
    case 0x08:
      return layout(data, offset, file);
    case 0x0b:
      return filters(data, offset);
    case 0x11:
      return { notes: [], members: membersOf(file, message, context.tick) };
    case 0x00:
    case 0x01:
    case 0x03:
    case 0x04:
    case 0x05:
    case 0x0a:
    case 0x0c:
    case 0x0d:
    case 0x0e:
    case 0x10:
    case 0x12:
    case 0x13:
    case 0x16:
    case 0x17:
      return NOTHING;
    default:
      throw new ScanError('unsupported', `a message of type ${type}`, offset);
  }
}

function found(rule: string, message: string, offset: number): Judged {
  return { notes: [note(rule, message, offset)], members: [] };
}

/** Many links or attributes lie in a heap of their own, which is not read here. */
function dense(data: Buffer, offset: number, at: number): Judged {
  if (number64(data, at) < UNDEFINED - 1)
    throw new ScanError('unsupported', 'links or attributes in dense storage', offset);
  return NOTHING;
}

function layout(data: Buffer, offset: number, file: Source): Judged {
  const version = data[0] ?? 0;
  // Version 5, of HDF5 2.0, is version 4 with chunks of more than 4 GiB.
  if (version < 1 || version > 5) throw new ScanError('unsupported', `version ${version} of a layout`, offset);
  const kind = data[version < 3 ? 2 : 1];
  if (kind === 3) return found('hdf5-external', 'a virtual dataset, put together of other files', offset);
  if (version >= 3 && kind === 1) {
    const address = number64(data, 2);
    if (address < UNDEFINED - 1 && address + number64(data, 10) > file.size)
      throw new ScanError('malformed', 'a dataset goes past the end', offset);
  }
  return NOTHING;
}

/** LZF, which h5py brings itself. */
const LZF = 32_000;

/** Filters 1 to 6 are part of HDF5: deflate, shuffle, checksum, szip, nbit and scale-offset. */
function filters(data: Buffer, offset: number): Judged {
  const version = data[0] ?? 0;
  if (version !== 1 && version !== 2) throw new ScanError('unsupported', 'an unknown list of filters', offset);
  let at = version === 1 ? 8 : 2;
  for (let left = data[1] ?? 0; left > 0; left -= 1) {
    if (at + (version === 1 ? 8 : 6) > data.length)
      throw new ScanError('malformed', 'a list of filters that is cut', offset);
    const id = data.readUInt16LE(at);
    if ((id < 1 || id > 6) && id !== LZF)
      return found('hdf5-filter', `filter ${id} is a plugin of native code`, offset + at);
    const named = version === 1;
    const name = named ? Math.ceil(data.readUInt16LE(at + 2) / 8) * 8 : 0;
    const values = data.readUInt16LE(at + (named ? 6 : 4));
    at += (named ? 8 : 6) + name + 4 * (named ? values + (values % 2) : values);
  }
  return NOTHING;
}
