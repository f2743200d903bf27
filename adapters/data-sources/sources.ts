import { realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { type DataSource, parseReference } from '../../core/data/sources/reference.ts';
import { refusal } from '../../core/data/sources/trust.ts';
import { DataEngineError, type DataFile, type DataFiles } from '../../flows/check-data/ports.ts';
import { localFiles } from '../duckdb/files.ts';
import { fetchDvc, trackedByDvc } from './dvc.ts';
import { fetchHttp } from './http.ts';
import { fetchLfs, pointerOf } from './lfs.ts';
import { SOURCE_BOUNDS, type SourceContext, type SourceOptions } from './options.ts';
import { fetchQuery } from './query.ts';
import { fetchS3 } from './s3.ts';
import { scratchFolder } from './scratch.ts';
import { fetchTable } from './tables.ts';

export interface DataSourcesOptions extends Pick<SourceOptions, 'directory' | 'trust' | 'variables'> {
  readonly allowPrivate?: boolean;
  readonly bounds?: SourceOptions['bounds'];
  readonly conversion?: SourceOptions['conversion'];
  /** For what is fetched and converted; the system's folder for temporary files by default. */
  readonly scratch?: string;
}

/**
 * Data wherever it is (docs/data-sources.md): `list` takes every reference, fetches what is elsewhere into files of ours,
 * once, and pins it. `close` removes them. Nothing that gives access leaves this: not in names, pins or errors.
 */
export function dataSources(options: DataSourcesOptions): DataFiles & { close(): Promise<void> } {
  const conversion = options.conversion ?? {};
  const where = options.scratch === undefined ? {} : { scratch: options.scratch };
  const files = localFiles({ directory: options.directory, conversion: { ...where, ...conversion }, ...where });
  const scratch = scratchFolder(options.scratch);
  const context: SourceContext = {
    ...options,
    allowPrivate: options.allowPrivate ?? false,
    bounds: options.bounds ?? SOURCE_BOUNDS,
    conversion: { ...where, ...conversion },
    scratch,
    local: (path) => files.list(path),
  };
  const listed = new Map<string, Promise<readonly DataFile[]>>();
  return {
    ...files,
    list(reference) {
      const files = listed.get(reference) ?? resolveReference(reference, context);
      listed.set(reference, files);
      return files;
    },
    async close() {
      await files.close();
      await scratch.close();
    },
  };
}

/** @throws DataEngineError `unreadable` */
async function resolveReference(reference: string, context: SourceContext): Promise<readonly DataFile[]> {
  const parsed = parseReference(reference);
  if (!parsed.ok) throw new DataEngineError('unreadable', parsed.message);
  const why = refusal(parsed.source, context.trust);
  if (why !== null) throw new DataEngineError('unreadable', `${reference.slice(0, 200)}: ${why}`);
  return fetchSource(parsed.source, context);
}

function fetchSource(source: DataSource, context: SourceContext): Promise<readonly DataFile[]> {
  switch (source.kind) {
    case 'path':
      return fromPath(source.path, context);
    case 'lfs':
      return pointersOnly(source.path, context);
    case 'dvc':
      return dvcOnly(source.path, context);
    case 's3':
      return fetchS3(source, context);
    case 'http':
      return fetchHttp(source, context);
    case 'delta':
    case 'iceberg':
      return fetchTable(source, context);
    case 'snowflake':
    case 'databricks':
      return fetchQuery(source, context);
  }
}

/** Files that are there; pointers among them are followed, and what is not there may be tracked by DVC. */
async function fromPath(path: string, context: SourceContext): Promise<readonly DataFile[]> {
  if (path.endsWith('.dvc')) return dvcOnly(path, context);
  const files = await confined(await context.local(path), context);
  if (files.length > 0) return withoutPointers(files, context);
  const tracked = await trackedByDvc(path, context);
  return tracked === null ? files : fetchDvc(tracked, context);
}

async function withoutPointers(files: readonly DataFile[], context: SourceContext): Promise<readonly DataFile[]> {
  const pointed = [];
  for (const file of files) {
    const pointer = await pointerOf(file);
    if (pointer !== null) pointed.push({ file, pointer });
  }
  if (pointed.length === 0) return files;
  const fetched = new Map((await fetchLfs(pointed, context)).map((file) => [file.name, file]));
  return files.map((file) => {
    const found = fetched.get(file.name) ?? file;
    return file.place === undefined ? found : { ...found, place: file.place };
  });
}

async function pointersOnly(path: string, context: SourceContext): Promise<readonly DataFile[]> {
  const files = await confined(await context.local(path), context);
  for (const file of files)
    if (file.place === undefined && (await pointerOf(file)) === null)
      throw new DataEngineError('unreadable', `${file.name}: expected a pointer of Git LFS, found something else`);
  return files.length === 0 ? files : withoutPointers(files, context);
}

async function dvcOnly(path: string, context: SourceContext): Promise<readonly DataFile[]> {
  const tracked = await trackedByDvc(path, context);
  if (tracked === null)
    throw new DataEngineError(
      'unreadable',
      `${path}: DVC tracks nothing there: expected a .dvc file or an output in dvc.lock`,
    );
  return fetchDvc(tracked, context);
}

/** Links are resolved: what a stranger names must not lead out of the checkout, nor into git's own folder. */
async function confined(files: readonly DataFile[], context: SourceContext): Promise<readonly DataFile[]> {
  if (context.trust.kind === 'person') return files;
  const root = await realpath(context.directory);
  for (const file of files) {
    const inside = relative(root, file.path);
    if (inside.startsWith('..') || isAbsolute(inside) || inside.split(/[/\\]/)[0] === '.git')
      throw new DataEngineError(
        'unreadable',
        `${file.name} leads out of the repository: links that do are not followed`,
      );
  }
  return files;
}
