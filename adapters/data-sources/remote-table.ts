import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TableFormat, type TableOutput, tablePlace } from '../../core/data/sources/dataset-location.ts';
import { isDeltaMetadata, isIcebergMetadata, isSafe } from '../../core/data/sources/table-files.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import { extensionsFor } from './extensions.ts';
import type { SourceContext } from './options.ts';
import { fetchObjects, type Listed, listBelow, s3Client } from './s3.ts';
import { type FolderTable, filesOf, unhinted, writeTable } from './tables.ts';

/** One version of a table in a store that speaks S3. */
export interface RemoteTable {
  readonly format: TableFormat;
  readonly bucket: string;
  /** The key of its folder, or of an Iceberg table's metadata. */
  readonly key: string;
  /** A Delta version or an Iceberg snapshot id; null for the newest. */
  readonly version: string | null;
  readonly output: TableOutput;
}

/**
 * Brings a table's metadata to a folder of ours, asks which files the version consists of, brings those, and writes the
 * version as one file. Nothing is asked for that is not below the table's folder, whatever the table says.
 *
 * @throws DataEngineError
 */
export async function fetchRemoteTable(table: RemoteTable, context: SourceContext): Promise<DataFile> {
  const { format, bucket, key, version, output } = table;
  await extensionsFor(format, context);
  const { folder, metadata } = tablePlace(format, key);
  const place = `s3://${bucket}/${folder}`;
  const here = await realpath(dirname(await context.scratch.place('table')));
  const client = await s3Client(context);
  let left = context.bounds.bytes;
  const bring = async (objects: readonly Listed[]): Promise<void> => {
    const files = await fetchObjects({ client, bucket, versionId: null }, objects, left, context, ({ key: from }) =>
      pathFor(here, from.slice(folder.length + 1)),
    );
    left -= files.reduce((sum, { bytes }) => sum + bytes, 0);
  };
  try {
    const isWanted = (path: string): boolean =>
      format === 'delta' ? isDeltaMetadata(path, version) : isIcebergMetadata(path, metadata);
    const below = `${folder}/${format === 'delta' ? '' : 'metadata/'}`;
    await bring(await listBelow(client, bucket, below, (name) => isWanted(name.slice(folder.length + 1)), context));
    const name = `${format}:s3://${bucket}/${key}`;
    const local: FolderTable = { format, folder: here, version, name, metadata: metadataName(metadata) };
    await expectMetadata(local);
    const files = await filesOf(local, context, place);
    const there = await Promise.all(files.map((file) => stat(join(here, file)).catch(() => null)));
    await bring(
      files.filter((_, at) => there[at] === null).map((file) => ({ key: `${folder}/${file}`, etag: null, size: 0 })),
    );
    return await writeTable(local, output, context);
  } finally {
    client.destroy();
  }
}

const metadataName = (metadata: string | null): string | null =>
  metadata === null ? null : metadata.slice('metadata/'.length, -'.metadata.json'.length);

async function expectMetadata({ format, folder, metadata, name }: FolderTable): Promise<void> {
  const isThere = async (path: string): Promise<boolean> => (await stat(join(folder, path)).catch(() => null)) !== null;
  const marker = format === 'delta' ? '_delta_log' : 'metadata';
  const missing = (what: string): DataEngineError =>
    new DataEngineError('unreadable', `${name}: expected a table’s folder, found no ${what} in it`);
  if (!(await isThere(marker))) throw missing(marker);
  if (metadata !== null && !(await isThere(`metadata/${metadata}.metadata.json`)))
    throw missing(`metadata/${metadata}.metadata.json`);
  if (format === 'iceberg' && metadata === null && !(await isThere('metadata/version-hint.text'))) throw unhinted(name);
}

async function pathFor(root: string, path: string): Promise<string> {
  if (!isSafe(path))
    throw new DataEngineError('unreadable', `${JSON.stringify(path.slice(0, 200))} is no name that a file can have`);
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true });
  return target;
}
