import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';

/** An archive may unpack to this much: its producer may be hostile. */
const MAX_BYTES = 20 * 1024 ** 3;

/**
 * Unpacks a ZIP archive into a directory, files only: links and paths that leave the directory are refused.
 * @returns the names of the files.
 * @throws Error for a malformed archive.
 */
export async function unzip(archive: Buffer, directory: string): Promise<string[]> {
  const zip = await fromBufferPromise(archive, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true });
  const names: string[] = [];
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    total += entry.uncompressedSize;
    if (total > MAX_BYTES) throw new Error(`expected an archive that unpacks to at most ${MAX_BYTES} bytes`);
    if (entry.fileName.endsWith('/')) await mkdir(join(directory, entry.fileName), { recursive: true });
    else names.push(await extract(zip, entry, directory));
  }
  return names;
}

async function extract(zip: ZipFile, entry: Entry, directory: string): Promise<string> {
  const target = join(directory, entry.fileName);
  await mkdir(dirname(target), { recursive: true });
  await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
  return entry.fileName;
}
