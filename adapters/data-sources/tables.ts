import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { type DataSource, nameOf } from '../../core/data/sources/reference.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import { convert } from './convert.ts';
import type { SourceContext } from './options.ts';

type TableSource = Extract<DataSource, { kind: 'delta' | 'iceberg' }>;

/** DuckDB's extensions that read a table, in the order in which they load. */
const EXTENSIONS = { delta: ['delta'], iceberg: ['avro', 'iceberg'] } as const;

const METADATA = '.metadata.json';

/** Folders are looked into this deep. */
const DEPTH = 6;

/** One version of a Delta or Iceberg table, as one Parquet file, pinned by its version or snapshot. @throws DataEngineError */
export async function fetchTable(source: TableSource, context: SourceContext): Promise<readonly DataFile[]> {
  const name = nameOf(source);
  const { location, metadata } = await tablePlace(source, context);
  const extensions = await extensionsFor(source, context);
  const target = await context.scratch.place('table.parquet');
  const { version } = await convert(
    { kind: 'table', format: source.kind, extensions, location, metadata, version: source.version, target },
    name,
    context.conversion,
  );
  const pin =
    version === null
      ? {}
      : ({
          pin: { source: name, kind: source.kind === 'delta' ? 'table_version' : 'snapshot', value: version },
        } as const);
  const { size } = await stat(target);
  return [{ name, path: target, bytes: size, format: { format: 'parquet', compression: 'none' }, ...pin }];
}

interface TablePlace {
  readonly location: string;
  readonly metadata: string | null;
}

/** An Iceberg table is known by a file of metadata; which of them counts says its catalog, or a hint beside them. */
async function tablePlace({ kind, location }: TableSource, context: SourceContext): Promise<TablePlace> {
  const named = kind === 'iceberg' && location.endsWith(METADATA);
  const path = await realpath(resolve(context.directory, named ? dirname(dirname(location)) : location)).catch(
    () => null,
  );
  const metadata = named ? await realpath(resolve(context.directory, location)).catch(() => null) : null;
  const marker = kind === 'delta' ? '_delta_log' : 'metadata';
  const found = path === null ? null : await stat(join(path, marker)).catch(() => null);
  if (path === null || found?.isDirectory() !== true || (named && metadata === null))
    throw new DataEngineError('unreadable', `${kind}:${location}: expected a table’s folder, found no ${marker} in it`);
  for (const one of [path, ...(metadata === null ? [] : [metadata])]) {
    const inside = relative(await realpath(context.directory), one);
    if (context.trust.kind === 'pull_request' && (inside.startsWith('..') || isAbsolute(inside)))
      throw new DataEngineError('unreadable', `${kind}:${location} leads out of the repository`);
  }
  const hint = await stat(join(path, marker, 'version-hint.text')).catch(() => null);
  if (kind === 'iceberg' && !named && hint === null)
    throw new DataEngineError(
      'unreadable',
      `iceberg:${location}: no version-hint.text says which metadata counts: name the file that the catalog names, such as iceberg:${location}/metadata/00001-….metadata.json`,
    );
  return { location: path, metadata: metadata === null ? null : basename(metadata, METADATA) };
}

async function extensionsFor({ kind }: TableSource, { variables }: SourceContext): Promise<string[]> {
  const folder = variables['TRAINYARD_DUCKDB_EXTENSIONS'];
  const home = variables['HOME'];
  const folders = [folder, home === undefined ? undefined : join(home, '.duckdb', 'extensions')];
  const found: string[] = [];
  for (const name of EXTENSIONS[kind]) {
    let path: string | null = null;
    for (const one of folders)
      path ??= one === undefined || one === '' ? null : await find(one, `${name}.duckdb_extension`, DEPTH);
    if (path === null)
      throw new DataEngineError(
        'not_installed',
        `${kind === 'delta' ? 'a Delta' : 'an Iceberg'} table is read by DuckDB’s extension ${name}, which is not here: put ${name}.duckdb_extension of DuckDB’s own version below a folder that TRAINYARD_DUCKDB_EXTENSIONS names (pip download duckdb-extension-${name} has it, too); nothing is installed on its own`,
      );
    found.push(path);
  }
  return found;
}

async function find(folder: string, name: string, depth: number): Promise<string | null> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.name === name && !entry.isDirectory())) return realpath(join(folder, name));
  if (depth === 0) return null;
  for (const entry of entries) {
    const found = entry.isDirectory() ? await find(join(folder, entry.name), name, depth - 1) : null;
    if (found !== null) return found;
  }
  return null;
}
