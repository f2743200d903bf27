import { crc32 } from '../crc32.ts';
import { Cursor } from '../cursor.ts';
import { readExactly, ScanError, type Source, startsWith } from '../format.ts';
import { Crc64 } from './crc64.ts';
import { LzmaDecoder } from './decoder.ts';
import { History, PIECE } from './history.ts';

export const XZ_MAGIC = '\xfd7zXZ\0';
const LZMA2 = 0x21;
const CHECK_SIZES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 4],
  [4, 8],
]);
/** Of one stream; a block that is written for each MiB has as many in a TiB. */
const MAX_BLOCKS = 100_000;

interface Block {
  readonly start: number;
  readonly headerSize: number;
  readonly packed: number | null;
  readonly unpacked: number | null;
}

/**
 * xz 1.2.1: whole streams of LZMA2 without other filters, one after another, with zeros between them. Checksums of headers and
 * of the content by CRC are compared; what is checked by SHA-256 is not read.
 */
export class XzDecoder {
  readonly #source: Source;
  readonly #cursor: Cursor;
  readonly #history: History;
  readonly #decoder: LzmaDecoder;
  /** Of the stream; null between streams. */
  #check: number | null = null;
  #block: Block | null = null;
  /** Sizes of the blocks so far, as the index must have them. */
  #blocks: (readonly [number, number])[] = [];
  #crc = 0;
  #crc64 = new Crc64();
  #unpacked = 0;
  #chunk: { readonly end: number; left: number; readonly plain: boolean } | null = null;
  #needs: 'dictionary' | 'properties' | 'state' | 'nothing' = 'dictionary';

  constructor(source: Source, keep: (bytes: number) => void) {
    this.#source = source;
    this.#cursor = new Cursor(source);
    this.#history = new History(keep);
    this.#decoder = new LzmaDecoder(this.#cursor, this.#history);
  }

  get end(): number {
    return this.#cursor.position;
  }

