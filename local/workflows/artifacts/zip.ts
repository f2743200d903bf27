import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);

export interface ZipEntry {
  /** Forward slashes, relative. */
  readonly name: string;
  readonly content: Buffer;
  /** Unix permission bits. */
  readonly mode?: number;
}

/** 1980-01-01, the first moment that ZIP knows: equal content gives equal bytes. */
const DOS_DATE = 0x21;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
const UNIX = 3 << 8;
const MAX_BYTES = 0xffff_ffff;
const MAX_ENTRIES = 0xffff;

/**
 * Writes a ZIP archive.
 * @throws RangeError for what needs ZIP64 (4 GiB, 65,536 entries).
 */
export async function writeZip(entries: readonly ZipEntry[], level = 6): Promise<Buffer> {
  if (entries.length >= MAX_ENTRIES)
    throw new RangeError(`expected fewer than ${MAX_ENTRIES} files, got ${entries.length}`);
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const packed = await deflate(entry.content, { level });
    const fields = fieldsOf(entry, packed.length, name.length);
    if (offset + packed.length > MAX_BYTES || entry.content.length > MAX_BYTES)
      throw new RangeError('expected an archive below 4 GiB');
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), fields, name, packed]);
    directory.push(centralEntry(entry, fields, name, offset));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endRecord(entries.length, central.length, offset)]);
}

/** The 26 bytes that local and central headers have in common. */
function fieldsOf(entry: ZipEntry, packedLength: number, nameLength: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(UTF8_NAMES, 2);
  fields.writeUInt16LE(DEFLATED, 4);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(crc32(entry.content), 10);
  fields.writeUInt32LE(packedLength, 14);
  fields.writeUInt32LE(entry.content.length, 18);
  fields.writeUInt16LE(nameLength, 22);
  return fields;
}

function centralEntry(entry: ZipEntry, fields: Buffer, name: Buffer, offset: number): Buffer {
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE((0o100_000 + (entry.mode ?? 0o644)) * 0x1_0000, 6);
  tail.writeUInt32LE(offset, 10);
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(UNIX | 20);
  return Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2]), madeBy, fields, tail, name]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
