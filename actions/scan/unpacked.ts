import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { extractTar } from '../../adapters/archives/extract.ts';
import type { ScannableFile } from '../../core/verification/format.ts';
import { MAX_OUTPUT } from '../runtime/judge-files.ts';

export interface Unpacked {
  readonly files: readonly ScannableFile[];
  close(): void;
}

/** Unpacks an output and gives its files for reads in parts. @throws TarError for bytes that are not one of our archives */
export async function unpackOutput(archive: string, directory: string): Promise<Unpacked> {
  const paths = await extractTar(archive, directory, { maxBytes: MAX_OUTPUT });
  const reader = new OneFileReader();
  const files: ScannableFile[] = [];
  for (const path of paths) {
    const place = join(directory, path);
    const { size } = await stat(place);
    const sha256 = await hash(place);
    files.push({ path, size, sha256, read: (offset, length) => reader.read(place, offset, length) });
  }
  return { files, close: () => reader.close() };
}

/** Keeps one file open at a time: an output may hold more files than a process may have open. */
class OneFileReader {
  #open: { readonly path: string; readonly descriptor: number } | null = null;

  read(path: string, offset: number, length: number): Uint8Array {
    if (this.#open?.path !== path) {
      this.close();
      this.#open = { path, descriptor: openSync(path, 'r') };
    }
    const buffer = new Uint8Array(length);
    const count = readSync(this.#open.descriptor, buffer, 0, length, offset);
    return buffer.subarray(0, count);
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open.descriptor);
    this.#open = null;
  }
}

async function hash(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(chunk);
  return digest.digest('hex');
}