  /** The next bytes, good until the next call, or null at the end. @throws ScanError */
  next(): Uint8Array | null {
    for (;;) {
      if (this.#check === null && !this.#beginStream()) return null;
      if (this.#block === null && !this.#beginBlock()) continue;
      if (this.#chunk === null && !this.#beginChunk()) continue;
      const bytes = this.#unpack();
      if (bytes.length > 0) return bytes;
    }
  }

  #beginStream(): boolean {
    const cursor = this.#cursor;
    if (cursor.atEnd) return false;
    const start = cursor.position;
    if (start > 0 && cursor.peek() === 0) {
      if (cursor.unsigned(4) !== 0) throw this.#broken('no zeros between two streams');
      return this.#beginStream();
    }
    const header = Buffer.from(readExactly(this.#source, start, Math.min(12, this.#source.size - start)));
    if (header.length < 12 || !startsWith(header, XZ_MAGIC)) throw this.#broken('data behind the end of the stream');
    if (header.readUInt32LE(8) !== crc32(header.subarray(6, 8))) throw this.#broken('a wrong checksum of its header');
    const check = header.readUInt8(7);
    if (header.readUInt8(6) !== 0 || !CHECK_SIZES.has(check))
      throw new ScanError('unsupported', `a check of the kind ${check}`, start + 7);
    cursor.skip(12);
    [this.#check, this.#blocks] = [check, []];
    return true;
  }

  /** Or ends the stream. */
  #beginBlock(): boolean {
    const start = this.#cursor.position;
    const words = this.#cursor.peek();
    if (words === 0) {
      this.#endStream(start);
      return false;
    }
    const size = (words + 1) * 4;
    const header = Buffer.from(readExactly(this.#source, start, size));
    if (header.readUInt32LE(size - 4) !== crc32(header.subarray(0, size - 4)))
      throw this.#broken('a wrong checksum of a block');
    const flags = header.readUInt8(1);
    const fields = new Fields(header.subarray(2, size - 4), start + 2);
    const packed = (flags & 0x40) !== 0 ? fields.number() : null;
    const unpacked = (flags & 0x80) !== 0 ? fields.number() : null;
    const [filter, properties, bits] = [fields.number(), fields.number(), fields.number()];
    if ((flags & 0x3f) !== 0 || filter !== LZMA2)
      throw new ScanError('unsupported', 'a filter other than LZMA2', start);
    if (properties !== 1 || bits > 40 || !fields.zeros()) throw this.#broken('a block with wrong properties');
    this.#cursor.skip(size);
    this.#block = { start, headerSize: size, packed, unpacked };
    this.#history.reset(bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11));
    [this.#crc, this.#crc64, this.#unpacked, this.#needs] = [0, new Crc64(), 0, 'dictionary'];
    return true;
  }

  /** Or ends the block. */
  #beginChunk(): boolean {
    const cursor = this.#cursor;
    const control = cursor.byte();
    if (control === 0) {
      this.#endBlock();
      return false;
    }
    if (control < 0x80 && control > 2) throw this.#broken('an unknown part');
    if (control === 1 || control >= 0xe0) {
      this.#history.reset(this.#history.window);
      this.#needs = 'properties';
    } else if (this.#needs === 'dictionary') throw this.#broken('a part without a dictionary');
    if (control < 0x80) {
      const size = big(cursor) + 1;
      this.#chunk = { end: cursor.position + size, left: size, plain: true };
      return true;
    }
    const size = (control & 0x1f) * 65_536 + big(cursor) + 1;
    const packed = big(cursor) + 1;
    const reset = (control >> 5) & 3;
    if (reset >= 2) {
      this.#decoder.setProperties(this.#properties(cursor.byte()));
      this.#needs = 'state';
    } else if (this.#needs === 'properties') throw this.#broken('a part without properties');
    if (reset >= 1) {
      this.#decoder.resetState();
      this.#needs = 'nothing';
    } else if (this.#needs === 'state') throw this.#broken('a part without a state');
    this.#chunk = { end: cursor.position + packed, left: size, plain: false };
    this.#decoder.begin();
    return true;
  }

  /** LZMA2 has no more than four bits of context. */
  #properties(properties: number): number {
    if ((properties % 9) + (Math.floor(properties / 9) % 5) > 4) throw this.#broken('unknown properties');
    return properties;
  }

  #unpack(): Uint8Array {
    const chunk = this.#chunk;
    if (chunk === null) return new Uint8Array(0);
    const start = this.#history.begin();
    const size = Math.min(PIECE, chunk.left);
    if (chunk.plain) this.#history.append(this.#cursor.bytes(size));
    else if (this.#decoder.decode(size, chunk.left)) throw this.#broken('a mark of the end');
    const bytes = this.#history.from(start);
    chunk.left -= bytes.length;
    if (chunk.left === 0) this.#endChunk(chunk);
    this.#unpacked += bytes.length;
    if (this.#check === 1) this.#crc = crc32(bytes, this.#crc);
    if (this.#check === 4) this.#crc64.add(bytes);
    return bytes;
  }

  #endChunk({ end, plain }: { readonly end: number; readonly plain: boolean }): void {
    if (!plain) {
      this.#decoder.normalize();
      if (!this.#decoder.ended) throw this.#broken('a part that does not end');
    }
    if (this.#cursor.position !== end) throw this.#broken('a part of another size than it says');
    this.#chunk = null;
  }

  #endBlock(): void {
    const [block, cursor] = [this.#block, this.#cursor];
    if (block === null) return;
    const packed = cursor.position - block.start - block.headerSize;
    const same = (block.packed ?? packed) === packed && (block.unpacked ?? this.#unpacked) === this.#unpacked;
    if (!same) throw this.#broken('a block of another size than it says');
    if (cursor.unsigned((4 - (packed % 4)) % 4) !== 0) throw this.#broken('no zeros behind a block');
    const wrong =
      (this.#check === 1 && cursor.unsigned(4) !== this.#crc) ||
      (this.#check === 4 && [...this.#crc64.value].some((half) => cursor.unsigned(4) !== half));
    if (wrong) throw this.#broken('a wrong checksum');
    if (this.#blocks.length >= MAX_BLOCKS) throw new ScanError('too_large', `more than ${MAX_BLOCKS} blocks`, this.end);
    this.#blocks.push([block.headerSize + packed + (CHECK_SIZES.get(this.#check ?? 0) ?? 0), this.#unpacked]);
    this.#block = null;
  }

  /** The index names all blocks, and the footer says how long it is. */
  #endStream(start: number): void {
    const left = this.#source.size - start;
    const index = Buffer.from(readExactly(this.#source, start, Math.min(left, 32 + 18 * this.#blocks.length)));
    const fields = new Fields(index.subarray(1), start + 1);
    const named = fields.number() === this.#blocks.length;
    if (!named || this.#blocks.some(([packed, size]) => fields.number() !== packed || fields.number() !== size))
      throw this.#broken('an index of other blocks');
    const size = Math.ceil((1 + fields.at) / 4) * 4;
    const zeros = index.subarray(1 + fields.at, size).every((byte) => byte === 0);
    const foot = Buffer.from(readExactly(this.#source, start + size, 16));
    const right =
      zeros &&
      foot.readUInt32LE(0) === crc32(index.subarray(0, size)) &&
      foot.readUInt32LE(4) === crc32(foot.subarray(8, 14)) &&
      foot.readUInt32LE(8) === size / 4 &&
      foot.readUInt8(12) === 0 &&
      foot.readUInt8(13) === this.#check &&
      startsWith(foot, 'YZ', 14);
    if (!right) throw this.#broken('an end that does not fit');
    this.#cursor.skip(size + 16);
    this.#check = null;
  }

  #broken(what: string): ScanError {
    return new ScanError('malformed', `xz with ${what}`, this.end);
  }
}

/** Two bytes, the high one first. */
function big(cursor: Cursor): number {
  return cursor.byte() * 256 + cursor.byte();
}

/** Numbers of seven bits a byte. */
class Fields {
  readonly #bytes: Uint8Array;
  readonly #offset: number;
  at = 0;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  number(): number {
    let [value, weight] = [0, 1];
    for (;;) {
      const byte = this.#bytes[this.at];
      if (byte === undefined || weight > 2 ** 49 || (byte === 0 && weight > 1))
        throw new ScanError('malformed', 'xz with a number that does not end', this.#offset + this.at);
      this.at += 1;
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 128;
    }
  }

  /** Whether only zeros are left. */
  zeros(): boolean {
    return this.#bytes.subarray(this.at).every((byte) => byte === 0);
  }
}
