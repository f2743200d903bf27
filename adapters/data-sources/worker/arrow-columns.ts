import { isUtf8 } from 'node:buffer';
import type { DuckDBValue } from '@duckdb/node-api';
import { quoteName } from '../../../core/data/sql/quote.ts';
import { type ArrowData, type Bytes, isSet, RUNS } from './arrow-data.ts';
import { ArrowError, type ArrowInteger, type ArrowType, type ArrowUnit } from './arrow-schema.ts';

type Binding = typeof import('@duckdb/node-api');

/** How a column of Arrow becomes one of DuckDB. */
export interface ArrowColumn {
  /** DuckDB's type, as SQL. */
  readonly sql: string;
  /** Reads the values of one batch by their index, null where there is none. The bytes are hostile. @throws ArrowError */
  open(data: ArrowData): (index: number) => DuckDBValue;
}

/** @param name of the column, for messages. @throws ArrowError */
export function arrowColumn(type: ArrowType, name: string, binding: Binding): ArrowColumn {
  const { sql, open } = columnOf(type, name, binding);
  return {
    sql,
    open: (data) => {
      const read = open(data);
      const { validity, length } = data;
      return (index) => {
        if (!(index >= 0 && index < length)) throw new ArrowError(`a value ${index} of ${length}`);
        return validity !== null && !isSet(validity, index) ? null : read(index);
      };
    },
  };
}

function columnOf(type: ArrowType, name: string, binding: Binding): ArrowColumn {
  switch (type.kind) {
    case 'null':
      return { sql: 'INTEGER', open: () => () => null };
    case 'integer':
      return { sql: INTEGERS[type.bits][type.signed ? 0 : 1], open: (data) => numbers(first(data), type) };
    case 'float':
      return { sql: type.bits === 64 ? 'DOUBLE' : 'FLOAT', open: (data) => floats(first(data), type.bits) };
    case 'boolean':
      return { sql: 'BOOLEAN', open: (data) => (index) => isSet(first(data), index) };
    case 'text':
    case 'text_view':
      return { sql: 'VARCHAR', open: (data) => through(bytesOf(data), (bytes) => textOf(bytes, name)) };
    case 'binary':
    case 'binary_view':
    case 'fixed_binary':
      return {
        sql: 'BLOB',
        open: (data) => through(bytesOf(data), (bytes) => binding.blobValue(Uint8Array.from(bytes))),
      };
    case 'decimal':
      return decimal(type, name, binding);
    case 'date':
      return {
        sql: 'DATE',
        open: (data) =>
          through(wholes(first(data), type.bits), (value) => new binding.DuckDBDateValue(days(value, type.bits, name))),
      };
    case 'time':
      return time(type, name, binding);
    case 'timestamp':
      return timestamp(type, name, binding);
    case 'duration':
      return { sql: 'BIGINT', open: (data) => wholes(first(data), 64) };
    default:
      return nested(type, name, binding);
  }
}

type Nested = Extract<
  ArrowType,
  { kind: 'list' | 'list_view' | 'fixed_list' | 'struct' | 'map' | 'run_ends' | 'dictionary' }
>;

function nested(type: Nested, name: string, binding: Binding): ArrowColumn {
  switch (type.kind) {
    case 'dictionary':
      return coded(type, name, binding);
    case 'run_ends':
      return inRuns(type, name, binding);
    case 'struct': {
      const fields = type.fields.map((field) => ({ name: field.name, column: arrowColumn(field.type, name, binding) }));
      return {
        sql: `STRUCT(${fields.map(({ name: key, column }) => `${quoteName(key)} ${column.sql}`).join(', ')})`,
        open: ({ children }) => {
          const readers = fields.map(
            ({ name: key, column }, at) => [key, column.open(children[at] ?? missing())] as const,
          );
          return (index) => binding.structValue(Object.fromEntries(readers.map(([key, read]) => [key, read(index)])));
        },
      };
    }
    case 'map': {
      const [key, value] = type.entry.fields.map((field) => arrowColumn(field.type, name, binding));
      if (key === undefined || value === undefined) return missing();
      return { sql: `MAP(${key.sql}, ${value.sql})`, open: (data) => maps(data, key, value, name, binding) };
    }
    default: {
      const item = arrowColumn(type.item, name, binding);
      return {
        sql: `${item.sql}[]`,
        open: (data) => {
          const read = item.open(data.children[0] ?? missing());
          return through(rangesOf(data), ([start, end]) =>
            binding.listValue(Array.from({ length: end - start }, (_, at) => read(start + at))),
          );
        },
      };
    }
  }
}

