import { sha256Hex } from '../../canonical.ts';
import { RepoPath } from '../../names.ts';
import { evidenceOf, type Note, readExactly, ScanError, type Source, startsWith } from '../format.ts';
import { type Archive, checkExtra, type Entry, wide, zipNote } from './archive.ts';

const MAX_RATIO = 200;
const MAX_NOTES = 30;
/** Kinds in a mode of Unix that libarchive makes when it unpacks: devices of characters and blocks, sockets. */
const SPECIAL: ReadonlySet<number> = new Set([0o020000, 0o060000, 0o140000]);
const PIPE = 0o010000;

/** An entry that was found where the directory says. */
export interface Located {
  readonly entry: Entry;
  readonly dataStart: number;
  readonly dataEnd: number;
  /** After the data descriptor, if there is one. */
  readonly end: number;
}

/**
 * Holds an entry's local header against the central directory: a reader may trust either. Of an archive of nothing but
 * wrong entries not all are noted.
 *
 * @throws ScanError
 */
export function locate(file: Source, entry: Entry, notes: Note[]): Located {
  const at = entry.localOffset;
  const quoted = evidenceOf(entry.name);
  const enough = notes.length >= MAX_NOTES;
  const add = (rule: string, message: string): void => {
    if (!enough) notes.push({ ...zipNote(rule, message, at), evidence: quoted });
  };
  const local = Buffer.from(readExactly(file, at, 30));
  if (!startsWith(local, 'PK\x03\x04')) throw new ScanError('malformed', `no local header of ${quoted}`, at);
  const nameLength = local.readUInt16LE(26);
  const extra = Buffer.from(readExactly(file, at + 30 + nameLength, local.readUInt16LE(28)));
  checkExtra(entry.rawName, extra, at);
  const dataStart = at + 30 + nameLength + extra.length;
  const dataEnd = dataStart + entry.compressed;
  if (dataEnd > file.size) throw new ScanError('malformed', `${quoted} goes past the end`, at);
  if (!Buffer.from(readExactly(file, at + 30, nameLength)).equals(entry.rawName))
    add('zip-mismatch', 'its local header has another name');
  if (local.readUInt16LE(6) !== entry.flags || local.readUInt16LE(8) !== entry.method)
    add('zip-mismatch', 'its local header has other flags or another method');
  const described = (entry.flags & 8) !== 0;
  const sizes = localSizes(local, extra, at, entry);
  const said = [entry.crc, entry.compressed, entry.size];
  // With bit 3 a descriptor follows the data, and what is only known then is 0: libarchive knows the size, and nothing else.
  if (!sizes.every((size, index) => size === said[index] || (described && size === 0)))
    add('zip-mismatch', 'its local header has other sizes or another checksum');
  if (!enough) checkKind(entry, add);
  const end = dataEnd + (described ? descriptorSize(file, entry, dataEnd) : 0);
  return { entry, dataStart, dataEnd, end };
}

function checkKind(entry: Entry, add: (rule: string, message: string) => void): void {
  if ((entry.flags & 0x2041) !== 0) add('zip-encrypted', 'it is encrypted');
  if (entry.method !== 0 && entry.method !== 8)
    add('zip-method', `compression method ${entry.method} is not read here`);
  if (entry.method === 0 && entry.size !== entry.compressed) add('zip-mismatch', 'it is stored, yet its sizes differ');
  // Of a folder nothing is unpacked: it may hold the two bytes of an empty stream.
  const folder = entry.name.endsWith('/') && entry.size === 0 && entry.compressed <= 2;
  if (entry.name.endsWith('/') && !folder) add('zip-hidden-data', 'it is a folder, and has content');
  const name = folder ? entry.name.slice(0, -1) : entry.name;
  if (!RepoPath.safeParse(name).success || name.includes('\uFFFD'))
    add('zip-slip', 'its name is absolute, leaves the folder or is unsafe');
  if (entry.size > 1 << 20 && entry.size / Math.max(entry.compressed, 1) > MAX_RATIO)
    add('zip-bomb', 'it says that it unpacks to over 200 times its size');
  const kind = entry.unixMode & 0o170000;
  if (kind === 0o120000) add('zip-link', 'it is a symbolic link');
  // `zip a.zip -` marks what it is given through a pipe as one.
  else if (SPECIAL.has(kind) || (kind === PIPE && entry.size === 0))
    add('zip-link', 'it is a pipe, a socket or a device');
}

