import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ScanError, type ScannableFile } from '../../core/verification/format.ts';

/** A link or a pipe may have come into the place of a file since it was listed: it is not followed, and not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Files on disk for a scan, read in parts: one is open at a time, as there may be more than a process may open. */
export class FilesOnDisk {
  #open: { readonly place: string; readonly descriptor: number } | null = null;
  readonly #tick: () => void;

  /** @param tick called for each piece that is read for a digest, to end it by throwing */
  constructor(tick: () => void = () => {}) {
    this.#tick = tick;
  }

  /**
   * @param path by which the scan knows it; `size` in bytes
   * @throws Error for a file of other bytes than its size: it changes, or the system makes it up while it is read
   */
  async scannable(path: string, place: string, size: number): Promise<ScannableFile> {
    const { sha256, state } = await this.#hash(place, size);
    return { path, size, sha256, read: (offset, length, into) => this.#read(place, state, offset, length, into) };
  }

  #read(place: string, state: string, offset: number, length: number, into?: Uint8Array): Uint8Array {
    const descriptor = this.#open?.place === place ? this.#open.descriptor : this.#reopen(place, state);
    const buffer = into !== undefined && into.length >= length ? into : new Uint8Array(length);
    const count = readSync(descriptor, buffer, 0, length, offset);
    return buffer.subarray(0, count);
  }

  /** @throws ScanError where something else stands there now than what the digest is of */
  #reopen(place: string, state: string): number {
    this.close();
    try {
      const descriptor = openSync(place, FLAGS);
      this.#open = { place, descriptor };
      if (stateOf(fstatSync(descriptor, { bigint: true })) === state) return descriptor;
    } catch {
      // It is gone, or something else by now.
    }
    this.close();
    throw new ScanError('short_read', 'the file changed while it was scanned', 0);
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open.descriptor);
    this.#open = null;
  }

  /** Through one buffer: what a stream reads stays in memory until it is collected, and models are large. */
  async #hash(place: string, size: number): Promise<{ readonly sha256: string; readonly state: string }> {
    const digest = createHash('sha256');
    const file = await open(place, FLAGS);
    try {
      const stats = await file.stat({ bigint: true });
      if (!stats.isFile()) throw new Error('it is no file any more');
      const buffer = Buffer.allocUnsafeSlow(1 << 18);
      let bytes = 0;
      for (;;) {
        this.#tick();
        const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
        bytes += bytesRead;
        // Such a file may have no end.
        if (bytes > size || (bytesRead === 0 && bytes < size))
          throw new Error(`expected ${size} bytes, as its size is, found ${bytes > size ? 'more' : bytes}`);
        if (bytesRead === 0) return { sha256: digest.digest('hex'), state: stateOf(stats) };
        digest.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }
}

/** What changes with a file's bytes, and when another takes its place. */
function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}
