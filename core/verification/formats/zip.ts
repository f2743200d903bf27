import { RepoPath } from '../../names.ts';
import {
  type Format,
  type FormatVerdict,
  type Note,
  readExactly,
  ScanError,
  type Source,
  startsWith,
  TAIL_SIZE,
} from '../format.ts';

/**
 * Zip archives (APPNOTE 6.3.10). Readers differ in whether they trust the central directory or the local headers, in
 * what they do with duplicates, and in where they look for the end: every such difference is a place to hide an entry,
 * so each is a finding. Compressed contents are not looked into, so an archive without findings is still `unscanned`.
 */
export const zip: Format = {
  name: 'zip',
  rules: [],
  detect: (head, _file, tail) => startsWith(head, 'PK\x03\x04') || findEnd(tail) !== null,
  scan: (file): FormatVerdict => {
    const archive = readArchive(file);
    const notes = [
      ...archive.notes,
      ...archive.entries.flatMap((entry) => checkEntry(file, entry)),
      ...checkTogether(archive),
    ];
    const names = archive.entries
      .slice(0, 20)
      .map((entry) => JSON.stringify(entry.name.slice(0, 60)))
      .join(', ');
    const more = archive.entries.length > 20 ? `, … (${archive.entries.length} in all)` : '';
    const message = `a zip archive, whose contents are not scanned: ${names}${more}`;
    const unscanned: Note = {
      rule: 'zip-unscanned',
      severity: 'medium',
      message,
      fix: 'Leave the files themselves in the output directory.',
    };
    return { format: 'zip', verdict: notes.length > 0 ? 'finding' : 'unscanned', notes: [...notes, unscanned] };
  },
};

const MAX_ENTRIES = 10_000;
/** In bytes. */
const MAX_DIRECTORY = 16 * 2 ** 20;
const MAX_RATIO = 200;
const END_SIZE = 22;

interface Entry {
  readonly name: string;
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly localOffset: number;
  readonly unixMode: number;
  /** First byte after local header, name, extra field and data; set by `checkEntry`. */
  end: number;
}

interface Archive {
  readonly entries: readonly Entry[];
  readonly directoryStart: number;
  readonly notes: readonly Note[];
}

/** Offset in the tail of an end-of-central-directory record whose comment fits, or null. */
function findEnd(tail: Uint8Array): number | null {
  for (let at = tail.length - END_SIZE; at >= 0; at -= 1) {
    if (tail[at] !== 0x50 || !startsWith(tail, 'PK\x05\x06', at)) continue;
    const comment = (tail[at + 20] ?? 0) + 256 * (tail[at + 21] ?? 0);
    if (at + END_SIZE + comment <= tail.length) return at;
  }
  return null;
}

function readArchive(file: Source): Archive {
  const tailSize = Math.min(file.size, TAIL_SIZE);
  const tail = Buffer.from(readExactly(file, file.size - tailSize, tailSize));
  const found = findEnd(tail);
  if (found === null) throw new ScanError('malformed', 'a zip header without a central directory', 0);
  const notes: Note[] = [];
  const endOffset = file.size - tailSize + found;
  const count = tail.readUInt16LE(found + 10);
  const size = tail.readUInt32LE(found + 12);
  const start = tail.readUInt32LE(found + 16);
  const comment = tail.readUInt16LE(found + 20);
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
    throw new ScanError('malformed', 'zip64 archives are not supported', endOffset);
  }
  if (tail.readUInt16LE(found + 4) !== 0 || tail.readUInt16LE(found + 8) !== count) {
    throw new ScanError('malformed', 'archives in several parts are not supported', endOffset);
  }
  if (endOffset + END_SIZE + comment !== file.size)
    notes.push(note('zip-trailing-data', 'data after the end of the archive', endOffset));
  if (comment > 0)
    notes.push(note('zip-comment', 'an archive comment, in which another archive could hide', endOffset));
  if (count > MAX_ENTRIES) throw new ScanError('too_large', `at most ${MAX_ENTRIES} entries`, endOffset);
  if (size > MAX_DIRECTORY) throw new ScanError('too_large', `a central directory of ${size} bytes`, start);
  if (start + size !== endOffset)
    notes.push(note('zip-prefix', 'the central directory is not where the archive says', start));
  return { entries: readDirectory(file, start, size, count), directoryStart: start, notes };
}

function readDirectory(file: Source, start: number, size: number, count: number): readonly Entry[] {
  const bytes = Buffer.from(readExactly(file, start, size));
  const entries: Entry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 46 > bytes.length || !startsWith(bytes, 'PK\x01\x02', at)) {
      throw new ScanError('malformed', 'a broken entry in the central directory', start + at);
    }
    const nameLength = bytes.readUInt16LE(at + 28);
    const next = at + 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (next > bytes.length) throw new ScanError('malformed', 'an entry goes past the central directory', start + at);
    const rawName = bytes.subarray(at + 46, at + 46 + nameLength);
    entries.push({
      name: rawName.toString('utf8'),
      rawName,
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      compressed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      unixMode: bytes.readUInt32LE(at + 38) >>> 16,
      localOffset: bytes.readUInt32LE(at + 42),
      end: 0,
    });
    at = next;
  }
  if (entries.length !== count)
    throw new ScanError('malformed', `expected ${count} entries, found ${entries.length}`, start);
  return entries;
}

