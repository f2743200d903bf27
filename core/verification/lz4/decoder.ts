import { readExactly, ScanError, type Source, startsWith } from '../format.ts';
import { XxHash32 } from './xxhash.ts';

export const LZ4_MAGIC = '\x04\x22\x4d\x18';
/** Bytes that a copy may go back. */
const WINDOW = 65_536;
/** Bytes that are given away at once. */
const PIECE = 1 << 18;

interface Frame {
  readonly linked: boolean;
  readonly most: number;
  readonly blockChecks: boolean;
  readonly size: number | null;
  /** Of the content; null where it is not checked. */
  readonly hash: XxHash32 | null;
}

/** Frames of LZ4 (version 1.6.4 of their format), one after another, without dictionaries. All checksums are compared. */
export class Lz4Decoder {
  readonly #source: Source;
  readonly #keep: (bytes: number) => void;
  #at = 0;
  #frame: Frame | null = null;
  #produced = 0;
  /** What a copy may reach, and the block. */
  #bytes = new Uint8Array(0);
  #filled = 0;
  #given = 0;

  /** @param keep is told how much memory is held, before it is taken */
  constructor(source: Source, keep: (bytes: number) => void) {
    this.#source = source;
    this.#keep = keep;
  }

  get end(): number {
    return this.#at;
  }

  /** The next bytes, good until the next call, or null at the end. @throws ScanError */
  next(): Uint8Array | null {
    while (this.#given === this.#filled) {
      if (this.#frame === null) {
        if (this.#at === this.#source.size) return null;
        this.#frame = this.#readFrame();
      }
      this.#block(this.#frame);
    }
    const start = this.#given;
    this.#given = Math.min(this.#filled, start + PIECE);
    return this.#bytes.subarray(start, this.#given);
  }

  #read(length: number): Buffer {
    const bytes = Buffer.from(readExactly(this.#source, this.#at, length));
    this.#at += length;
    return bytes;
  }

  #readFrame(): Frame {
    const magic = this.#read(4);
    if ((magic.readUInt32LE() & 0xfffffff0) >>> 0 === 0x184d2a50)
      throw new ScanError('unsupported', 'a frame of data that readers skip', this.#at - 4);
    if (!startsWith(magic, LZ4_MAGIC)) throw this.#broken('data behind the end of the stream');
    const start = this.#at;
    const flags = this.#read(1).readUInt8();
    const most = this.#read(1).readUInt8();
    if (flags >> 6 !== 1 || (flags & 2) !== 0 || (most & 0x8f) !== 0 || most < 0x40)
      throw this.#broken('unknown flags of a frame');
    if ((flags & 1) !== 0) throw new ScanError('unsupported', 'a frame that needs a dictionary', start);
    const size = (flags & 8) === 0 ? null : Number(this.#read(8).readBigUInt64LE());
    const described = readExactly(this.#source, start, this.#at - start);
    const hash = new XxHash32().add(described).value;
    if (this.#read(1).readUInt8() !== ((hash >> 8) & 0xff)) throw this.#broken('a wrong checksum of a frame');
    [this.#produced, this.#filled, this.#given] = [0, 0, 0];
    const linked = (flags & 0x20) === 0;
    const checked = (flags & 4) !== 0;
    return {
      linked,
      most: 1 << (8 + 2 * (most >> 4)),
      blockChecks: (flags & 0x10) !== 0,
      size,
      hash: checked ? new XxHash32() : null,
    };
  }

  /** Or ends the frame. */
  #block(frame: Frame): void {
    const word = this.#read(4).readUInt32LE();
    if (word === 0) {
      this.#endFrame(frame);
      return;
    }
    const [plain, size] = [word >= 2 ** 31, word % 2 ** 31];
    if (size > frame.most) throw this.#broken(`a block of ${size} bytes`);
    const start = this.#makeRoom(frame);
    const body = readExactly(this.#source, this.#at, size);
    if (plain) {
      this.#bytes.set(body, start);
      this.#filled = start + size;
    } else this.#decode(body, start, start + frame.most);
    const offset = this.#at;
    this.#at += size;
    if (frame.blockChecks && this.#read(4).readUInt32LE() !== new XxHash32().add(body).value)
      throw new ScanError('malformed', 'LZ4 with a wrong checksum', offset);
    const made = this.#bytes.subarray(start, this.#filled);
    frame.hash?.add(made);
    this.#produced += made.length;
    this.#given = start;
  }

  #endFrame({ size, hash }: Frame): void {
    if (size !== null && size !== this.#produced) throw this.#broken(`${this.#produced} bytes where it says ${size}`);
    if (hash !== null && this.#read(4).readUInt32LE() !== hash.value) throw this.#broken('a wrong checksum');
    this.#frame = null;
  }

  /** Keeps what a copy may reach. @returns where the block begins */
  #makeRoom({ linked, most }: Frame): number {
    if (this.#bytes.length < WINDOW + most) {
      this.#keep(2 * most + WINDOW);
      const larger = new Uint8Array(WINDOW + most);
      larger.set(this.#bytes.subarray(0, this.#filled));
      this.#bytes = larger;
    }
    const kept = linked ? Math.min(WINDOW, this.#filled) : 0;
    this.#bytes.copyWithin(0, this.#filled - kept, this.#filled);
    this.#filled = kept;
    return kept;
  }

  /** A block (`lz4_Block_format.md`): literals and copies in turns, literals at last. */
  #decode(body: Uint8Array, start: number, limit: number): void {
    const out = this.#bytes;
    let [at, to] = [0, start];
    const more = (given: number): number => {
      let length = given;
      for (let byte = 255; given === 15 && byte === 255; length += byte) {
        if (at >= body.length) throw this.#broken('a block that is cut');
        byte = body[at] ?? 0;
        at += 1;
      }
      return length;
    };
    while (at < body.length) {
      const token = body[at] ?? 0;
      at += 1;
      const literals = more(token >> 4);
      if (literals > body.length - at || literals > limit - to) throw this.#broken('literals past the end');
      out.set(body.subarray(at, at + literals), to);
      at += literals;
      to += literals;
      if (at === body.length) break;
      const distance = (body[at] ?? 0) | ((body[at + 1] ?? 0) << 8);
      at += 2;
      const length = more(token & 15) + 4;
      if (at > body.length || distance === 0 || distance > to) throw this.#broken('a reference to before the start');
      if (length > limit - to) throw this.#broken('a block that is too long');
      for (const stop = to + length; to < stop; to += 1) out[to] = out[to - distance] ?? 0;
    }
    this.#filled = to;
  }

  #broken(what: string): ScanError {
    return new ScanError('malformed', `LZ4 with ${what}`, this.#at);
  }
}
