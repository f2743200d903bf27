import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ScannableFile } from '../../core/verification/format.ts';

/** Files on disk for a scan, read in parts: one is open at a time, as there may be more than a process may open. */
export class FilesOnDisk {
  #open: { readonly place: string; readonly descriptor: number } | null = null;

  /**
   * @param path by which the scan knows it; `size` in bytes
   * @throws Error for a file of other bytes than its size: it changes, or the system makes it up while it is read
   */
  async scannable(path: string, place: string, size: number): Promise<ScannableFile> {
    const sha256 = await hash(place, size);
    return { path, size, sha256, read: (offset, length, into) => this.#read(place, offset, length, into) };
  }

  #read(place: string, offset: number, length: number, into?: Uint8Array): Uint8Array {
    if (this.#open?.place !== place) {
      this.close();
      this.#open = { place, descriptor: openSync(place, 'r') };
    }
    const buffer = into !== undefined && into.length >= length ? into : new Uint8Array(length);
    const count = readSync(this.#open.descriptor, buffer, 0, length, offset);
    return buffer.subarray(0, count);
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open.descriptor);
    this.#open = null;
  }
}

/** Through one buffer: what a stream reads stays in memory until it is collected, and models are large. */
async function hash(place: string, size: number): Promise<string> {
  const digest = createHash('sha256');
  const file = await open(place);
  try {
    const buffer = Buffer.allocUnsafeSlow(1 << 18);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      bytes += bytesRead;
      // Such a file may have no end.
      if (bytes > size || (bytesRead === 0 && bytes < size))
        throw new Error(`expected ${size} bytes, as its size is, found ${bytes > size ? 'more' : bytes}`);
      if (bytesRead === 0) return digest.digest('hex');
      digest.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
