import { RepoPath } from '../../names.ts';

/** What a `location` of the config names: bytes as they lie in a store, a version of a table, or the result of a query. */
export type DatasetLocation =
  /** An object, or all below a folder; `url` has yet to be looked at. */
  | { readonly kind: 'objects'; readonly url: string }
  /** A table in a store; `url` has yet to be looked at. */
  | { readonly kind: 'table'; readonly format: TableFormat; readonly url: string }
  /** A table in the commit itself. */
  | { readonly kind: 'repository_table'; readonly format: TableFormat; readonly path: RepoPath }
  /** One of `policy.queries`, by its name; what is asked never comes from the location itself. */
  | { readonly kind: 'query'; readonly name: string };

export const TABLE_FORMATS = ['delta', 'iceberg'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

const QUERY = 'query:';

/** Takes a location apart. It may be hostile: nothing of it is resolved, and no address in it is checked. */
export function datasetLocation(location: string): DatasetLocation {
  if (location.startsWith(QUERY)) return { kind: 'query', name: location.slice(QUERY.length) };
  const format = TABLE_FORMATS.find((known) => location.startsWith(`${known}:`));
  if (format === undefined) return { kind: 'objects', url: location };
  const rest = location.slice(format.length + 1);
  const path = RepoPath.safeParse(rest);
  return path.success ? { kind: 'repository_table', format, path: path.data } : { kind: 'table', format, url: rest };
}

/** A table's folder, and the file of metadata where an Iceberg table is named by it. */
export interface TablePlace {
  readonly folder: string;
  /** Below the folder; null for what a hint beside it says. */
  readonly metadata: string | null;
}

/** @param at address or path of a table */
export function tablePlace(format: TableFormat, at: string): TablePlace {
  const [, folder, metadata] = /^(.+)\/(metadata\/[^/]+\.metadata\.json)$/.exec(at) ?? [];
  if (format === 'delta' || folder === undefined || metadata === undefined)
    return { folder: at.replace(/\/$/, ''), metadata: null };
  return { folder, metadata };
}

/** Where a commit itself holds what decides a dataset's content; null where it lies elsewhere. */
export function treePathOf(path: RepoPath, location: string | undefined): RepoPath | null {
  if (location === undefined) return path;
  const where = datasetLocation(location);
  return where.kind === 'repository_table' ? RepoPath.parse(tablePlace(where.format, where.path).folder) : null;
}

/** Whether something fixes what lies at a location: a digest of the config, or git. */
export function isPinned({ location, sha256 }: { readonly location: string; readonly sha256: string | null }): boolean {
  return sha256 !== null || datasetLocation(location).kind === 'repository_table';
}

/** What a table may be written as, by the end of the path at which training finds it. */
export const TABLE_OUTPUTS = ['parquet', 'csv'] as const;
export type TableOutput = (typeof TABLE_OUTPUTS)[number];

export function tableOutput(path: string): TableOutput | null {
  return TABLE_OUTPUTS.find((one) => path.endsWith(`.${one}`)) ?? null;
}
