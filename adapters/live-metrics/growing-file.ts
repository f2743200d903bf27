import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Read at one go; what has piled up beyond it is stepped over, so that no flood costs time or memory. */
const READ_BYTES = 1 << 20;

/**
 * The new complete lines of a file that hostile code writes: it may also become a link, a pipe or another file, shrink,
 * or grow without end.
 */
export class GrowingFile {
  readonly #file: string;
  #inode = 0;
  #offset = 0;
  #skipped = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Bytes that were stepped over. */
  get skipped(): number {
    return this.#skipped;
  }

  /** @param last whether nothing writes any more, so that a line without its end is one, too */
  async next(last = false): Promise<Buffer> {
    const bytes = await this.#read().catch(() => Buffer.alloc(0));
    const end = bytes.lastIndexOf(0x0a) + 1;
    // A line that fills the whole window never ends: step over it.
    const taken = last || (end === 0 && bytes.length === READ_BYTES) ? bytes.length : end;
    this.#offset += taken;
    return bytes.subarray(0, taken);
  }

  async #read(): Promise<Buffer> {
    const file = await open(this.#file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return Buffer.alloc(0);
      // Replaced or shortened: what is there now is new.
      if (stat.ino !== this.#inode || stat.size < this.#offset) this.#offset = 0;
      this.#inode = stat.ino;
      if (stat.size - this.#offset > READ_BYTES) await this.#stepOver(file, stat.size);
      const buffer = Buffer.alloc(Math.min(READ_BYTES, Math.max(0, stat.size - this.#offset)));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** Goes on at the first line that begins in the last half window. */
  async #stepOver(file: FileHandle, size: number): Promise<void> {
    const from = size - READ_BYTES / 2;
    const buffer = Buffer.alloc(READ_BYTES / 2);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    const next = from + buffer.subarray(0, bytesRead).indexOf(0x0a) + 1;
    this.#skipped += next - this.#offset;
    this.#offset = next;
  }
}
