import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableFormat } from '../../core/data/sources/dataset-location.ts';
import { DataEngineError } from '../../flows/check-data/ports.ts';
import type { SourceContext } from './options.ts';

/** DuckDB's extensions that read a table, in the order in which they load. */
const EXTENSIONS = { delta: ['delta'], iceberg: ['avro', 'iceberg'] } as const;

/** Folders are looked into this deep. */
const DEPTH = 6;

/** Files of the extensions that read a table. @throws DataEngineError `not_installed`, saying what to put where */
export async function extensionsFor(
  format: TableFormat,
  { variables }: Pick<SourceContext, 'variables'>,
): Promise<string[]> {
  const folder = variables['TRAINYARD_DUCKDB_EXTENSIONS'];
  const home = variables['HOME'];
  const folders = [folder, home === undefined ? undefined : join(home, '.duckdb', 'extensions')];
  const found: string[] = [];
  for (const name of EXTENSIONS[format]) {
    let path: string | null = null;
    for (const one of folders)
      path ??= one === undefined || one === '' ? null : await find(one, `${name}.duckdb_extension`, DEPTH);
    if (path === null)
      throw new DataEngineError(
        'not_installed',
        `${format === 'delta' ? 'a Delta' : 'an Iceberg'} table is read by DuckDB’s extension ${name}, which is not here: put ${name}.duckdb_extension of DuckDB’s own version below a folder that TRAINYARD_DUCKDB_EXTENSIONS names (pip download duckdb-extension-${name} has it, too), or in a workflow of Trainyard’s set data_tables: true; nothing is installed on its own`,
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
