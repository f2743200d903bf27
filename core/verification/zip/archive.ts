import { type Note, readExactly, type ScanContext, ScanError, type Source, startsWith, TAIL_SIZE } from '../format.ts';

const MAX_ENTRIES = 50_000;
/** In bytes. */
const MAX_DIRECTORY = 6 * 2 ** 20;
/** Bytes that an entry takes, its name aside. */
const ENTRY_BYTES = 200;
const END_SIZE = 22;
const END64_SIZE = 56;
const LOCATOR_SIZE = 20;

export interface Entry {
  /** Made of `rawName` each time: the names of all entries, kept as text, would take twice the directory's size. */
  readonly name: string;
  /** A view of the directory. */
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly localOffset: number;
  readonly unixMode: number;
}

export interface Archive {
  readonly entries: readonly Entry[];
  readonly directoryStart: number;
  readonly notes: readonly Note[];
}

export function zipNote(rule: string, message: string, offset: number): Note {
  const fix = 'Write the archive again with a standard tool, or leave the files themselves.';
  return { rule, severity: 'high', message, fix, offset };
}

/**
 * Offset in the tail of an end-of-central-directory record, or null. Its comment need not fit: Python takes what there is
 * of one, so that an archive opens whose directory is where it should be.
 */
export function findEnd(tail: Uint8Array, file: Source): number | null {
  for (let at = tail.length - END_SIZE; at >= 0; at -= 1) {
    if (tail[at] !== 0x50 || !startsWith(tail, 'PK\x05\x06', at)) continue;
    const comment = (tail[at + 20] ?? 0) + 256 * (tail[at + 21] ?? 0);
    if (at + END_SIZE + comment <= tail.length || hasDirectory(tail, at, file)) return at;
  }
  return null;
}

function hasDirectory(tail: Uint8Array, at: number, file: Source): boolean {
  if (startsWith(tail, 'PK\x06\x07', at - LOCATOR_SIZE)) return true;
  const size = Buffer.from(tail.subarray(at + 12, at + 16)).readUInt32LE();
  const start = file.size - tail.length + at - size;
  return start >= 0 && startsWith(file.read(start, 4), 'PK\x01\x02');
}

interface End {
  readonly count: number;
  readonly size: number;
  readonly start: number;
  /** Where the records of the end begin, which is where the directory must end. */
  readonly at: number;
}

/** The central directory (APPNOTE 6.3.10, sections 4.3.12 to 4.3.16). @throws ScanError */
export function readArchive(file: Source, context: ScanContext): Archive {
  const tailSize = Math.min(file.size, TAIL_SIZE);
  const tail = Buffer.from(readExactly(file, file.size - tailSize, tailSize));
  const found = findEnd(tail, file);
  if (found === null) throw new ScanError('malformed', 'a zip header without a central directory', 0);
  const notes: Note[] = [];
  const endOffset = file.size - tailSize + found;
  const comment = tail.readUInt16LE(found + 20);
  if (endOffset + END_SIZE + comment !== file.size)
    notes.push(zipNote('zip-trailing-data', 'data after the end of the archive', endOffset));
  if (comment > 0)
    notes.push(zipNote('zip-comment', 'an archive comment, in which another archive could hide', endOffset));
  const end = readEnd(file, tail, found, endOffset);
  if (end.count > MAX_ENTRIES) throw new ScanError('too_large', `${end.count} entries, at most ${MAX_ENTRIES}`, end.at);
  if (end.size > MAX_DIRECTORY) throw new ScanError('too_large', `a central directory of ${end.size} bytes`, end.at);
  context.keep(end.size + end.count * ENTRY_BYTES);
  if (end.start + end.size !== end.at)
    notes.push(
      zipNote('zip-prefix', 'the central directory is not where the archive says', Math.min(end.start, end.at)),
    );
  return { entries: readDirectory(file, end), directoryStart: end.start, notes };
}