function coded(type: Extract<ArrowType, { kind: 'dictionary' }>, name: string, binding: Binding): ArrowColumn {
  const value = arrowColumn(type.value, name, binding);
  const open = (data: ArrowData): ((index: number) => DuckDBValue) => {
    const index = numbers(first(data), type.index);
    const chunks = data.dictionary.map((chunk) => ({ length: chunk.length, read: value.open(chunk) }));
    return (row) => {
      let at = Number(index(row));
      for (const { length, read } of chunks) {
        if (at >= 0 && at < length) return read(at);
        at -= length;
      }
      throw new ArrowError(`column ${name}: a value that is not in its dictionary`);
    };
  };
  return { sql: value.sql, open };
}

function inRuns(type: Extract<ArrowType, { kind: 'run_ends' }>, name: string, binding: Binding): ArrowColumn {
  const value = arrowColumn(type.value, name, binding);
  const open = ({ children: [ends = missing(), values = missing()], length }: ArrowData) => {
    const end = numbers(first(ends), type.ends);
    let before = 0;
    for (let run = 0; run < ends.length; run += 1) {
      const next = Number(end(run));
      if (next <= before) throw new ArrowError(RUNS);
      before = next;
    }
    if (before < length) throw new ArrowError(RUNS);
    const read = value.open(values);
    let run = 0;
    return (index: number): DuckDBValue => {
      // Mostly asked for one after the other; of a list, from any place.
      if (run > 0 && index < Number(end(run - 1))) run = 0;
      while (Number(end(run)) <= index) run += 1;
      return read(run);
    };
  };
  return { sql: value.sql, open };
}

function maps(data: ArrowData, key: ArrowColumn, value: ArrowColumn, name: string, binding: Binding) {
  const [entries = missing()] = data.children;
  const [keys = missing(), values = missing()] = entries.children;
  const [readKey, readValue] = [key.open(keys), value.open(values)];
  return through(rangesOf(data), ([start, end]) => {
    const seen = new Set<string>();
    const pairs = Array.from({ length: end - start }, (_, at) => {
      const [found, entry] = [start + at, { key: readKey(start + at), value: readValue(start + at) }];
      if (entry.key === null || !valid(entries, found))
        throw new ArrowError(`column ${name}: a map with a null for a key`);
      const text = String(entry.key);
      if (seen.has(text))
        throw new ArrowError(`column ${name}: a map with one key twice: readers disagree which holds`);
      seen.add(text);
      return entry;
    });
    return binding.mapValue(pairs);
  });
}

function valid({ validity }: ArrowData, index: number): boolean {
  return validity === null || isSet(validity, index);
}

const INTEGERS = {
  8: ['TINYINT', 'UTINYINT'],
  16: ['SMALLINT', 'USMALLINT'],
  32: ['INTEGER', 'UINTEGER'],
  64: ['BIGINT', 'UBIGINT'],
} as const;

