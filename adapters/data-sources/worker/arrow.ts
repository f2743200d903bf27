import { open } from 'node:fs/promises';
import type { DuckDBAppender, DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { quoteName, quoteText } from '../../../core/data/sql/quote.ts';
import { arrowColumn } from './arrow-columns.ts';
import { type ArrowData, type ArrowDictionary, type Bytes, itemsOf, loadBatch } from './arrow-data.ts';
import { bodyOf, findMessages, headerOf } from './arrow-messages.ts';
import { ArrowError, type ArrowField, type ArrowType } from './arrow-schema.ts';
import type { FlatTable } from './flatbuffer.ts';

type Binding = typeof import('@duckdb/node-api');

/** Rows of one chunk of DuckDB. */
const CHUNK = 2048;

/**
 * Writes what an Arrow file or stream holds as Parquet, batch by batch.
 * @returns the number of rows. @throws ArrowError, and whatever hostile bytes make the decoders throw
 */
export async function arrowToParquet(
  source: string,
  target: string,
  connection: DuckDBConnection,
  binding: Binding,
): Promise<number> {
  const file = await open(source, 'r');
  try {
    const { schema, messages, isFile } = await findMessages(file);
    const columns = schema.map(({ name, type }) => arrowColumn(type, name, binding));
    await connection.run(`CREATE TABLE rows (${columns.map(({ sql }, at) => `c${at} ${sql}`).join(', ')})`);
    const appender = await connection.createAppender('rows');
    const types = columns.map((_, at) => appender.columnType(at));
    const dictionaries = new Dictionaries(schema, isFile);
    let rows = 0;
    for (const message of messages) {
      const [header, body] = [await headerOf(file, message), await bodyOf(file, message)];
      if (message.kind === 'dictionary') dictionaries.add(header, body);
      else {
        const batch = loadBatch(header, body, schema, dictionaries.known);
        const readers = columns.map(({ open: read }, at) => read(batch.columns[at] ?? none()));
        append(appender, readers, types, batch.rows, binding);
        rows += batch.rows;
      }
    }
    appender.closeSync();
    const names = schema.map(({ name }, at) => `c${at} AS ${quoteName(name)}`).join(', ');
    await connection.run(`COPY (SELECT ${names} FROM rows) TO ${quoteText(target)} (FORMAT parquet)`);
    return rows;
  } finally {
    await file.close();
  }
}

type Reader = ReturnType<ReturnType<typeof arrowColumn>['open']>;

function append(
  appender: DuckDBAppender,
  readers: readonly Reader[],
  types: readonly DuckDBType[],
  rows: number,
  binding: Binding,
): void {
  for (let start = 0; start < rows; start += CHUNK) {
    const count = Math.min(CHUNK, rows - start);
    const chunk = binding.DuckDBDataChunk.create(types, count);
    chunk.setColumns(readers.map((read) => Array.from({ length: count }, (_, index) => read(start + index))));
    appender.appendDataChunk(chunk);
  }
}

/** Dictionaries as they come: later ones replace or extend those with their id. */
class Dictionaries {
  readonly known = new Map<string, ArrowDictionary>();
  readonly #types = new Map<string, ArrowType>();
  readonly #isFile: boolean;

  constructor(schema: readonly ArrowField[], isFile: boolean) {
    this.#isFile = isFile;
    for (const { type } of schema) this.#collect(type);
  }

  /** @param header a DictionaryBatch of Message.fbs. @throws ArrowError */
  add(header: FlatTable, body: Bytes): void {
    const [id, isDelta, batch] = [String(header.long(0)), header.byte(2) !== 0, header.table(1)];
    const type = this.#types.get(id);
    if (type === undefined || batch === null) throw new ArrowError('a dictionary that no column has');
    const { columns } = loadBatch(batch, body, [{ type }], this.known);
    const before = this.known.get(id);
    // Files are read in any order, so nothing may be replaced in them.
    if (!isDelta && before !== undefined && this.#isFile)
      throw new ArrowError('one dictionary twice in a file, of which readers take one: write it as a stream');
    this.known.set(id, isDelta ? [...(before ?? []), ...columns] : columns);
  }

  #collect(type: ArrowType): void {
    for (const part of partsOf(type)) this.#collect(part);
    if (type.kind !== 'dictionary') return;
    const other = this.#types.get(type.id);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(type.value))
      throw new ArrowError('one dictionary for columns of different types');
    this.#types.set(type.id, type.value);
  }
}

/** Types within a type. */
function partsOf(type: ArrowType): readonly ArrowType[] {
  switch (type.kind) {
    case 'dictionary':
    case 'run_ends':
      return [type.value];
    default:
      return itemsOf(type);
  }
}

function none(): ArrowData {
  throw new ArrowError('a batch with fewer columns than its schema');
}
