/**
 * Decoding of LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), as Arrow compresses buffers.
 * Checksums are skipped: the digest of the whole file is what fixes its content.
 */

const MAGIC = 0x184d2204;

/** @param limit bytes that the result may have. @throws RangeError on anything that is no frame */
export function decodeLz4Frame(input: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('expected an LZ4 frame, found something else');
  const flags = view.getUint8(4);
  const has = (bit: number): boolean => (flags & bit) !== 0;
  if (flags >> 6 !== 1 || has(0x01)) throw new RangeError('an LZ4 frame of another version, or with a dictionary');
  const [blockChecksum, contentSize] = [has(0x10), has(0x08)];
  const output = new Output(
    contentSize ? Math.min(Number(view.getBigUint64(6, true)), limit) : input.length * 4,
    limit,
  );
  let at = contentSize ? 15 : 7;
  for (;;) {
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) return output.bytes();
    const size = header & 0x7fffffff;
    if (at + size > input.length) throw new RangeError('an LZ4 block that ends beyond its frame');
    const block = input.subarray(at, at + size);
    if (header >>> 31 === 1) output.append(block);
    else decodeBlock(block, output);
    at += size + (blockChecksum ? 4 : 0);
  }
}

function decodeBlock(block: Uint8Array, output: Output): void {
  let at = 0;
  const length = (start: number): number => {
    let total = start;
    if (start !== 15) return total;
    for (;;) {
      const byte = block[at];
      if (byte === undefined) throw new RangeError('an LZ4 length that never ends');
      at += 1;
      total += byte;
      if (byte !== 255) return total;
    }
  };
  while (at < block.length) {
    const token = block[at] ?? 0;
    at += 1;
    const literals = length(token >> 4);
    if (at + literals > block.length) throw new RangeError('LZ4 literals that end beyond their block');
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    const offset = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    output.repeat(offset, length(token & 15) + 4);
  }
}

class Output {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  readonly #limit: number;

  constructor(expected: number, limit: number) {
    this.#limit = limit;
    this.#bytes = new Uint8Array(Math.min(Math.max(expected, 64), limit));
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  append(more: Uint8Array): void {
    this.#reserve(more.length);
    this.#bytes.set(more, this.#length);
    this.#length += more.length;
  }

  /** Copies what stands `offset` bytes back; it may run into what it writes. */
  repeat(offset: number, count: number): void {
    if (offset === 0 || offset > this.#length) throw new RangeError('an LZ4 match that begins before the data');
    this.#reserve(count);
    const from = this.#length - offset;
    if (offset >= count) this.#bytes.copyWithin(this.#length, from, from + count);
    else
      for (let index = 0; index < count; index += 1) this.#bytes[this.#length + index] = this.#bytes[from + index] ?? 0;
    this.#length += count;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#limit) throw new RangeError(`an LZ4 frame that grows beyond ${this.#limit} bytes`);
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.min(Math.max(needed, this.#bytes.length * 2), this.#limit));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