/** Read off the bytes, whose length is known to suffice. */
function numbers(bytes: Bytes, { bits, signed }: ArrowInteger): (index: number) => number | bigint {
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
function wholes(bytes: Bytes, bits: 32 | 64): (index: number) => bigint {
  return through(signed(bytes, bits), BigInt);
}

function floats(bytes: Bytes, bits: 16 | 32 | 64): (index: number) => number {
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

function decimal(type: Extract<ArrowType, { kind: 'decimal' }>, name: string, binding: Binding): ArrowColumn {
  const { bits, precision, scale } = type;
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
    throw new ArrowError(
      `column ${name}: a decimal of ${precision} digits, ${scale} of them behind the point, can’t be read`,
    );
  const limit = 10n ** BigInt(precision);
  const open = (data: ArrowData) => {
    const { buffer, byteOffset, byteLength } = first(data);
    const words = new DataView(buffer, byteOffset, byteLength);
    const wordBytes = Math.min(bits / 8, 8);
    return (index: number): DuckDBValue => {
      let value = 0n;
      for (let at = (index + 1) * (bits / 8) - wordBytes; at >= index * (bits / 8); at -= wordBytes)
        value = wordBytes === 4 ? BigInt(words.getUint32(at, true)) : (value << 64n) | words.getBigUint64(at, true);
      value = BigInt.asIntN(bits, value);
      if (value >= limit || value <= -limit)
        throw new ArrowError(`column ${name}: a decimal of more than ${precision} digits`);
      return new binding.DuckDBDecimalValue(value, precision, scale);
    };
  };
  return { sql: `DECIMAL(${precision}, ${scale})`, open };
}

const DAY_MILLISECONDS = 86_400_000n;

function days(value: bigint, bits: 32 | 64, name: string): number {
  if (bits === 32) return Number(value);
  if (value % DAY_MILLISECONDS !== 0n)
    throw new ArrowError(`column ${name}: a date with a time of day: use a timestamp`);
  return Number(value / DAY_MILLISECONDS);
}

function time({ bits, unit }: Extract<ArrowType, { kind: 'time' }>, name: string, binding: Binding): ArrowColumn {
  const open = (data: ArrowData) =>
    through(wholes(first(data), bits), (value) => {
      const micros = toMicros(value, unit, name);
      if (micros < 0n || micros >= 86_400_000_000n)
        throw new ArrowError(`column ${name}: a time of day beyond one day`);
      return new binding.DuckDBTimeValue(micros);
    });
  return { sql: 'TIME', open };
}

function timestamp(
  { unit, zone }: Extract<ArrowType, { kind: 'timestamp' }>,
  name: string,
  binding: Binding,
): ArrowColumn {
  const each = (sql: string, made: (value: bigint) => DuckDBValue): ArrowColumn => ({
    sql,
    open: (data) => through(wholes(first(data), 64), made),
  });
  if (zone !== null && zone !== '')
    return each(
      'TIMESTAMPTZ',
      (value) => new binding.DuckDBTimestampTZValue(instant(toMicros(value, unit, name), name)),
    );
  if (unit === 3)
    return each('TIMESTAMP_NS', (value) => new binding.DuckDBTimestampNanosecondsValue(instant(value, name)));
  return each('TIMESTAMP', (value) => new binding.DuckDBTimestampValue(instant(toMicros(value, unit, name), name)));
}

/** DuckDB takes the greatest and the least for infinity. */
function instant(value: bigint, name: string): bigint {
  const greatest = 2n ** 63n - 1n;
  if (value >= greatest || value <= -greatest)
    throw new ArrowError(`column ${name}: a point in time beyond what can be read`);
  return value;
}

function toMicros(value: bigint, unit: ArrowUnit, name: string): bigint {
  if (unit < 3) return value * 1000n ** BigInt(2 - unit);
  if (value % 1000n !== 0n)
    throw new ArrowError(`column ${name}: a time in nanoseconds, of which Parquet keeps microseconds: round it`);
  return value / 1000n;
}

type Range = readonly [start: number, end: number];

/** Where the items of each list are in its child. */
function rangesOf(data: ArrowData): (index: number) => Range {
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

function bytesOf(data: ArrowData): (index: number) => Uint8Array {
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

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

function textOf(bytes: Uint8Array, name: string): string {
  if (!isUtf8(bytes)) throw new ArrowError(`column ${name}: a text that is not UTF-8`);
  return UTF8.decode(bytes);
}

function through<A, B>(read: (index: number) => A, change: (value: A) => B): (index: number) => B {
  return (index) => change(read(index));
}

function first({ buffers: [bytes] }: ArrowData): Bytes {
  return bytes ?? missing();
}

function missing(): never {
  throw new ArrowError('the file is cut: a column has no values');
}
