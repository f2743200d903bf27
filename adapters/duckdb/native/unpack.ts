import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataEngineError } from '../../../flows/check-data/ports.ts';

/** The library has 71 MB unpacked on Linux, and there are five files. */
const MAX_BYTES = 256 * 2 ** 20;
const MAX_FILES = 32;
const BLOCK = 512;
/** npm packs everything below one folder; these packages have no folders in it. */
const PLACE = /^package\/([A-Za-z0-9_][A-Za-z0-9._-]{0,99})$/;
/** Type of a plain file, today and in old archives. */
const PLAIN = new Set(['0', '\0']);

/**
 * Writes an npm tarball's files into an empty directory. Only plain files directly below `package/` are let through: no
 * link, no folder, no long name, no name twice, and a bounded number of bytes. Nothing is written unless all is right.
 * @throws DataEngineError `not_installed`
 */
export async function unpackPackage(tarball: Uint8Array, directory: string): Promise<void> {
  // `wx`: never into something that is there already.
  for (const [name, bytes] of filesIn(expanded(tarball)))
    await writeFile(join(directory, name), bytes, { flag: 'wx', mode: 0o644 });
}

function expanded(tarball: Uint8Array): Buffer {
  try {
    return gunzipSync(tarball, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw refused(`can’t be read (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
}

/** Reads POSIX ustar, as far as npm needs it for such a package. */
function filesIn(archive: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = 0;
  for (;;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw refused('ends too early');
    if (header.every((byte) => byte === 0)) return files;
    const { name, size } = readHeader(header);
    if (files.has(name)) throw refused(`holds ${JSON.stringify(name)} twice`);
    if (files.size >= MAX_FILES) throw refused(`holds more than ${MAX_FILES} files`);
    const start = at + BLOCK;
    if (start + size > archive.length) throw refused('ends too early');
    files.set(name, archive.subarray(start, start + size));
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function readHeader(header: Buffer): { readonly name: string; readonly size: number } {
  if (!isSummed(header)) throw refused('holds an entry with a wrong checksum');
  const prefix = textAt(header, 345, 155);
  const path = `${prefix === '' ? '' : `${prefix}/`}${textAt(header, 0, 100)}`;
  const type = header.toString('latin1', 156, 157);
  const place = PLACE.exec(path)?.[1];
  if (!PLAIN.has(type) || place === undefined)
    throw refused(`holds ${JSON.stringify(path)} (type ${JSON.stringify(type)}), expected plain files only`);
  return { name: place, size: octalAt(header, 124, 12) };
}

/** The sum of all bytes, with spaces in the place of the sum itself. */
function isSummed(header: Buffer): boolean {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  return sum === octalAt(header, 148, 8);
}

function textAt(header: Buffer, start: number, length: number): string {
  const bytes = header.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? length : end);
}

function octalAt(header: Buffer, start: number, length: number): number {
  const text = textAt(header, start, length).trim();
  if (!/^[0-7]{1,11}$/.test(text)) throw refused('holds an entry with a number that is none');
  return Number.parseInt(text, 8);
}

function refused(what: string, cause?: unknown): DataEngineError {
  return new DataEngineError('not_installed', `the package with DuckDB’s native library ${what}`, { cause });
}
