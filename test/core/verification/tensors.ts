/** A safetensors file of this header, as text or value, and this many bytes of data. */
export function safetensorsOf(header: unknown, bytes = 0): Buffer {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text), Buffer.alloc(bytes)]);
}

export const tensor = (dtype: string, shape: readonly number[], start: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [start, end],
});
