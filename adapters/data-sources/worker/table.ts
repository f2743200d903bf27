import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from '../../../core/data/sql/quote.ts';
import type { Conversion, Converted } from '../protocol.ts';
import { lock } from './lock.ts';

type TableConversion = Extract<Conversion, { kind: 'table' }>;

/** Writes one version of a Delta or Iceberg table as Parquet; the newest is looked up first, so that it is named. */
export async function tableToParquet(request: TableConversion, connection: DuckDBConnection): Promise<Converted> {
  for (const extension of request.extensions) await connection.run(`LOAD ${quoteText(extension)}`);
  await lock(connection, [request.target], [`${request.location}/`]);
  const version = request.version ?? (await newest(request, connection));
  const scan =
    request.format === 'delta'
      ? `delta_scan(${quoteText(request.location)}, version => ${version})`
      : `iceberg_scan(${quoteText(request.location)}, snapshot_from_id => ${version}::UBIGINT)`;
  await connection.run(`COPY (SELECT * FROM ${scan}) TO ${quoteText(request.target)} (FORMAT parquet)`);
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM read_parquet(${quoteText(request.target)})`);
  return { kind: 'converted', rows: Number(counted.getRows()[0]?.[0] ?? 0), version };
}

async function newest({ format, location }: TableConversion, connection: DuckDBConnection): Promise<string> {
  const versions =
    format === 'delta'
      ? `SELECT max(regexp_extract(file, '(\\d{20})\\.[^/]*$', 1)::UBIGINT) FROM glob(${quoteText(`${location}/_delta_log/*`)})`
      : `SELECT arg_max(snapshot_id, sequence_number) FROM iceberg_snapshots(${quoteText(location)})`;
  const found = (await connection.runAndReadAll(versions)).getRows()[0]?.[0];
  if (found === null || found === undefined) throw new Error(`no ${format} table is at ${location}`);
  return String(found);
}