function readEnd(file: Source, tail: Buffer, found: number, endOffset: number): End {
  const count = tail.readUInt16LE(found + 10);
  const size = tail.readUInt32LE(found + 12);
  const start = tail.readUInt32LE(found + 16);
  if (tail.readUInt32LE(found + 4) !== 0 || tail.readUInt16LE(found + 8) !== count)
    throw new ScanError('malformed', 'an archive in several parts', endOffset);
  const locator = endOffset - LOCATOR_SIZE;
  const has64 = locator >= END64_SIZE && startsWith(readExactly(file, locator, 4), 'PK\x06\x07');
  if (!has64) {
    if (count === 0xffff || size === 0xffffffff || start === 0xffffffff)
      throw new ScanError('malformed', 'the end of a zip64 archive is missing', endOffset);
    return { count, size, start, at: endOffset };
  }
  const at = locator - END64_SIZE;
  const record = Buffer.from(readExactly(file, at, END64_SIZE));
  const place = Number(Buffer.from(readExactly(file, locator, LOCATOR_SIZE)).readBigUInt64LE(8));
  if (
    !startsWith(record, 'PK\x06\x06') ||
    place !== at ||
    record.readUInt32LE(16) !== 0 ||
    record.readUInt32LE(20) !== 0
  )
    throw new ScanError('malformed', 'a zip64 end that is not where its locator says', locator);
  const end = {
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    start: Number(record.readBigUInt64LE(48)),
    at,
  };
  const agrees = (small: number, all: number, large: number): boolean => small === all || small === large;
  if (!agrees(count, 0xffff, end.count) || !agrees(size, 0xffffffff, end.size) || !agrees(start, 0xffffffff, end.start))
    throw new ScanError('malformed', 'two ends that disagree', locator);
  return end;
}

function readDirectory(file: Source, { start, size, count }: End): readonly Entry[] {
  const read = readExactly(file, start, size);
  // No copy: it may be large.
  const bytes = Buffer.from(read.buffer, read.byteOffset, read.length);
  const entries: Entry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 46 > bytes.length || !startsWith(bytes, 'PK\x01\x02', at))
      throw new ScanError('malformed', 'a broken entry in the central directory', start + at);
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const next = at + 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32);
    if (next > bytes.length) throw new ScanError('malformed', 'an entry goes past the central directory', start + at);
    const rawName = bytes.subarray(at + 46, at + 46 + nameLength);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    checkExtra(rawName, extra, start + at);
    const [plain, packed, offset] = wide(
      [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)],
      extra,
      start + at,
    );
    entries.push({
      get name() {
        return this.rawName.toString('utf8');
      },
      rawName,
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      compressed: packed ?? 0,
      size: plain ?? 0,
      unixMode: bytes.readUInt32LE(at + 38) >>> 16,
      localOffset: offset ?? 0,
    });
    at = next;
  }
  if (entries.length !== count)
    throw new ScanError('malformed', `expected ${count} entries, found ${entries.length}`, start);
  return entries;
}

/** Info-ZIP's field of another name (section 4.6.9), which Python and unzip take for the name. @throws ScanError */
export function checkExtra(name: Buffer, extra: Buffer, offset: number): void {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 0x7075) continue;
    if (!extra.subarray(at + 9, at + 4 + extra.readUInt16LE(at + 2)).equals(name))
      throw new ScanError('malformed', 'an entry with a second name', offset);
  }
}

/**
 * Values of 32 bits, each replaced by its 64 bits of the zip64 field where it is all ones (section 4.5.3). Some readers
 * take the field whatever the header says, so what else it has must be the same values.
 *
 * @param directory what the central directory says of a local header: PyTorch leaves sizes of more than 4 GiB at 0 there, to be
 *   said behind the entry, and has them in the field alone
 * @param place of that header, which PyTorch writes alone into its field where it is past 4 GiB
 * @throws ScanError
 */
export function wide(
  values: readonly number[],
  extra: Buffer,
  offset: number,
  directory: readonly number[] = [],
  place = 0,
): readonly number[] {
  const field = zip64Of(extra, offset);
  if (field === null) {
    if (values.includes(0xffffffff)) throw new ScanError('malformed', 'a zip64 field is missing', offset);
    return values;
  }
  let read = 0;
  const large = values.map((value) => {
    if (value !== 0xffffffff) return value;
    read += 8;
    return wordOf(field, read - 8, offset);
  });
  const left = field.length - read;
  if (left < 8 || (left === 8 && place >= 0xffffffff && wordOf(field, read, offset) === place)) return large;
  const contradicts = (value: number, index: number): boolean => {
    const word = 8 * index + 8 <= field.length ? wordOf(field, 8 * index, offset) : value;
    return word !== value && word !== directory[index];
  };
  if (large.some(contradicts))
    throw new ScanError('malformed', 'a zip64 field that says something else than its header', offset);
  return large;
}

function zip64Of(extra: Buffer, offset: number): Buffer | null {
  let found: Buffer | null = null;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    if (found !== null) throw new ScanError('malformed', 'two zip64 fields', offset);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) throw new ScanError('malformed', 'a zip64 field that is cut', offset);
    found = extra.subarray(at + 4, end);
  }
  return found;
}

function wordOf(field: Buffer, at: number, offset: number): number {
  if (at + 8 > field.length) throw new ScanError('malformed', 'a zip64 field that is too short', offset);
  const large = Number(field.readBigUInt64LE(at));
  if (!Number.isSafeInteger(large)) throw new ScanError('malformed', 'a size of more than 2⁵³', offset);
  return large;
}
