export function number(value: number, size: 4 | 8, big: boolean): Buffer {
  const bytes = Buffer.alloc(size);
  if (size === 8) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  else bytes.writeUInt32LE(value);
  return big ? bytes.reverse() : bytes;
}

export interface Tensor {
  readonly name?: string;
  readonly shape?: readonly number[];
  readonly type?: number;
  readonly offset?: number;
}

export interface Parts {
  readonly keys?: readonly (readonly [name: string, type: number, value: Uint8Array])[];
  readonly tensors?: readonly Tensor[];
  readonly data?: Uint8Array;
  readonly version?: number;
  readonly big?: boolean;
  readonly keyCount?: number;
  readonly padding?: number;
}

export const text = (value: string, big = false): Buffer =>
  Buffer.concat([number(Buffer.byteLength(value), 8, big), Buffer.from(value)]);

/** A GGUF file, aligned to 32 bytes. */
export function ggufOf({
  keys = [],
  tensors = [],
  data,
  version = 3,
  big = false,
  keyCount,
  padding = 0,
}: Parts): Buffer {
  const u32 = (value: number): Buffer => number(value, 4, big);
  const u64 = (value: number): Buffer => number(value, 8, big);
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(tensors.length),
    u64(keyCount ?? keys.length),
    ...keys.flatMap(([name, type, value]) => [text(name, big), u32(type), value]),
    ...tensors.flatMap(({ name = 't', shape = [8], type = 0, offset = 0 }) => [
      text(name, big),
      u32(shape.length),
      ...shape.map(u64),
      u32(type),
      u64(offset),
    ]),
  ]);
  if (tensors.length === 0) return Buffer.concat([header, data ?? Buffer.alloc(0)]);
  return Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32, padding), data ?? Buffer.alloc(32)]);
}

export const template = (value: string) => [['tokenizer.chat_template', 8, text(value)]] as const;
export const list = (type: number, count: number, ...items: Uint8Array[]): Buffer =>
  Buffer.concat([number(type, 4, false), number(count, 8, false), ...items]);
export const small = ggufOf({
  keys: [['general.name', 8, text('a')], ...template("{{ messages[0]['content'] }}")],
  tensors: [{}],
});
