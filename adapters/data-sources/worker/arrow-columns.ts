import { isUtf8 } from 'node:buffer';
import type { DuckDBValue } from '@duckdb/node-api';
import {
  type Data,
  type DataType,
  type Field,
  Precision,
  TimeUnit,
  DataType as Types,
  type Vector,
} from 'apache-arrow';

type Binding = typeof import('@duckdb/node-api');

/** How a column of Arrow becomes one of DuckDB. */
export interface ArrowColumn {
  /** DuckDB's type, as SQL. */
  readonly sql: string;
  /** The value at an index, null where there is none. */
  read(data: Data, index: number): DuckDBValue;
}

/** What an Arrow file holds and can't be said in Parquet, or not without loss. */
export class ArrowError extends Error {
  override readonly name = 'ArrowError';
}

/**
 * Values are read off the buffers themselves, because the package's own getters round times to milliseconds. The buffers
 * are hostile: an index beyond them is an error, not an undefined that becomes a null.
 * @throws ArrowError
 */
export function arrowColumn(field: Field, binding: Binding): ArrowColumn {
  return nullable(columnOf(field.type, field.name, binding));
}

function nullable({ sql, read }: ArrowColumn): ArrowColumn {
  return {
    sql,
    read: (data, index) => {
      if (index < 0 || index >= data.length) throw new ArrowError(`a row ${index} of ${data.length}`);
      return data.nullCount > 0 && !data.getValid(index) ? null : read(data, index);
    },
  };
}

function columnOf(type: DataType, name: string, binding: Binding): ArrowColumn {
  if (Types.isNull(type)) return { sql: 'INTEGER', read: () => null };
  if (Types.isInt(type)) return integer(type.bitWidth, type.isSigned);
  if (Types.isFloat(type)) return float(type.precision);
  if (Types.isBool(type)) return { sql: 'BOOLEAN', read: (data, index) => bit(data, index) };
  if (Types.isUtf8(type) || Types.isLargeUtf8(type))
    return { sql: 'VARCHAR', read: (data, index) => textOf(bytesAt(data, index), name) };
  if (Types.isBinary(type) || Types.isLargeBinary(type))
    return { sql: 'BLOB', read: (data, index) => binding.blobValue(Uint8Array.from(bytesAt(data, index))) };
  if (Types.isFixedSizeBinary(type)) {
    const read = (data: Data, index: number) =>
      binding.blobValue(Uint8Array.from(fixedAt(data, index, type.byteWidth)));
    return { sql: 'BLOB', read };
  }
  if (Types.isDecimal(type)) return decimal(type.precision, type.scale, type.bitWidth, name, binding);
  if (Types.isDate(type)) {
    const perDay = type.unit === 0 ? 1 : 86_400_000;
    return {
      sql: 'DATE',
      read: (data, index) => new binding.DuckDBDateValue(exact(numberAt(data, index), perDay, name)),
    };
  }
  if (Types.isTime(type)) return time(type.unit, name, binding);
  if (Types.isTimestamp(type)) return timestamp(type.unit, type.timezone ?? null, name, binding);
  if (Types.isDuration(type)) return { sql: 'BIGINT', read: (data, index) => bigAt(data, index) };
  return nested(type, name, binding);
}