function checkEntry(file: Source, entry: Entry): readonly Note[] {
  const at = entry.localOffset;
  const quoted = JSON.stringify(entry.name.slice(0, 200));
  const add = (rule: string, message: string): void => {
    notes.push(note(rule, `${quoted}: ${message}`, at));
  };
  const notes: Note[] = [];
  const local = Buffer.from(readExactly(file, at, 30));
  if (!startsWith(local, 'PK\x03\x04')) throw new ScanError('malformed', `no local header of ${quoted}`, at);
  const nameLength = local.readUInt16LE(26);
  const dataStart = at + 30 + nameLength + local.readUInt16LE(28);
  entry.end = dataStart + entry.compressed;
  if (entry.end > file.size) throw new ScanError('malformed', `${quoted} goes past the end`, at);
  const localName = Buffer.from(readExactly(file, at + 30, nameLength));
  const described = (entry.flags & 8) !== 0;
  const extra = Buffer.from(readExactly(file, at + 30 + nameLength, local.readUInt16LE(28)));
  const sizes = localSizes(local, extra);
  const same = sizes[0] === entry.crc && sizes[1] === entry.compressed && sizes[2] === entry.size;
  if (!localName.equals(entry.rawName)) add('zip-mismatch', 'its local header has another name');
  if (local.readUInt16LE(6) !== entry.flags || local.readUInt16LE(8) !== entry.method)
    add('zip-mismatch', 'its local header has other flags or another method');
  // With bit 3 the local sizes may be zero, and a descriptor follows the data.
  if (!same && !(described && sizes.every((size) => size === 0)))
    add('zip-mismatch', 'its local header has other sizes or another checksum');
  if ((entry.flags & 0x2041) !== 0) add('zip-encrypted', 'it is encrypted');
  if (entry.method !== 0 && entry.method !== 8)
    add('zip-method', `compression method ${entry.method} is not supported`);
  if (entry.method === 0 && entry.size !== entry.compressed) add('zip-mismatch', 'it is stored, yet its sizes differ');
  if (!isSafeName(entry.name) || entry.name.includes('\uFFFD'))
    add('zip-slip', 'its name is absolute, leaves the folder or is unsafe');
  if (entry.size > 1 << 20 && entry.size / Math.max(entry.compressed, 1) > MAX_RATIO)
    add('zip-bomb', 'it says that it unpacks to over 200 times its size');
  if ((entry.unixMode & 0o170000) === 0o120000) add('zip-link', 'it is a symbolic link');
  return notes;
}

/** Checksum, compressed and plain size; writers such as NumPy's put the sizes into a zip64 field though they are small. */
function localSizes(local: Buffer, extra: Buffer): readonly number[] {
  const [crc, compressed, size] = [local.readUInt32LE(14), local.readUInt32LE(18), local.readUInt32LE(22)];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const isZip64 = extra.readUInt16LE(at) === 1 && extra.readUInt16LE(at + 2) >= 16 && at + 20 <= extra.length;
    if (!isZip64 || compressed !== 0xffffffff || size !== 0xffffffff) continue;
    return [crc, Number(extra.readBigUInt64LE(at + 12)), Number(extra.readBigUInt64LE(at + 4))];
  }
  return [crc, compressed, size];
}

function isSafeName(name: string): boolean {
  return RepoPath.safeParse(name).success;
}

function checkTogether({ entries, directoryStart }: Archive): readonly Note[] {
  const notes: Note[] = [];
  const names = new Set<string>();
  for (const { name, localOffset } of entries) {
    const folded = name.normalize('NFKC').toLowerCase();
    if (names.has(folded))
      notes.push(note('zip-duplicate', `${JSON.stringify(name.slice(0, 200))} occurs twice`, localOffset));
    names.add(folded);
  }
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.localOffset - b.localOffset)) {
    // A data descriptor of 12 to 24 bytes may stand between the data of one entry and the next header.
    const gap = entry.localOffset - end;
    if (gap < 0) notes.push(note('zip-overlap', 'entries overlap', entry.localOffset));
    if (gap > 24) notes.push(note('zip-hidden-data', `${gap} bytes between entries belong to none`, end));
    if (end === 0 && gap !== 0) notes.push(note('zip-prefix', 'data before the first entry', 0));
    end = Math.max(end, entry.end);
  }
  if (directoryStart < end) notes.push(note('zip-overlap', 'the central directory overlaps an entry', directoryStart));
  if (directoryStart - end > 24)
    notes.push(note('zip-hidden-data', 'data between the entries and the central directory', end));
  return notes;
}

function note(rule: string, message: string, offset: number): Note {
  return {
    rule,
    severity: 'high',
    message,
    fix: 'Write the archive again with a standard tool, or leave the files themselves.',
    offset,
  };
}
