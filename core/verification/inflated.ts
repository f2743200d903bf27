import { crc32 } from './crc32.ts';
import { readExactly, type ScanContext, ScanError, type Source } from './format.ts';
import { Inflater } from './inflate.ts';

/** Bytes of output that are kept whole; more is inflated anew whenever somebody reads backwards. */
const KEPT = 8 * 2 ** 20;
/** Bytes kept behind where a larger output is read. */
const BEHIND = 1 << 19;
/** Bytes of a piece of output. */
const PIECE = 1 << 20;

export interface Deflated {
  readonly path: string;
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export interface Inflated extends Source {
  readonly crc: number;
  readonly adler: number;
  /** Where the compressed stream ended in its source. */
  readonly streamEnd: number;
}

/** What unpacks a stream from its begin. */
export interface Unpacker {
  /** The next bytes, or null at the end. @throws ScanError */
  next(): Uint8Array | null;
  /** Where the stream ended in its source. */
  readonly end: number;
}

/** A stream of DEFLATE as a source. @throws ScanError for broken streams, and beyond the scan's budget */
export function inflate({ path, source, start, end }: Deflated, context: ScanContext): Inflated {
  return unpack(path, () => new Inflater(source, start, end, PIECE), context);
}

/**
 * What a stream unpacks to as a source. It is unpacked once to the end, for its size and checksums, and kept if small.
 *
 * @throws ScanError for broken streams, and beyond the scan's budget
 */
export function unpack(path: string, begin: () => Unpacker, context: ScanContext): Inflated {
  const inflater = begin();
  const keepable = Math.min(KEPT, context.room() / 2);
  const kept: Uint8Array[] = [];
  let [size, crc, adler] = [0, 0, 1];
  for (let piece = inflater.next(); piece !== null; piece = inflater.next()) {
    context.tick();
    context.inflated(piece.length);
    size += piece.length;
    crc = crc32(piece, crc);
    adler = adler32(piece, adler);
    if (size <= keepable) kept.push(piece.slice());
    else kept.length = 0;
  }
  const found = { path, size, crc, adler, streamEnd: inflater.end };
  if (size <= keepable) {
    context.keep(size);
    return { ...found, read: (offset, length) => gather(kept, offset, Math.min(length, size - offset)) };
  }
  context.keep(BEHIND + 2 * PIECE);
  const again = new Rewinding(begin, context);
  return { ...found, read: (offset, length, into) => again.read(offset, Math.min(length, size - offset), into) };
}

/** A range of what was inflated piece by piece: a view where it lies in one. */
function gather(pieces: readonly Uint8Array[], offset: number, length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let [start, left] = [offset, length];
  for (const piece of pieces) {
    if (start < piece.length && left > 0) {
      const part = piece.subarray(start, start + left);
      parts.push(part);
      left -= part.length;
      start = 0;
    } else start -= piece.length;
  }
  return parts.length === 1 ? (parts[0] ?? new Uint8Array(0)) : Buffer.concat(parts);
}

/** Random access to a stream that only goes forward. */
class Rewinding {
  readonly #begin: () => Unpacker;
  readonly #context: ScanContext;
  #inflater: Unpacker | null = null;
  /** What was inflated last, from the start of the window on. */
  readonly #window = new Uint8Array(BEHIND + 2 * PIECE);
  #windowStart = 0;
  #windowSize = 0;

  constructor(begin: () => Unpacker, context: ScanContext) {
    this.#begin = begin;
    this.#context = context;
  }

