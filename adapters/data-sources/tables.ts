import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { TableFormat, TableOutput } from '../../core/data/sources/dataset-location.ts';
import { type DataSource, nameOf } from '../../core/data/sources/reference.ts';
import { isSamePlace, tableFile } from '../../core/data/sources/table-files.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import { convert } from './convert.ts';
import { extensionsFor } from './extensions.ts';
import type { SourceContext } from './options.ts';

type TableSource = Extract<DataSource, { kind: TableFormat }>;

const METADATA = '.metadata.json';

/** A table in a folder of this machine, links resolved. */
export interface FolderTable {
  readonly format: TableFormat;
  readonly folder: string;
  /** Of an Iceberg table, the name of the metadata to begin at, without its ending; null where the folder says it. */
  readonly metadata: string | null;
  /** A Delta version or an Iceberg snapshot id; null for the newest. */
  readonly version: string | null;
  /** As messages and pins name it. */
  readonly name: string;
}

/** One version of a Delta or Iceberg table, as one file, pinned by its version or snapshot. @throws DataEngineError */
export async function fetchTable(
  source: TableSource,
  context: SourceContext,
  output: TableOutput = 'parquet',
): Promise<readonly DataFile[]> {
  const table = await folderTable(source, context);
  // DuckDB reaches nothing but the folder: what the table names elsewhere is said here, in plain words.
  await filesOf(table, context);
  return [await writeTable(table, output, context)];
}

/** @throws DataEngineError */
export async function writeTable(table: FolderTable, output: TableOutput, context: SourceContext): Promise<DataFile> {
  const { format, name } = table;
  const target = await context.scratch.place(`table.${output}`);
  const { version } = await convert(
    { kind: 'table', ...(await taskOf(table, context)), output, target },
    name,
    context.conversion,
  );
  const { size } = await stat(target);
  if (size > context.bounds.bytes)
    throw new DataEngineError('unreadable', `${name}: more than the ${context.bounds.bytes} bytes that may be fetched`);
  const kind = format === 'delta' ? 'table_version' : 'snapshot';
  return {
    name,
    path: target,
    bytes: size,
    format: { format: output, compression: 'none' },
    ...(version === null ? {} : { pin: { source: name, kind, value: version } }),
  };
}

const taskOf = async ({ format, folder, metadata, version }: FolderTable, context: SourceContext) => ({
  ...{ format, location: folder, metadata, version },
  extensions: await extensionsFor(format, context),
});

const Listed = z.object({ path: z.string() });
/** In bytes: of a list, and of an Iceberg table's metadata. */
const MAX_TEXT = 64 * 1024 ** 2;

/**
 * The files that a version consists of, below the table's folder. Its metadata must be there; the files need not be.
 *
 * @param place where an Iceberg table must say that it lies; wherever it says, if not given
 * @throws DataEngineError, also for a table that names a file elsewhere
 */
export async function filesOf(table: FolderTable, context: SourceContext, place?: string): Promise<readonly string[]> {
  const { format, name } = table;
  const target = await context.scratch.place('files.json');
  await convert({ kind: 'table_files', ...(await taskOf(table, context)), target }, name, context.conversion);
  const root = format === 'delta' ? table.folder : await icebergLocation(table);
  if (format === 'iceberg' && place !== undefined && !isSamePlace(root, place))
    throw new DataEngineError(
      'unreadable',
      `${name}: expected a table at ${place}, its metadata says that it lies at ${root.slice(0, 300)}`,
    );
  const lines = (await textOf(target, name)).split('\n').filter((line) => line !== '');
  if (lines.length > context.bounds.files)
    throw new DataEngineError('unreadable', `${name}: more than ${context.bounds.files} files: compact the table`);
  return lines.map((line) => {
    const { path } = Listed.parse(JSON.parse(line));
    const inside = tableFile(format, path, root);
    if (inside !== null) return inside;
    throw new DataEngineError(
      'unreadable',
      `${name} names ${JSON.stringify(path.slice(0, 300))}, expected files below its own folder alone: nothing else is read`,
    );
  });
}

async function icebergLocation({ folder, metadata, name }: FolderTable): Promise<string> {
  const entry = metadata ?? (await hinted(folder));
  try {
    const text = await textOf(join(folder, 'metadata', `${entry}${METADATA}`), name);
    return z.looseObject({ location: z.string().min(1) }).parse(JSON.parse(text)).location;
  } catch (cause) {
    if (cause instanceof DataEngineError) throw cause;
    throw new DataEngineError('unreadable', `${name}: its metadata says of no location`, { cause });
  }
}

/** As the process that reads the table takes it. */
async function hinted(folder: string): Promise<string> {
  const hint = (await readFile(join(folder, 'metadata', 'version-hint.text'), 'utf8')).trim();
  return basename(/^\d+$/.test(hint) ? `v${hint}` : hint);
}

async function textOf(path: string, name: string): Promise<string> {
  if ((await stat(path)).size > MAX_TEXT)
    throw new DataEngineError('unreadable', `${name}: metadata of more than ${MAX_TEXT} bytes`);
  return readFile(path, 'utf8');
}

/** An Iceberg table is known by a file of metadata; which of them counts says its catalog, or a hint beside them. */
async function folderTable(source: TableSource, context: SourceContext): Promise<FolderTable> {
  const { kind, location, version } = source;
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
  if (kind === 'iceberg' && !named && hint === null) throw unhinted(`iceberg:${location}`);
  return {
    ...{ format: kind, folder: path, version, name: nameOf(source) },
    metadata: metadata === null ? null : basename(metadata, METADATA),
  };
}

export function unhinted(name: string): DataEngineError {
  return new DataEngineError(
    'unreadable',
    `${name}: no version-hint.text says which metadata counts: name the file that the catalog names, such as ${name}/metadata/00001-….metadata.json`,
  );
}
