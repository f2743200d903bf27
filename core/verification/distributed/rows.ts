import { readExactly, ScanError, type Source, startsWith } from '../format.ts';

/** A value of a checkpoint: an archive of its own, which a reader cuts out of the file. Bytes. */
export interface Row {
  readonly start: number;
  readonly end: number;
}

const WINDOW = 2 ** 20;
const END_SIZE = 22;
/** Of zip64: the end of the directory, and where that stands (APPNOTE 6.3.10, sections 4.3.14 and 4.3.15). */
const END_64_SIZE = 56;
const LOCATOR_SIZE = 20;

/** How `torch.save` begins an archive that it writes into memory. */
export function beginsRow(head: Uint8Array): boolean {
  return startsWith(head, 'PK\x03\x04') && startsWith(head, 'archive/data.pkl', 30);
}

/**
 * The archives of PyTorch that a file of a distributed checkpoint is made of, one right behind the other.
 *
 * @throws ScanError for bytes that belong to none
 */
export function rowsOf(file: Source, tick: () => void): readonly Row[] {
  const rows: Row[] = [];
  for (let start = 0; start < file.size; ) {
    const head = file.read(start, Math.min(64, file.size - start));
    if (!beginsRow(head)) throw new ScanError('malformed', 'bytes between the values, which belong to none', start);
    const end = endOf(file, start, tick);
    if (end === null) throw new ScanError('malformed', 'a value without an end', start);
    rows.push({ start, end });
    start = end;
  }
  return rows;
}

/** The first end of a directory that says that the archive began at `start`. */
function endOf(file: Source, start: number, tick: () => void): number | null {
  for (let at = start; at + END_SIZE <= file.size; at += WINDOW) {
    tick();
    const found = Buffer.from(readExactly(file, at, Math.min(WINDOW + END_SIZE - 1, file.size - at)));
    for (let place = found.indexOf('PK\x05\x06', 0, 'latin1'); place >= 0; ) {
      if (at + place + END_SIZE <= file.size && isEnd(file, start, at + place)) return at + place + END_SIZE;
      place = found.indexOf('PK\x05\x06', place + 4, 'latin1');
    }
  }
  return null;
}

function isEnd(file: Source, start: number, at: number): boolean {
  const records = at - END_64_SIZE - LOCATOR_SIZE;
  if (records < start) return false;
  const bytes = Buffer.from(readExactly(file, records, END_64_SIZE + LOCATOR_SIZE + END_SIZE));
  const locator = END_64_SIZE;
  const end = END_64_SIZE + LOCATOR_SIZE;
  return (
    startsWith(bytes, 'PK\x06\x06') &&
    startsWith(bytes, 'PK\x06\x07', locator) &&
    bytes.readUInt16LE(end + 20) === 0 &&
    bytes.readBigUInt64LE(locator + 8) === BigInt(records - start) &&
    bytes.readBigUInt64LE(40) + bytes.readBigUInt64LE(48) === BigInt(records - start)
  );
}