/** Checksum, compressed and plain size; writers such as NumPy's put the sizes into a zip64 field though they are small. */
function localSizes(local: Buffer, extra: Buffer, at: number, said: Entry): readonly number[] {
  const header = [local.readUInt32LE(22), local.readUInt32LE(18)];
  const [size = 0, compressed = 0] = wide(header, extra, at, [said.size, said.compressed], at);
  return [local.readUInt32LE(14), compressed, size];
}

/** Bytes of the data descriptor that says what the directory says; none found is none. */
function descriptorSize(file: Source, { crc, compressed, size }: Entry, at: number): number {
  const found = Buffer.from(file.read(at, 24));
  for (const start of [4, 0]) {
    if (start === 4 && !startsWith(found, 'PK\x07\x08')) continue;
    if (found.length < start + 12 || found.readUInt32LE(start) !== crc) continue;
    const large = found.length >= start + 20;
    if (
      large &&
      found.readBigUInt64LE(start + 4) === BigInt(compressed) &&
      found.readBigUInt64LE(start + 12) === BigInt(size)
    )
      return start + 20;
    if (found.readUInt32LE(start + 4) === compressed && found.readUInt32LE(start + 8) === size) return start + 12;
  }
  return 0;
}

/**
 * What the entries are to each other: names, and whether every byte belongs to one.
 *
 * @param before bytes that are known to come before the archive
 */
export function checkTogether(
  located: readonly Located[],
  { directoryStart }: Archive,
  before: number,
): readonly Note[] {
  const notes: Note[] = [];
  const names = new Set<string>();
  for (const { entry } of located) {
    const folded = keyOf(entry.name);
    if (notes.length < MAX_NOTES && names.has(folded))
      notes.push({
        ...zipNote('zip-duplicate', 'an entry occurs twice', entry.localOffset),
        evidence: evidenceOf(entry.name),
      });
    names.add(folded);
  }
  let end = before;
  for (const { entry, end: next } of [...located].sort((a, b) => a.entry.localOffset - b.entry.localOffset)) {
    const gap = entry.localOffset - end;
    if (notes.length >= MAX_NOTES) break;
    if (gap < 0) notes.push(zipNote('zip-overlap', 'entries overlap', entry.localOffset));
    if (gap > 0 && end > 0) notes.push(zipNote('zip-hidden-data', `${gap} bytes between entries belong to none`, end));
    if (gap > 0 && end === 0) notes.push(zipNote('zip-prefix', 'data before the first entry', 0));
    end = Math.max(end, next);
  }
  if (directoryStart < end)
    notes.push(zipNote('zip-overlap', 'the central directory overlaps an entry', directoryStart));
  if (directoryStart > end)
    notes.push(zipNote('zip-hidden-data', 'data between the entries and the central directory', end));
  return notes.slice(0, MAX_NOTES);
}

/** What two names have in common that some file system takes for one; of a long name its digest, as there may be many. */
function keyOf(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase();
  // Windows drops dots and spaces at the end of each name.
  const folded = plain
    .split('/')
    .map((part) => part.slice(0, part.length - endOf(part)))
    .join('/');
  return folded.length < 64 ? folded : sha256Hex(folded);
}

function endOf(part: string): number {
  let length = 0;
  while (length < part.length && '. '.includes(part.charAt(part.length - 1 - length))) length += 1;
  return length;
}
