import { open } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { CompressionType, compressionRegistry, type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { quoteName, quoteText } from '../../../core/data/sql/quote.ts';
import { type ArrowColumn, ArrowError, arrowColumn, refuseShort } from './arrow-columns.ts';
import { refuseLyingFooter } from './arrow-messages.ts';
import { decodeLz4Frame } from './lz4.ts';

type Binding = typeof import('@duckdb/node-api');

/** In bytes, of one buffer. */
const MAX_BUFFER = 1 << 30;
const MAX_COLUMNS = 5000;
/** Rows of one chunk of DuckDB. */
const CHUNK = 2048;

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (bytes) => decodeLz4Frame(bytes, MAX_BUFFER) });
compressionRegistry.set(CompressionType.ZSTD, {
  decode: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: MAX_BUFFER }),
});

/**
 * Writes what an Arrow file or stream holds as Parquet, batch by batch.
 * @returns the number of rows. @throws ArrowError, and whatever hostile bytes make the packages throw
 */
export async function arrowToParquet(
  source: string,
  target: string,
  connection: DuckDBConnection,
  binding: Binding,
): Promise<number> {
  const file = await open(source, 'r');
  try {
    const reader = await RecordBatchReader.from(file);
    await reader.open();
    // The reader forgets it at its end.
    const schema: Schema | undefined = reader.schema;
    if (schema === undefined) throw new ArrowError('expected an Arrow file or stream, found no schema in it');
    await refuseLyingFooter(file, reader, schema);
    const columns = columnsOf(schema, binding);
    await connection.run(`CREATE TABLE rows (${columns.map(({ sql }, at) => `c${at} ${sql}`).join(', ')})`);
    const appender = await connection.createAppender('rows');
    const types = columns.map((_, at) => appender.columnType(at));
    let rows = 0;
    for await (const batch of batchesOf(reader)) {
      const length = batch.numRows;
      if (!Number.isSafeInteger(length) || length < 0) throw new ArrowError('a batch without a number of rows');
      for (let start = 0; start < length; start += CHUNK) {
        const count = Math.min(CHUNK, length - start);
        const chunk = binding.DuckDBDataChunk.create(types, count);
        chunk.setColumns(columns.map((column, at) => valuesOf(batch, at, column, start, count)));
        appender.appendDataChunk(chunk);
      }
      rows += length;
    }
    appender.closeSync();
    const names = schema.fields.map(({ name }, at) => `c${at} AS ${quoteName(name)}`).join(', ');
    await connection.run(`COPY (SELECT ${names} FROM rows) TO ${quoteText(target)} (FORMAT parquet)`);
    return rows;
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** A file's batches are asked for one by one: walking over them, the package asks for ever where one is none. */
async function* batchesOf(reader: RecordBatchReader): AsyncGenerator<RecordBatch, void, void> {
  if (!reader.isFile()) {
    yield* reader;
    return;
  }
  for (let index = 0; index < reader.numRecordBatches; index += 1) {
    const batch = await reader.readRecordBatch(index);
    if (batch === null) throw new ArrowError(`batch ${index + 1} of ${reader.numRecordBatches} is none`);
    yield batch;
  }
}

function columnsOf(schema: Schema, binding: Binding): readonly ArrowColumn[] {
  const { fields } = schema;
  if (fields.length === 0 || fields.length > MAX_COLUMNS)
    throw new ArrowError(`expected 1 to ${MAX_COLUMNS} columns, found ${fields.length}`);
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (name === '') throw new ArrowError('a column without a name');
    if (seen.has(name.toLowerCase())) throw new ArrowError(`column ${name} is there twice, letter case aside`);
    seen.add(name.toLowerCase());
  }
  return fields.map((field) => arrowColumn(field, binding));
}

function valuesOf(batch: RecordBatch, at: number, column: ArrowColumn, start: number, count: number): DuckDBValue[] {
  const data = batch.data.children[at];
  if (data === undefined) throw new ArrowError('a batch with fewer columns than its schema');
  if (start === 0) refuseShort(data, batch.numRows);
  return Array.from({ length: count }, (_, index) => column.read(data, start + index));
}
