import { isUtf8 } from 'node:buffer';
import type { DuckDBValue } from '@duckdb/node-api';
import { quoteName } from '../../../core/data/sql/quote.ts';
import { type ArrowData, isSet, RUNS } from './arrow-data.ts';
import { ArrowError, type ArrowType, type ArrowUnit } from './arrow-schema.ts';
import { bytesOf, first, floats, missing, numbers, rangesOf, through, wholes } from './arrow-values.ts';

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

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

function textOf(bytes: Uint8Array, name: string): string {
  if (!isUtf8(bytes)) throw new ArrowError(`column ${name}: a text that is not UTF-8`);
  return UTF8.decode(bytes);
}
