import type { ArrowData, Bytes } from './arrow-data.ts';
import { ArrowError, type ArrowInteger } from './arrow-schema.ts';

/** Read off the bytes, whose length is known to suffice. */
export function numbers(bytes: Bytes, { bits, signed }: ArrowInteger): (index: number) => number | bigint {
  const Numbers = {
    8: [Int8Array, Uint8Array],
    16: [Int16Array, Uint16Array],
    32: [Int32Array, Uint32Array],
    64: [BigInt64Array, BigUint64Array],
  }[bits][signed ? 0 : 1];
  const values: ArrayLike<number | bigint> = new (Numbers ?? missing())(
    bytes.buffer,
    bytes.byteOffset,
    Math.floor(bytes.byteLength / (bits / 8)),
  );
  return (index) => values[index] ?? missing();
}

function signed(bytes: Bytes, bits: 32 | 64): (index: number) => number | bigint {
  return numbers(bytes, { kind: 'integer', bits, signed: true });
}

/** Signed integers, as whole numbers of any size. */
export function wholes(bytes: Bytes, bits: 32 | 64): (index: number) => bigint {
  return through(signed(bytes, bits), BigInt);
}

export function floats(bytes: Bytes, bits: 16 | 32 | 64): (index: number) => number {
  if (bits === 16)
    return through(numbers(bytes, { kind: 'integer', bits, signed: false }), (value) => fromHalf(Number(value)));
  const Floats = bits === 32 ? Float32Array : Float64Array;
  const values = new Floats(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / (bits / 8)));
  return (index) => values[index] ?? missing();
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

type Range = readonly [start: number, end: number];

/** Where the items of each list are in its child. */
export function rangesOf(data: ArrowData): (index: number) => Range {
  const { type, children, buffers } = data;
  const held = children[0]?.length ?? 0;
  if (type.kind === 'fixed_list') return (index) => [index * type.size, (index + 1) * type.size];
  const bits = 'large' in type && type.large ? 64 : 32;
  if (type.kind !== 'list_view') return between(first(data), data, bits, held, 'lists');
  const [offset, size] = [first(data), buffers[1] ?? missing()].map((bytes) => signed(bytes, bits));
  if (offset === undefined || size === undefined) return missing();
  return (index) => {
    const [start, count] = [Number(offset(index)), Number(size(index))];
    return inside(start, start + count, held, 'lists');
  };
}

/** Also of values that are null, and of dictionaries that nobody points at: readers may refuse a file for them. */
function between(
  bytes: Bytes,
  { length }: ArrowData,
  bits: 32 | 64,
  held: number,
  what: string,
): (index: number) => Range {
  const offset = signed(bytes, bits);
  for (let index = 0; index < length; index += 1) inside(Number(offset(index)), Number(offset(index + 1)), held, what);
  if (length === 0 && bytes.byteLength >= bits / 8) inside(Number(offset(0)), Number(offset(0)), held, what);
  return (index) => [Number(offset(index)), Number(offset(index + 1))];
}

function inside(start: number, end: number, held: number, what: string): Range {
  if (!(start >= 0 && end >= start && end <= held))
    throw new ArrowError(`the file is cut, or lies about where ${what} end`);
  return [start, end];
}

/** Up to so many bytes lie in the view of a value itself. */
const INLINE = 12;

export function bytesOf(data: ArrowData): (index: number) => Uint8Array {
  const { type, buffers } = data;
  const bytes = first(data);
  if (type.kind === 'fixed_binary') return (index) => bytes.subarray(index * type.width, (index + 1) * type.width);
  if (type.kind === 'text' || type.kind === 'binary') {
    const values = buffers[1] ?? missing();
    const range = between(bytes, data, type.large ? 64 : 32, values.length, 'values');
    return through(range, ([start, end]) => values.subarray(start, end));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (index) => {
    const at = index * 16;
    const length = view.getInt32(at, true);
    if (length >= 0 && length <= INLINE) return bytes.subarray(at + 4, at + 4 + length);
    const values = buffers[1 + view.getInt32(at + 8, true)] ?? new Uint8Array(0);
    const offset = view.getInt32(at + 12, true);
    const [start, end] = inside(offset, offset + length, values.length, 'values');
    // Readers compare by the first four bytes alone, where these differ.
    if (Buffer.compare(bytes.subarray(at + 4, at + 8), values.subarray(start, start + 4)) !== 0)
      throw new ArrowError('a text that doesn’t begin as its view says');
    return values.subarray(start, end);
  };
}

export function through<A, B>(read: (index: number) => A, change: (value: A) => B): (index: number) => B {
  return (index) => change(read(index));
}

export function first({ buffers: [bytes] }: ArrowData): Bytes {
  return bytes ?? missing();
}

export function missing(): never {
  throw new ArrowError('the file is cut: a column has no values');
}
