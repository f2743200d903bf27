import type { TableFormat } from './dataset-location.ts';

/**
 * Where a file that a table names lies below the table's folder; null for one that lies elsewhere. Tables name their files
 * by whole addresses, and whoever writes one may name any: what is outside of its folder is never asked for.
 *
 * @param root the table's folder as the table names it
 */
export function tableFile(format: TableFormat, path: string, root: string): string | null {
  const [file, folder] = [plainAddress(path), plainAddress(root).replace(/\/+$/, '')];
  if (folder === '' || !file.startsWith(`${folder}/`)) return null;
  const inside = file.slice(folder.length + 1);
  if (!isSafe(inside)) return null;
  // Of a table that was moved, DuckDB takes what follows the last /data/ or /metadata/ for the path in the new folder.
  const parts = inside.split('/');
  const marks = parts.slice(0, -1).filter((part) => /^(?:data|metadata)$/i.test(part));
  return format === 'delta' || (marks.length === 1 && marks[0] === parts[0]) ? inside : null;
}

/** Whether a name stays within the folder that it is written below, on any file system. */
export function isSafe(path: string): boolean {
  return (
    path.length <= 1024 &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
    !/[\u0000-\u001f\u007f\\]/.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** Stores that speak S3 have three names for one scheme, and files of a machine have several ways to begin. */
function plainAddress(address: string): string {
  return address.replace(/^s3[an]:\/\//, 's3://').replace(/^(?:file:)?\/+/, '/');
}

/** Whether two addresses name one folder. */
export function isSamePlace(a: string, b: string): boolean {
  return plainAddress(a).replace(/\/+$/, '') === plainAddress(b).replace(/\/+$/, '');
}

/**
 * Of what lies below a Delta table's folder, what its version is found out from: the log up to that version, and
 * deletion vectors, which listing the table's files reads. The hint `_last_checkpoint` may name what is left out.
 *
 * @param version null for the newest
 */
export function isDeltaMetadata(path: string, version: string | null): boolean {
  if (/(?:^|\/)deletion_vector_[0-9a-f-]+\.bin$/.test(path)) return true;
  if (/^_delta_log\/_sidecars\/[^/]+$/.test(path)) return true;
  const [, first, last = first] = /^_delta_log\/(\d{20})\.(?:(\d{20})\.)?[^/]*(?:json|parquet)$/.exec(path) ?? [];
  if (last === undefined) return false;
  return version === null || BigInt(last) <= BigInt(version);
}

/** The same of an Iceberg table. @param metadata the file that it is named by; null for what the hint says */
export function isIcebergMetadata(path: string, metadata: string | null): boolean {
  if (!path.startsWith('metadata/')) return false;
  if (path.endsWith('.metadata.json')) return metadata === null || path === metadata;
  return path.endsWith('.avro') || (metadata === null && path === 'metadata/version-hint.text');
}