function nested(type: DataType, name: string, binding: Binding): ArrowColumn {
  if (Types.isDictionary(type)) {
    const value = nullable(columnOf(type.dictionary, name, binding));
    return { sql: value.sql, read: (data, index) => inDictionary(data, numberAt(data, index), value) };
  }
  if (Types.isList(type)) {
    const item = arrowColumn(type.valueField, binding);
    const read = (data: Data, index: number) => binding.listValue(itemsOf(data, rangeAt(data, index), item));
    return { sql: `${item.sql}[]`, read };
  }
  if (Types.isFixedSizeList(type)) {
    const item = arrowColumn(type.valueField, binding);
    const size = type.listSize;
    const read = (data: Data, index: number) =>
      binding.listValue(itemsOf(data, [index * size, (index + 1) * size], item));
    return { sql: `${item.sql}[]`, read };
  }
  if (Types.isStruct(type)) {
    const fields = type.children.map((field) => ({ name: field.name, column: arrowColumn(field, binding) }));
    const sql = fields.map(({ name: key, column }) => `"${key.replaceAll('"', '""')}" ${column.sql}`).join(', ');
    if (fields.length === 0) throw new ArrowError(`column ${name}: a struct without fields`);
    const read = (data: Data, index: number) =>
      binding.structValue(
        Object.fromEntries(fields.map(({ name: key, column }, at) => [key, column.read(childOf(data, at), index)])),
      );
    return { sql: `STRUCT(${sql})`, read };
  }
  throw new ArrowError(
    `column ${name} is of Arrow’s type ${String(type).slice(0, 100)}, which can’t be read: write it as another type, or the data as Parquet`,
  );
}

