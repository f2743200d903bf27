import { ScanError } from '../format.ts';

/** Bits of a range of bytes, which Zstandard reads from either end (RFC 8878, section 4). */
abstract class Bits {
  protected readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** `count` bits, at most 24, from bit `at` on; bits outside of the range are zeros. */
  protected get(at: number, count: number): number {
    if (at < 0) return at + count <= 0 ? 0 : this.get(0, at + count) * 2 ** -at;
    const first = at >>> 3;
    const word =
      (this.bytes[first] ?? 0) |
      ((this.bytes[first + 1] ?? 0) << 8) |
      ((this.bytes[first + 2] ?? 0) << 16) |
      ((this.bytes[first + 3] ?? 0) << 24);
    return (word >>> (at & 7)) & ((1 << count) - 1);
  }
}

/** From the first bit of the first byte on. */
export class ForwardBits extends Bits {
  at = 0;

  read(count: number): number {
    const value = this.get(this.at, count);
    this.at += count;
    if (this.at > this.bytes.length * 8) throw new ScanError('malformed', 'a table of codes that is cut', 0);
    return value;
  }

  /** Whole bytes that were begun. */
  get bytesRead(): number {
    return Math.ceil(this.at / 8);
  }
}

/** From below the highest bit that is set in the last byte, downwards. */
export class BackwardBits extends Bits {
  /** Bits that are left; below zero once more were read than there are. */
  left: number;

  /** @throws ScanError where the last byte is zero */
  constructor(bytes: Uint8Array) {
    super(bytes);
    const last = bytes[bytes.length - 1] ?? 0;
    if (last === 0) throw new ScanError('malformed', 'a stream of bits without an end', 0);
    this.left = bytes.length * 8 - (Math.clz32(last) - 24) - 1;
  }

  read(count: number): number {
    if (count > 24) return this.read(count - 16) * 65_536 + this.read(16);
    this.left -= count;
    return this.get(this.left, count);
  }

  /** As `read`, and they stay. */
  peek(count: number): number {
    return this.get(this.left - count, count);
  }
}
