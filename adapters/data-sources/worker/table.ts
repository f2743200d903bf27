import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from '../../../core/data/sql/quote.ts';
import type { Conversion, Converted } from '../protocol.ts';
import { lock } from './lock.ts';

type TableConversion = Extract<Conversion, { kind: 'table' }>;

/** Writes one version of a Delta or Iceberg table as Parquet; the newest is looked up first, so that it is named. */
export async function tableToParquet(request: TableConversion, connection: DuckDBConnection): Promise<Converted> {
  for (const extension of request.extensions) await connection.run(`LOAD ${quoteText(extension)}`);
  await lock(connection, [request.target], [`${request.location}/`]);
  const { scan, version } =
    request.format === 'delta' ? await deltaScan(request, connection) : await icebergScan(request);
  await connection.run(`COPY (SELECT * FROM ${scan}) TO ${quoteText(request.target)} (FORMAT parquet)`);
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM read_parquet(${quoteText(request.target)})`);
  return { kind: 'converted', rows: Number(counted.getRows()[0]?.[0] ?? 0), version };
}

interface Scan {
  readonly scan: string;
  readonly version: string;
}

async function deltaScan({ location, version }: TableConversion, connection: DuckDBConnection): Promise<Scan> {
  const logs = quoteText(`${location}/_delta_log/*`);
  const newest = `SELECT max(regexp_extract(file, '(\\d{20})\\.[^/]*$', 1)::UBIGINT) FROM glob(${logs}) WHERE regexp_matches(file, '/\\d{20}\\.[^/]*$')`;
  const found = version ?? (await connection.runAndReadAll(newest)).getRows()[0]?.[0];
  if (found === null || found === undefined) throw new Error('its log holds no version');
  return { scan: `delta_scan(${quoteText(location)}, version => ${String(found)})`, version: String(found) };
}

/** A table may have been moved since it was written, as every checkout has. */
async function icebergScan({ location, version, metadata }: TableConversion): Promise<Scan> {
  const entry = metadata ?? (await hinted(location));
  const found = version ?? (await currentSnapshot(join(location, 'metadata', `${entry}.metadata.json`)));
  const options = `allow_moved_paths => true, version => ${quoteText(entry)}, version_name_format => '%s%s.metadata.json'`;
  return {
    scan: `iceberg_scan(${quoteText(location)}, ${options}, snapshot_from_id => ${found}::UBIGINT)`,
    version: found,
  };
}

/** Writers put either the number alone into the hint, or the whole name. */
async function hinted(location: string): Promise<string> {
  const hint = (await readFile(join(location, 'metadata', 'version-hint.text'), 'utf8')).trim();
  if (!/^[\w.-]{1,200}$/.test(hint)) throw new Error('version-hint.text holds no name of metadata');
  return /^\d+$/.test(hint) ? `v${hint}` : hint;
}

/** Read as text: the ids are beyond what a double holds. */
async function currentSnapshot(path: string): Promise<string> {
  const found = /"current-snapshot-id"\s*:\s*(\d{1,20})\b/.exec(await readFile(path, 'utf8'))?.[1];
  if (found === undefined) throw new Error('the table has no snapshot yet');
  return found;
}
