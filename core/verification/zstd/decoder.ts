import { readExactly, ScanError, type Source, startsWith } from '../format.ts';
import { readLiterals } from './literals.ts';
import { NO_TABLES, readSequences, type SequenceTables } from './sequences.ts';
import type { PrefixTable } from './tables.ts';

export const MAGIC = '\x28\xb5\x2f\xfd';
const MAX_BLOCK = 131_072;
/** Bytes that a copy may go back, which must all be kept. The program writes 8 MiB at its highest ordinary level. */
const MAX_WINDOW = 8 * 2 ** 20;

interface Frame {
  readonly window: number;
  readonly contentSize: number | null;
  readonly checksum: boolean;
}

/**
 * Zstandard (RFC 8878), block by block: whole frames, one after another, without dictionaries. The checksum of the content
 * is skipped: whoever ignores it reads what is read here, and whoever checks it refuses the file.
 */
export class ZstdDecoder {
  readonly #source: Source;
  readonly #keep: (bytes: number) => void;
  #at: number;
  #frame: Frame | null = null;
  #produced = 0;
  #history = new Uint8Array(0);
  #filled = 0;
  #tree: PrefixTable | null = null;
  #tables: SequenceTables = NO_TABLES;
  #recent: [number, number, number] = [1, 4, 8];

  /** @param keep is told how much memory is held, before it is taken */
  constructor(source: Source, keep: (bytes: number) => void) {
    this.#source = source;
    this.#keep = keep;
    this.#at = 0;
  }

  /** Where the part that was read ends. */
  get end(): number {
    return this.#at;
  }

  /** The next bytes, good until the next call, or null at the end. @throws ScanError */
  next(): Uint8Array | null {
    for (;;) {
      if (this.#frame === null) {
        if (this.#at === this.#source.size) return null;
        this.#frame = this.#readFrame();
      }
      const bytes = this.#block(this.#frame);
      if (bytes.length > 0) return bytes;
    }
  }

  #readFrame(): Frame {
    const at = this.#at;
    const bytes = Buffer.from(readExactly(this.#source, at, Math.min(18, this.#source.size - at)));
    const skippable = bytes.length >= 4 && (bytes.readUInt32LE() & 0xfffffff0) >>> 0 === 0x184d2a50;
    if (skippable) throw new ScanError('unsupported', 'a frame of data that readers skip', at);
    if (!startsWith(bytes, MAGIC) || bytes.length < 6) throw new ScanError('malformed', 'no frame of Zstandard', at);
    const flags = bytes.readUInt8(4);
    if ((flags & 8) !== 0) throw new ScanError('malformed', 'a reserved bit of the frame is set', at + 4);
    const single = (flags & 32) !== 0;
    const sizeLength = flags >> 6 === 0 ? (single ? 1 : 0) : 1 << (flags >> 6);
    const idLength = [0, 1, 2, 4][flags & 3] ?? 0;
    const idAt = single ? 5 : 6;
    const sizeAt = idAt + idLength;
    if (sizeAt + sizeLength > bytes.length) throw new ScanError('malformed', 'a frame that is cut', at);
    if (idLength > 0 && bytes.readUIntLE(idAt, idLength) !== 0)
      throw new ScanError('unsupported', 'a frame that needs a dictionary', at);
    const contentSize = sizeLength === 0 ? null : readSize(bytes, sizeAt, sizeLength);
    const window = single ? (contentSize ?? 0) : windowOf(bytes.readUInt8(5));
    if (window > MAX_WINDOW) throw new ScanError('too_large', `a window of ${window} bytes`, at);
    this.#at += sizeAt + sizeLength;
    [this.#produced, this.#filled, this.#tree, this.#tables] = [0, 0, null, NO_TABLES];
    this.#recent = [1, 4, 8];
    return { window, contentSize, checksum: (flags & 4) !== 0 };
  }

  #block(frame: Frame): Uint8Array {
    const head = Buffer.from(readExactly(this.#source, this.#at, 3)).readUIntLE(0, 3);
    this.#at += 3;
    const [kind, size] = [(head >> 1) & 3, head >> 3];
    if (size > MAX_BLOCK || kind === 3) throw new ScanError('malformed', `a block of ${size} bytes`, this.#at);
    const start = this.#makeRoom(frame);
    const body = readExactly(this.#source, this.#at, kind === 1 ? 1 : size);
    this.#at += body.length;
    if (kind === 0) this.#append(body);
    else if (kind === 1) this.#append(new Uint8Array(size).fill(body[0] ?? 0));
    else this.#decode(body, frame);
    this.#produced += this.#filled - start;
    if ((head & 1) === 1) this.#endFrame(frame);
    return this.#history.subarray(start, this.#filled);
  }

  #endFrame({ contentSize, checksum }: Frame): void {
    if (contentSize !== null && contentSize !== this.#produced)
      throw new ScanError('malformed', `it should have ${contentSize} bytes, and has ${this.#produced}`, this.#at);
    if (checksum) {
      readExactly(this.#source, this.#at, 4);
      this.#at += 4;
    }
    this.#frame = null;
  }

  /** What is out of the window is dropped, once half as much has come. @returns where the block begins */
  #makeRoom({ window }: Frame): number {
    if (this.#filled > window + Math.max(window / 2, 4 * MAX_BLOCK)) {
      this.#history.copyWithin(0, this.#filled - window, this.#filled);
      this.#filled = window;
    }
    const needed = this.#filled + MAX_BLOCK;
    if (needed > this.#history.length) {
      const size = Math.max(needed, Math.min(2 * this.#history.length, 2 * window));
      this.#keep(size);
      const larger = new Uint8Array(size);
      larger.set(this.#history.subarray(0, this.#filled));
      this.#history = larger;
    }
    return this.#filled;
  }

  #append(bytes: Uint8Array): void {
    this.#history.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  #decode(block: Uint8Array, { window }: Frame): void {
    const literals = readLiterals(block, this.#tree);
    this.#tree = literals.tree;
    const limit = this.#filled + MAX_BLOCK;
    let taken = 0;
    this.#tables = readSequences(block.subarray(literals.size), this.#tables, this.#recent, (length, match, offset) => {
      if (taken + length > literals.bytes.length || this.#filled + length + match > limit)
        throw new ScanError('malformed', 'a block that unpacks to too much', this.#at);
      this.#append(literals.bytes.subarray(taken, taken + length));
      taken += length;
      if (offset > this.#filled || offset > Math.max(window, 1))
        throw new ScanError('malformed', `a copy from ${offset} bytes before`, this.#at);
      this.#copy(offset, match);
    });
    const rest = literals.bytes.subarray(taken);
    if (this.#filled + rest.length > limit)
      throw new ScanError('malformed', 'a block that unpacks to too much', this.#at);
    this.#append(rest);
  }

  /** May overlap with what it makes. */
  #copy(offset: number, length: number): void {
    const [history, from] = [this.#history, this.#filled - offset];
    if (offset >= length) history.copyWithin(this.#filled, from, from + length);
    else for (let index = 0; index < length; index += 1) history[this.#filled + index] = history[from + index] ?? 0;
    this.#filled += length;
  }
}

function readSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
