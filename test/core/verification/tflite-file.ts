/** Values of fields of a FlatBuffer; what is left out is null. */
export type Value =
  | null
  | { readonly int8: number }
  | { readonly int32: number }
  | { readonly uint64: number }
  | { readonly ints: readonly number[] }
  | { readonly bytes: string | Uint8Array }
  | { readonly table: readonly Value[] }
  | { readonly tables: readonly (readonly Value[])[] }
  /** One table that all items of a list refer to. */
  | { readonly same: readonly Value[]; readonly count: number };

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

/** What stands at `at`, with all that it refers to behind it. */
function object(value: Exclude<Value, null>, at: number): Buffer {
  if ('ints' in value)
    return Buffer.concat([uint32(value.ints.length), ...value.ints.map((item) => uint32(item >>> 0))]);
  if ('bytes' in value) {
    const bytes = Buffer.from(value.bytes);
    return padded(Buffer.concat([uint32(bytes.length), bytes]));
  }
  if ('same' in value) {
    const { bytes, start } = table(value.same, at + 4 + 4 * value.count);
    const offsets = Array.from({ length: value.count }, (_, index) => uint32(start - (at + 4 + 4 * index)));
    return Buffer.concat([uint32(value.count), ...offsets, bytes]);
  }
  if ('tables' in value) {
    const count = value.tables.length;
    const offsets: Buffer[] = [];
    const behind: Buffer[] = [];
    let next = at + 4 + 4 * count;
    for (const [index, fields] of value.tables.entries()) {
      const { bytes, start } = table(fields, next);
      offsets.push(uint32(start - (at + 4 + 4 * index)));
      behind.push(bytes);
      next += bytes.length;
    }
    return Buffer.concat([uint32(count), ...offsets, ...behind]);
  }
  throw new Error('a number is no object of its own');
}

/** A table with its list of offsets before it. `start` is where the table itself stands. */
function table(fields: readonly Value[], at: number): { readonly bytes: Buffer; readonly start: number } {
  const list = Buffer.alloc((4 + 2 * fields.length + 3) & ~3);
  const start = at + list.length;
  // Eight bytes for each field, whatever it is.
  const body = Buffer.alloc(4 + 8 * fields.length);
  list.writeUInt16LE(4 + 2 * fields.length, 0);
  list.writeUInt16LE(body.length, 2);
  body.writeInt32LE(list.length, 0);
  const behind: Buffer[] = [];
  let next = start + body.length;
  for (const [index, value] of fields.entries()) {
    if (value === null) continue;
    const place = 4 + 8 * index;
    list.writeUInt16LE(place, 4 + 2 * index);
    if ('int8' in value) body.writeInt8(value.int8, place);
    else if ('int32' in value) body.writeInt32LE(value.int32, place);
    else if ('uint64' in value) body.writeBigUInt64LE(BigInt(value.uint64), place);
    else {
      const child = 'table' in value ? table(value.table, next) : { bytes: object(value, next), start: next };
      body.writeUInt32LE(child.start - (start + place), place);
      behind.push(child.bytes);
      next += child.bytes.length;
    }
  }
  return { bytes: Buffer.concat([list, body, ...behind]), start };
}

export function flatBufferOf(identifier: string, root: readonly Value[]): Buffer {
  const { bytes, start } = table(root, 8);
  return Buffer.concat([uint32(start), Buffer.from(identifier, 'latin1'), bytes]);
}

export interface Operator {
  readonly code?: number;
  /** Its number in the field of one byte. */
  readonly short?: number;
  readonly name?: string;
}

export interface LiteParts {
  readonly version?: number;
  readonly codes?: readonly Operator[];
  readonly operators?: readonly (readonly Value[])[];
  readonly tensors?: readonly (readonly Value[])[];
  readonly buffers?: readonly (readonly Value[])[];
  readonly inputs?: readonly number[];
  /** Fields of the model from the sixth. */
  readonly more?: readonly Value[];
}

export const tensor = (shape: readonly number[], type: number, buffer: number): readonly Value[] => [
  { ints: shape },
  { int8: type },
  { int32: buffer },
  { bytes: 'name' },
];
export const operator = (code: number, inputs: readonly number[], ...more: readonly Value[]): readonly Value[] => [
  { int32: code },
  { ints: inputs },
  { ints: [1] },
  ...more,
];
/** Options of an operator of TensorFlow, as its converter writes them: a FlexBuffer of a name and a NodeDef. */
export function flexOptions(name: string, node: Uint8Array): Buffer {
  const text = (value: Uint8Array): Buffer => padded(Buffer.concat([uint32(value.length), value, Buffer.alloc(1)]));
  const [first, second] = [text(Buffer.from(name)), text(node)];
  const list = first.length + second.length + 4;
  const items = [uint32(list - 4), uint32(list + 4 - (first.length + 4))];
  const root = list + 10;
  const types = Buffer.from([0x16, 0x16]);
  return Buffer.concat([first, second, uint32(2), ...items, types, uint32(root - list), Buffer.from([0x2a, 4])]);
}

const bytes = (size: number): readonly Value[] => [{ bytes: Buffer.alloc(size, 1) }];

/** A model of TensorFlow Lite: an operator with a constant of two floats. */
export function liteOf(parts: LiteParts = {}): Buffer {
  const {
    version = 3,
    codes = [{ code: 0 }],
    operators = [operator(0, [0, -1])],
    tensors = [tensor([2], 0, 1), tensor([2], 0, 0)],
    buffers = [[], bytes(8)],
    inputs = [0],
    more = [],
  } = parts;
  const code = ({ code: number = 0, short = 0, name }: Operator): readonly Value[] => [
    { int8: short },
    name === undefined ? null : { bytes: name },
    { int32: 1 },
    { int32: number },
  ];
  return flatBufferOf('TFL3', [
    { int32: version },
    { tables: codes.map(code) },
    { tables: [[{ tables: tensors }, { ints: inputs }, { ints: [1] }, { tables: operators }, { bytes: 'main' }]] },
    { bytes: 'a model' },
    { tables: buffers },
    ...more,
  ]);
}
