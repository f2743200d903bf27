import { text } from 'node:stream/consumers';
import { importApi } from '../../duckdb/worker/import-api.ts';
import { Conversion, type Converted } from '../protocol.ts';
import { arrowToParquet } from './arrow.ts';
import { ArrowError } from './arrow-schema.ts';
import { lock } from './lock.ts';
import { listTable, writeTable } from './table.ts';

/**
 * The process that reads formats for which DuckDB itself has no reader, or one that reads more than the data's own paths:
 * hostile bytes meet it alone, under limits, and all that it leaves is one file, which is hostile in turn.
 */
async function convert(request: Conversion): Promise<Converted> {
  let binding: typeof import('@duckdb/node-api');
  try {
    binding = await importApi(request.binding);
  } catch (error) {
    return fault('not_installed', error);
  }
  try {
    const instance = await binding.DuckDBInstance.create(':memory:', {
      memory_limit: `${request.memoryMb}MiB`,
      threads: String(request.threads),
      temp_directory: request.temporary,
      max_temp_directory_size: `${request.temporaryMb}MiB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      allow_unsigned_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    if (request.kind === 'table') return await writeTable(request, connection);
    if (request.kind === 'table_files') return await listTable(request, connection);
    await lock(connection, [request.target], []);
    return {
      kind: 'converted',
      rows: await arrowToParquet(request.source, request.target, connection, binding),
      version: null,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const full = /out of memory|failed to (pin|allocate)|could not write|max_temp_directory_size|heap/i.test(message);
    if (full) return fault('out_of_memory', error);
    if (request.kind !== 'arrow' || error instanceof ArrowError) return fault('unreadable', error);
    return fault('unreadable', `expected an Arrow file or stream that is whole, and it can’t be read: ${message}`);
  }
}

function fault(code: Extract<Converted, { kind: 'fault' }>['code'], error: unknown): Converted {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'fault', code, message: message.slice(0, 1000).toWellFormed() };
}

const answer = await convert(Conversion.parse(JSON.parse(await text(process.stdin))));
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
