import { open } from 'node:fs/promises';
import { type DataSource, nameOf } from '../../core/data/sources/reference.ts';
import { jsonLine } from '../../core/data/sources/result-rows.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import { databricks } from './databricks.ts';
import type { SourceContext } from './options.ts';
import { snowflake } from './snowflake.ts';
import type { Warehouse } from './warehouse.ts';

type QuerySource = Extract<DataSource, { kind: 'snowflake' | 'databricks' }>;

const WAREHOUSES: Readonly<Record<QuerySource['kind'], Warehouse>> = { snowflake, databricks };

/** A query's result as a file of JSON Lines. A result is a moment's: only the statement's id is known of it. */
export async function fetchQuery(source: QuerySource, context: SourceContext): Promise<readonly DataFile[]> {
  const name = nameOf(source);
  const result = await WAREHOUSES[source.kind](source.query, context);
  const names = new Set(result.columns.map((column) => column.name));
  if (names.size !== result.columns.length || names.has(''))
    throw new DataEngineError('unreadable', `${name}: expected columns of different names: name them with AS`);
  const path = await context.scratch.place('result.jsonl');
  const file = await open(path, 'wx');
  let bytes = 0;
  let count = 0;
  try {
    for await (const rows of result.parts()) {
      const text = rows.map((row) => jsonLine(result.columns, row)).join('');
      count += rows.length;
      bytes += Buffer.byteLength(text);
      if (bytes > context.bounds.bytes)
        throw new DataEngineError(
          'unreadable',
          `${name}: more than the ${context.bounds.bytes} bytes that may be fetched`,
        );
      await file.write(text);
    }
    // A part that was left out, or a result that was cut, would look like fewer rows.
    if (result.rows !== null && count !== result.rows)
      throw new DataEngineError(
        'unreadable',
        `${name}: expected the ${result.rows} rows that the warehouse counts, found ${count}: run it again, or ask for fewer`,
      );
  } catch (cause) {
    if (cause instanceof RangeError) throw new DataEngineError('unreadable', `${name}: ${cause.message}`, { cause });
    throw cause;
  } finally {
    await file.close();
  }
  const pin = { source: name, kind: 'statement', value: result.id.slice(0, 1024) } as const;
  return [{ name, path, bytes, format: { format: 'jsonl', compression: 'none' }, pin }];
}
