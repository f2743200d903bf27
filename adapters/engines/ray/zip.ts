import { crc32 } from 'node:zlib';

/** A zip archive as chunks, stored without compression and without times: equal files give equal bytes. */

export interface ZipFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

const UTF8 = 0x0800;
/** 1980-01-01, the first day that zip knows. */
const DAY = 0x0021;

/** One after the other. The paths are distinct, at most 65,535, and all of it below 4 GiB. */
export async function* writeZip(files: AsyncIterable<ZipFile>): AsyncGenerator<Uint8Array, void, void> {
  const central: Uint8Array[] = [];
  let offset = 0;
  for await (const { path, content, executable } of files) {
    const name = Buffer.from(path);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(UTF8, 2);
    fields.writeUInt16LE(DAY, 8);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    yield Buffer.concat([signature(0x04034b50), fields, name]);
    yield content;
    const rest = Buffer.alloc(14);
    // Unix attributes: a regular file, and who may run it.
    rest.writeUInt32LE(((executable ? 0o100755 : 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([signature(0x02014b50), Buffer.from([20, 3]), fields, rest, name]));
    offset += 30 + name.length + content.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(central.length, 4);
  end.writeUInt16LE(central.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  yield Buffer.concat([directory, signature(0x06054b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
