import type { WarehouseQuery } from '../../core/config/queries.ts';
import { type TableFormat, type TableOutput, tablePlace } from '../../core/data/sources/dataset-location.ts';
import type { LfsPointer } from '../../core/data/sources/lfs.ts';
import { type DataSource, parseReference } from '../../core/data/sources/reference.ts';
import { refusal } from '../../core/data/sources/trust.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import type { ConvertOptions } from './convert.ts';
import { fetchDvc, trackedByDvc } from './dvc.ts';
import { fetchHttp } from './http.ts';
import { fetchLfs } from './lfs.ts';
import { type LfsServer, SOURCE_BOUNDS, type SourceContext } from './options.ts';
import { fetchPolicyQuery } from './policy-query.ts';
import { fetchRemoteTable } from './remote-table.ts';
import { fetchS3 } from './s3.ts';
import { scratchFolder } from './scratch.ts';
import { fetchTable } from './tables.ts';

export interface RemoteOptions {
  /** Holds pointers and configuration of DVC as a commit has them, and nothing else. */
  readonly directory: string;
  /** Of the base branch's policy: data comes from below them, and from nowhere else. */
  readonly prefixes: readonly string[];
  /** Credentials and addresses of stores, for reading data alone. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly lfs: LfsServer | null;
  readonly allowPrivate: boolean;
  /** Below it, what was fetched lies until `close`. */
  readonly scratch: string;
  /** Of tables. Asked for where there is one: it may have to be downloaded. */
  readonly conversion: () => Promise<ConvertOptions>;
}

export interface LfsFile {
  readonly path: string;
  readonly pointer: LfsPointer;
}

export interface PlacedTable {
  readonly format: TableFormat;
  /** An address of S3, or a path below `directory`. */
  readonly at: string;
  /** Holds nothing but the table's files; null where `at` is an address. */
  readonly directory: string | null;
  readonly version: string | null;
  readonly output: TableOutput;
}

/** What a commit of a pull request points at outside of git. Every method is held to `bytes` of all that it fetches. */
export interface RemoteData {
  /** @throws DataEngineError */
  lfs(files: readonly LfsFile[], bytes: number): Promise<readonly DataFile[]>;
  /** What DVC tracks at a path of the directory. @throws DataEngineError */
  dvc(path: string, bytes: number): Promise<readonly DataFile[]>;
  /** One version of a table in a store, or below a folder of this machine. @throws DataEngineError */
  table(table: PlacedTable, bytes: number): Promise<DataFile>;
  /** What a query of the default branch's policy gives. @throws DataEngineError */
  query(query: WarehouseQuery, bytes: number): Promise<DataFile>;
  /** An address of S3 or HTTP. @throws DataEngineError */
  place(reference: string, bytes: number): Promise<readonly DataFile[]>;
  close(): Promise<void>;
}

/** Everything that is named here is a stranger's word (core/data/sources/trust.ts). */
export function remoteData({ prefixes, lfs, conversion: provide, ...options }: RemoteOptions): RemoteData {
  const scratch = scratchFolder(options.scratch);
  const within = (bytes: number): SourceContext => ({
    ...options,
    ...(lfs === null ? {} : { lfs }),
    trust: { kind: 'pull_request', prefixes },
    conversion: {},
    bounds: { ...SOURCE_BOUNDS, bytes },
    scratch,
    local: async () => [],
  });
  return {
    async lfs(files, bytes) {
      if (lfs === null) throw new DataEngineError('unreadable', 'no server of Git LFS is known here');
      const pointed = files.map(({ path, pointer }) => ({ file: { name: path, path: '', bytes: 0 }, pointer }));
      return fetchLfs(pointed, within(bytes));
    },
    async dvc(path, bytes) {
      const context = within(bytes);
      const tracked = await trackedByDvc(path, context);
      if (tracked === null)
        throw new DataEngineError('unreadable', `${path}: no pointer of DVC beside it or above it names it`);
      return fetchDvc(tracked, context);
    },
    async table(table, bytes) {
      const conversion = { scratch: options.scratch, ...(await provide()) };
      return fetchPlacedTable(table, { ...within(bytes), conversion });
    },
    query: async (query, bytes) => fetchPolicyQuery(query, within(bytes)),
    place: async (reference, bytes) => fetchPlace(reference, within(bytes)),
    close: () => scratch.close(),
  };
}

async function fetchPlacedTable(table: PlacedTable, context: SourceContext): Promise<DataFile> {
  const { format, at, directory, version, output } = table;
  if (directory !== null) {
    const [file] = await fetchTable({ kind: format, location: at, version }, { ...context, directory }, output);
    if (file === undefined) throw new DataEngineError('unreadable', `${format}:${at}: nothing was written`);
    return file;
  }
  // All below its folder is read, whatever file of it is named.
  allowed(tablePlace(format, at).folder, context);
  const { source } = allowed(at, context);
  if (source.kind !== 's3') throw new DataEngineError('unreadable', `${at.slice(0, 200)}: expected s3://`);
  const { bucket, key } = source;
  return fetchRemoteTable({ format, bucket, key, version, output }, context);
}

function allowed(reference: string, { trust }: SourceContext): { readonly source: DataSource } {
  const parsed = parseReference(reference);
  if (!parsed.ok) throw new DataEngineError('unreadable', parsed.message);
  const why = refusal(parsed.source, trust);
  if (why !== null) throw new DataEngineError('unreadable', `${reference.slice(0, 200)}: ${why}`);
  return parsed;
}

async function fetchPlace(reference: string, context: SourceContext): Promise<readonly DataFile[]> {
  const { source } = allowed(reference, context);
  if (source.kind === 's3') return fetchS3(source, context);
  if (source.kind === 'http') return fetchHttp(source, context);
  throw new DataEngineError('unreadable', `${reference.slice(0, 200)}: expected s3:// or https://`);
}
