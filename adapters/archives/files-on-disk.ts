import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import type { ScannableFile } from '../../core/verification/format.ts';

/** Files on disk for a scan, read in parts: one is open at a time, as there may be more than a process may open. */
export class FilesOnDisk {
  #open: { readonly place: string; readonly descriptor: number } | null = null;

  /** @param path by which the scan knows it; `size` in bytes */
  async scannable(path: string, place: string, size: number): Promise<ScannableFile> {
    const sha256 = await hash(place);
    return { path, size, sha256, read: (offset, length) => this.#read(place, offset, length) };
  }

  #read(place: string, offset: number, length: number): Uint8Array {
    if (this.#open?.place !== place) {
      this.close();
      this.#open = { place, descriptor: openSync(place, 'r') };
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

async function hash(place: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(place, { highWaterMark: 1 << 20 })) digest.update(chunk);
  return digest.digest('hex');
}
