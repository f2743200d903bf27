import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from '../../../core/data/sql/quote.ts';
import type { Conversion, Converted } from '../protocol.ts';
import { lock } from './lock.ts';

type TableConversion = Extract<Conversion, { kind: 'table' | 'table_files' }>;
type Writing = Extract<Conversion, { kind: 'table' }>;
type Listing = Extract<Conversion, { kind: 'table_files' }>;

/**
 * Writes one version of a Delta or Iceberg table as one file; the newest is looked up first, so that it is named. Rows are
 * sorted by all columns: the order in which a table gives them follows from how its log was last cleaned up, and equal
 * rows are to be equal bytes.
 */
export async function writeTable(request: Writing, connection: DuckDBConnection): Promise<Converted> {
  const { call, version } = await open(request, connection, { delta: 'delta_scan', iceberg: 'iceberg_scan' });
  return copy(`SELECT * FROM ${call} ORDER BY ALL`, request, request.output, version, connection);
}

/** Names the files of one version, of which none is read that is not metadata. */
export async function listTable(request: Listing, connection: DuckDBConnection): Promise<Converted> {
  const { call, version } = await open(request, connection, { delta: 'delta_list_files', iceberg: 'iceberg_metadata' });
  const list =
    request.format === 'delta'
      ? `SELECT data_file AS path FROM ${call}`
      : `SELECT unnest([manifest_path, file_path]) AS path FROM ${call}`;
  return copy(`SELECT DISTINCT path FROM (${list}) ORDER BY path`, request, 'json', version, connection);
}

async function copy(
  query: string,
  { target }: TableConversion,
  format: string,
  version: string,
  connection: DuckDBConnection,
): Promise<Converted> {
  const copied = await connection.runAndReadAll(`COPY (${query}) TO ${quoteText(target)} (FORMAT ${format})`);
  return { kind: 'converted', rows: Number(copied.getRows()[0]?.[0] ?? 0), version };
}

async function open(
  request: TableConversion,
  connection: DuckDBConnection,
  functions: Readonly<Record<TableConversion['format'], string>>,
): Promise<Scan> {
  for (const extension of request.extensions) await connection.run(`LOAD ${quoteText(extension)}`);
  await lock(connection, [request.target], [`${request.location}/`]);
  const name = functions[request.format];
  return request.format === 'delta' ? deltaScan(name, request, connection) : icebergScan(name, request);
}

interface Scan {
  /** Of a table function. */
  readonly call: string;
  readonly version: string;
}

async function deltaScan(
  name: string,
  { location, version }: TableConversion,
  connection: DuckDBConnection,
): Promise<Scan> {
  const logs = quoteText(`${location}/_delta_log/*`);
  const newest = `SELECT max(regexp_extract(file, '(\\d{20})\\.[^/]*$', 1)::UBIGINT) FROM glob(${logs}) WHERE regexp_matches(file, '/\\d{20}\\.[^/]*$')`;
  const found = version ?? (await connection.runAndReadAll(newest)).getRows()[0]?.[0];
  if (found === null || found === undefined) throw new Error('its log holds no version');
  return { call: `${name}(${quoteText(location)}, version => ${String(found)})`, version: String(found) };
}

/** A table may have been moved since it was written, as every checkout has. */
async function icebergScan(name: string, { location, version, metadata }: TableConversion): Promise<Scan> {
  const entry = metadata ?? (await hinted(location));
  const found = version ?? (await currentSnapshot(join(location, 'metadata', `${entry}.metadata.json`)));
  const options = `allow_moved_paths => true, version => ${quoteText(entry)}, version_name_format => '%s%s.metadata.json'`;
  return {
    call: `${name}(${quoteText(location)}, ${options}, snapshot_from_id => ${found}::UBIGINT)`,
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
