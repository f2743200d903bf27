/** A value in Thrift's compact protocol, with its type there. */
export interface Thrift {
  readonly type: number;
  readonly bytes: Buffer;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Buffer.from([...bytes, left]);
}

export function int(value: number): Thrift {
  return { type: 6, bytes: varint(value < 0 ? -2 * value - 1 : 2 * value) };
}

export function binary(content: string | Uint8Array): Thrift {
  const bytes = Buffer.from(content);
  return { type: 8, bytes: Buffer.concat([varint(bytes.length), bytes]) };
}

export function list(...items: readonly Thrift[]): Thrift {
  const type = items[0]?.type ?? 12;
  const head =
    items.length < 15 ? [Buffer.from([items.length * 16 + type])] : [Buffer.from([0xf0 + type]), varint(items.length)];
  return { type: 9, bytes: Buffer.concat([...head, ...items.map(({ bytes }) => bytes)]) };
}

export function struct(fields: Readonly<Record<number, Thrift>>): Thrift {
  let last = 0;
  const parts = Object.entries(fields).flatMap(([key, { type, bytes }]) => {
    const field = Number(key);
    const delta = field - last;
    last = field;
    return delta < 16 ? [Buffer.from([delta * 16 + type]), bytes] : [Buffer.from([type]), int(field).bytes, bytes];
  });
  return { type: 12, bytes: Buffer.concat([...parts, Buffer.from([0])]) };
}

export const pair = (key: string, value: string | Uint8Array): Thrift => struct({ 1: binary(key), 2: binary(value) });

/** A file of one column of numbers, whose pages are not made: no reader of the footer looks at them. */
export function parquetOf({
  data = Buffer.alloc(40, 7),
  offset = 4,
  length = data.length,
  metadata = [],
  chunk = {},
  column = {},
  file = {},
}: {
  readonly data?: Uint8Array;
  /** Where the footer says that the column begins, and its length. */
  readonly offset?: number;
  readonly length?: number;
  readonly metadata?: readonly Thrift[];
  /** More fields of the footer, by number. */
  readonly chunk?: Readonly<Record<number, Thrift>>;
  readonly column?: Readonly<Record<number, Thrift>>;
  readonly file?: Readonly<Record<number, Thrift>>;
} = {}): Buffer {
  const schema = list(struct({ 4: binary('schema'), 5: int(1) }), struct({ 1: int(2), 3: int(0), 4: binary('a') }));
  const meta = struct({
    ...{
      1: int(2),
      2: list(int(0)),
      3: list(binary('a')),
      4: int(0),
      5: int(5),
      6: int(40),
      7: int(length),
      9: int(offset),
    },
    ...column,
  });
  const group = struct({ 1: list(struct({ 2: int(0), 3: meta, ...chunk })), 2: int(40), 3: int(5) });
  const pairs = metadata.length === 0 ? {} : { 5: list(...metadata) };
  const footer = struct({
    1: int(2),
    2: schema,
    3: int(5),
    4: list(group),
    ...pairs,
    6: binary('a writer'),
    ...file,
  }).bytes;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), data, footer, size, Buffer.from('PAR1')]);
}
