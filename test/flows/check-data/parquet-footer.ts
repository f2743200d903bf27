/**
 * Parquet files whose footer lies: the footer is read (Thrift's compact protocol), changed by hand and written back.
 * Field numbers are those of parquet.thrift (apache/parquet-format).
 */

type Value = bigint | boolean | Buffer | Struct | List;
export type Struct = Map<number, { type: number; value: Value }>;
interface List {
  element: number;
  items: Value[];
}

const [TRUE, FALSE, DOUBLE, BINARY, LIST, SET, STRUCT] = [1, 2, 7, 8, 9, 10, 12];

class Reader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  struct(): Struct {
    const fields: Struct = new Map();
    let id = 0;
    for (let head = this.#byte(); head !== 0; head = this.#byte()) {
      const [delta, type] = [head >> 4, head & 15];
      id = delta === 0 ? Number(this.#zigzag()) : id + delta;
      fields.set(id, { type, value: type === TRUE || type === FALSE ? type === TRUE : this.#value(type) });
    }
    return fields;
  }

  #byte(): number {
    this.at += 1;
    return this.#bytes[this.at - 1] ?? 0;
  }

  #varint(): bigint {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      shift += 7n;
    }
  }

  #zigzag(): bigint {
    const raw = this.#varint();
    return (raw >> 1n) ^ -(raw & 1n);
  }

  #take(length: number): Buffer {
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  #value(type: number): Value {
    if (type === TRUE || type === FALSE) return this.#byte() === TRUE;
    if (type === 3) return BigInt(this.#byte());
    if (type === DOUBLE) return this.#take(8);
    if (type === BINARY) return this.#take(Number(this.#varint()));
    if (type === STRUCT) return this.struct();
    if (type !== LIST && type !== SET) return this.#zigzag();
    const head = this.#byte();
    const size = head >> 4 === 15 ? Number(this.#varint()) : head >> 4;
    return { element: head & 15, items: Array.from({ length: size }, () => this.#value(head & 15)) };
  }
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

function written(type: number, value: Value): number[] {
  if (typeof value === 'boolean') return [value ? TRUE : FALSE];
  if (typeof value === 'bigint') return type === 3 ? [Number(value)] : varint((value << 1n) ^ (value >> 63n));
  if (Buffer.isBuffer(value)) return [...(type === BINARY ? varint(BigInt(value.length)) : []), ...value];
  if (value instanceof Map) {
    const fields = [...value].map(([id, field]) => [
      ...(typeof field.value === 'boolean'
        ? [field.value ? TRUE : FALSE, ...varint(BigInt(id) << 1n)]
        : [field.type, ...varint(BigInt(id) << 1n), ...written(field.type, field.value)]),
    ]);
    return [...fields.flat(), 0];
  }
  const items = value.items.flatMap((item) => written(value.element, item));
  return [0xf0 | value.element, ...varint(BigInt(value.items.length)), ...items];
}

/** The same file with another footer. */
export function withFooter(file: Buffer, change: (footer: Struct) => void): Buffer {
  const length = file.readUInt32LE(file.length - 8);
  const start = file.length - 8 - length;
  const footer = new Reader(file.subarray(start, start + length)).struct();
  change(footer);
  const bytes = Buffer.from(written(STRUCT, footer));
  const end = Buffer.alloc(4);
  end.writeUInt32LE(bytes.length);
  return Buffer.concat([file.subarray(0, start), bytes, end, Buffer.from('PAR1')]);
}

/** The structs of a list field. */
export function structs(parent: Struct | undefined, id: number): Struct[] {
  const value = parent?.get(id)?.value;
  if (typeof value !== 'object' || !('items' in value)) throw new Error(`expected a list in field ${id}`);
  return value.items.filter((item) => item instanceof Map);
}

/** The struct in a field. */
export function struct(parent: Struct | undefined, id: number): Struct {
  const value = parent?.get(id)?.value;
  if (!(value instanceof Map)) throw new Error(`expected a struct in field ${id}`);
  return value;
}

/** Sets a field that is there to another value of its type. */
export function set(parent: Struct | undefined, id: number, value: bigint | Buffer): void {
  const field = parent?.get(id);
  if (field === undefined) throw new Error(`expected field ${id}`);
  field.value = value;
}

/** The metadata of each column chunk of each row group. */
export function columnChunks(footer: Struct): Struct[] {
  return structs(footer, 4).flatMap((group) => structs(group, 1).map((chunk) => struct(chunk, 3)));
}