  read(offset: number, length: number, into?: Uint8Array): Uint8Array {
    if (length <= 0) return new Uint8Array(0);
    const bytes = into !== undefined && into.length >= length ? into : new Uint8Array(length);
    if (this.#inflater === null || offset < this.#windowStart) this.#restart();
    let done = 0;
    while (done < length) {
      const at = offset + done - this.#windowStart;
      if (at < this.#windowSize) {
        const part = this.#window.subarray(at, Math.min(this.#windowSize, at + length - done));
        bytes.set(part, done);
        done += part.length;
      } else if (!this.#advance()) break;
    }
    return bytes.subarray(0, done);
  }

  #restart(): void {
    this.#inflater = this.#begin();
    this.#windowStart = 0;
    this.#windowSize = 0;
  }

  #advance(): boolean {
    this.#context.tick();
    const piece = this.#inflater?.next() ?? null;
    if (piece === null) return false;
    this.#context.inflated(piece.length);
    if (this.#windowSize + piece.length > this.#window.length) {
      const from = this.#windowSize - BEHIND;
      this.#window.copyWithin(0, from, this.#windowSize);
      this.#windowStart += from;
      this.#windowSize = BEHIND;
    }
    this.#window.set(piece, this.#windowSize);
    this.#windowSize += piece.length;
    return true;
  }
}

/** As in zlib (RFC 1950). */
function adler32(bytes: Uint8Array, start: number): number {
  let [a, b] = [start & 0xffff, start >>> 16];
  for (let at = 0; at < bytes.length; ) {
    // So many that the sums stay below 2³².
    const stop = Math.min(at + 3800, bytes.length);
    for (; at < stop; at += 1) {
      a += bytes[at] ?? 0;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

/** The content of a gzip member (RFC 1952) or zlib stream (RFC 1950) that is the whole source, and its name if it has one. */
export function inflated(source: Source, context: ScanContext, mode: 'trial'): Source | null;
export function inflated(source: Source, context: ScanContext): Source;
export function inflated(source: Source, context: ScanContext, mode?: 'trial'): Source | null {
  try {
    const head = readExactly(source, 0, Math.min(2, source.size));
    return head[0] === 0x1f ? fromGzip(source, context) : fromZlib(source, context);
  } catch (error) {
    // Bytes that look like a stream by chance.
    if (mode === 'trial' && error instanceof ScanError && error.code === 'malformed') return null;
    throw error;
  }
}

function fromZlib(source: Source, context: ScanContext): Source {
  const head = Buffer.from(readExactly(source, 0, 2));
  if (head.readUInt16BE(0) % 31 !== 0 || ((head[0] ?? 0) & 15) !== 8 || ((head[1] ?? 0) & 32) !== 0)
    throw new ScanError('malformed', 'no zlib header', 0);
  const found = inflate({ path: `${source.path}!/zlib`, source, start: 2, end: source.size }, context);
  const trailer = Buffer.from(readExactly(source, found.streamEnd, 4));
  if (trailer.readUInt32BE(0) !== found.adler) throw new ScanError('malformed', 'a wrong checksum', found.streamEnd);
  if (found.streamEnd + 4 !== source.size)
    throw new ScanError('malformed', 'data after the end of the stream', found.streamEnd + 4);
  return found;
}

/** One member only: readers differ in what they make of several. */
function fromGzip(source: Source, context: ScanContext): Source {
  const head = Buffer.from(readExactly(source, 0, Math.min(source.size, 65_536)));
  const flags = head[3] ?? 0;
  if (head.length < 18 || head[2] !== 8 || (flags & 0xe0) !== 0) throw new ScanError('malformed', 'no gzip header', 0);
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + head.readUInt16LE(at);
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const zero = head.indexOf(0, at);
    if (zero < 0) throw new ScanError('malformed', 'a name without an end', at);
    at = zero + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  if (at > source.size - 8) throw new ScanError('malformed', 'a header without data', 0);
  const found = inflate({ path: `${source.path}!/gzip`, source, start: at, end: source.size }, context);
  const trailer = Buffer.from(readExactly(source, found.streamEnd, 8));
  if (trailer.readUInt32LE(0) !== found.crc || trailer.readUInt32LE(4) !== found.size % 2 ** 32)
    throw new ScanError('malformed', 'a wrong checksum or size', found.streamEnd);
  if (found.streamEnd + 8 !== source.size)
    throw new ScanError('malformed', 'data after the end of the stream', found.streamEnd + 8);
  return found;
}

/** Compressed bytes that joblib reads at once: what is broken later has been loaded up to there. */
const FIRST_READ = 16_384;

/** Whether text is a zlib stream, too: one can be written with nothing but letters. */
export function isTextualZlib(source: Source): boolean {
  const end = Math.min(source.size, FIRST_READ);
  try {
    return new Inflater(source, 2, end, PIECE).next() !== null;
  } catch (error) {
    if (!(error instanceof ScanError) || error.code !== 'malformed') throw error;
    return end > 64 && error.offset >= end;
  }
}