function integer(bits: number, signed: boolean): ArrowColumn {
  const name = { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' }[bits];
  if (name === undefined) throw new ArrowError(`integers of ${bits} bits`);
  const sql = signed ? name : `U${name}`;
  return { sql, read: (data, index) => (bits === 64 ? bigAt(data, index) : numberAt(data, index)) };
}

function float(precision: Precision): ArrowColumn {
  const half = precision === Precision.HALF;
  return {
    sql: precision === Precision.DOUBLE ? 'DOUBLE' : 'FLOAT',
    read: (data, index) => (half ? fromHalf(numberAt(data, index)) : numberAt(data, index)),
  };
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function decimal(precision: number, scale: number, bits: number, name: string, binding: Binding): ArrowColumn {
  if (precision > 38 || scale < 0 || scale > precision)
    throw new ArrowError(
      `column ${name}: a decimal of ${precision} digits, ${scale} of them behind the point, can’t be read`,
    );
  const limit = 10n ** BigInt(precision);
  const read = (data: Data, index: number): DuckDBValue => {
    const bytes = fixedAt(data, index, bits / 8);
    let value = 0n;
    for (let at = bytes.length - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at] ?? 0);
    value = BigInt.asIntN(bits, value);
    if (value >= limit || value <= -limit)
      throw new ArrowError(`column ${name}: a decimal of more than ${precision} digits`);
    return new binding.DuckDBDecimalValue(value, precision, scale);
  };
  return { sql: `DECIMAL(${precision}, ${scale})`, read };
}

function time(unit: TimeUnit, name: string, binding: Binding): ArrowColumn {
  const wide = unit === TimeUnit.MICROSECOND || unit === TimeUnit.NANOSECOND;
  const read = (data: Data, index: number): DuckDBValue => {
    const value = wide ? bigAt(data, index) : BigInt(numberAt(data, index));
    const micros = toMicros(value, unit, name);
    if (micros < 0n || micros > 86_400_000_000n) throw new ArrowError(`column ${name}: a time of day beyond one day`);
    return new binding.DuckDBTimeValue(micros);
  };
  return { sql: 'TIME', read };
}

function timestamp(unit: TimeUnit, zone: string | null, name: string, binding: Binding): ArrowColumn {
  if (zone !== null)
    return {
      sql: 'TIMESTAMPTZ',
      read: (data, index) => new binding.DuckDBTimestampTZValue(toMicros(bigAt(data, index), unit, name)),
    };
  if (unit === TimeUnit.NANOSECOND)
    return {
      sql: 'TIMESTAMP_NS',
      read: (data, index) => new binding.DuckDBTimestampNanosecondsValue(bigAt(data, index)),
    };
  return {
    sql: 'TIMESTAMP',
    read: (data, index) => new binding.DuckDBTimestampValue(toMicros(bigAt(data, index), unit, name)),
  };
}

function toMicros(value: bigint, unit: TimeUnit, name: string): bigint {
  if (unit === TimeUnit.SECOND) return value * 1_000_000n;
  if (unit === TimeUnit.MILLISECOND) return value * 1000n;
  if (unit === TimeUnit.MICROSECOND) return value;
  if (value % 1000n !== 0n)
    throw new ArrowError(`column ${name}: a time in nanoseconds, of which Parquet keeps microseconds: round it`);
  return value / 1000n;
}

function exact(value: number, divisor: number, name: string): number {
  if (value % divisor !== 0) throw new ArrowError(`column ${name}: a date with a time of day: use a timestamp`);
  return value / divisor;
}

function valueAt(data: Data, index: number): number | bigint {
  const values: ArrayLike<number | bigint> = data.values;
  const value = values[index];
  if (value === undefined) throw new ArrowError('the file is cut, or lies about its rows');
  return value;
}

/** A column that is shorter than its batch has been filled up with nulls by the package: its buffers tell. @throws ArrowError */
export function refuseShort(data: Data, rows: number): void {
  if (data.nullCount < rows && held(data) < rows) throw new ArrowError('the file is cut, or lies about its rows');
}

/** Values that a column's buffers have room for. */
function held(data: Data): number {
  const offsets: ArrayLike<number | bigint> | undefined = data.valueOffsets;
  if (offsets !== undefined && offsets.length > 0) return offsets.length - 1;
  const values: ArrayLike<number | bigint> | undefined = data.values;
  if (values === undefined || data.children.length > 0) return Number.POSITIVE_INFINITY;
  return Types.isBool(data.type) ? values.length * 8 : values.length / data.stride;
}

function numberAt(data: Data, index: number): number {
  return Number(valueAt(data, index));
}

function bigAt(data: Data, index: number): bigint {
  return BigInt(valueAt(data, index));
}

function bit(data: Data, index: number): boolean {
  const at = (data.offset % 8) + index;
  return ((numberAt(data, at >> 3) >> (at % 8)) & 1) === 1;
}

function rangeAt(data: Data, index: number): readonly [number, number] {
  const offsets: ArrayLike<number | bigint> = data.valueOffsets;
  const [start, end] = [Number(offsets[index] ?? Number.NaN), Number(offsets[index + 1] ?? Number.NaN)];
  if (!(start >= 0 && end >= start)) throw new ArrowError('the file is cut, or lies about where values end');
  return [start, end];
}

function bytesAt(data: Data, index: number): Uint8Array {
  const [start, end] = rangeAt(data, index);
  const values: Uint8Array = data.values;
  if (end > values.length) throw new ArrowError('the file is cut, or lies about where values end');
  return values.subarray(start, end);
}

function fixedAt(data: Data, index: number, width: number): Uint8Array {
  const values: ArrayBufferView = data.values;
  const start = values.byteOffset + index * width;
  if ((index + 1) * width > values.byteLength) throw new ArrowError('the file is cut, or lies about its rows');
  return new Uint8Array(values.buffer, start, width);
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

function textOf(bytes: Uint8Array, name: string): string {
  if (!isUtf8(bytes)) throw new ArrowError(`column ${name}: a text that is not UTF-8`);
  return UTF8.decode(bytes);
}

function itemsOf(data: Data, [start, end]: readonly [number, number], item: ArrowColumn): DuckDBValue[] {
  const child = childOf(data, 0);
  if (end > child.length) throw new ArrowError('the file is cut, or lies about where lists end');
  return Array.from({ length: end - start }, (_, at) => item.read(child, start + at));
}

function childOf(data: Data, at: number): Data {
  const child: Data | undefined = data.children[at];
  if (child === undefined) throw new ArrowError('the file is cut: a nested column has no values');
  return child;
}

function inDictionary(data: Data, index: number, value: ArrowColumn): DuckDBValue {
  const dictionary: Vector | undefined = data.dictionary;
  let at = index;
  for (const chunk of dictionary?.data ?? []) {
    if (at >= 0 && at < chunk.length) return value.read(chunk, at);
    at -= chunk.length;
  }
  throw new ArrowError('a value that is not in its dictionary');
}
