import type { Search } from './measured.ts';
import type { DataTable, TableColumn } from './table.ts';

/**
 * Whether several columns together are unique, in little memory: equal keys have equal hashes, so no hash twice proves
 * that no key is. Where one is there twice, only rows of such hashes are grouped by the key itself, because different
 * keys can share a hash. Rows with a null in the key are left out, as SQL's UNIQUE does.
 */
export function hashesQuery(table: DataTable, key: readonly TableColumn[]): string {
  const hash = hashOf(table, key);
  return `SELECT ${hash} AS h FROM ${table.relation} WHERE ${hash === kept(table, key) ? `${hash} IS NOT NULL` : noNulls(key)}`;
}

/** Keeps the hashes that occur more than once. @param hashes null where they are too many to have been listed */
export function repeatedHashes(
  table: DataTable,
  key: readonly TableColumn[],
  hashes: readonly string[] | null,
  into: string,
): string {
  const counted = `SELECT h FROM (${hashesQuery(table, key)}) GROUP BY h HAVING count(*) > 1`;
  const listed = `SELECT DISTINCT unnest([${(hashes ?? []).join(', ')}]::UBIGINT[]) AS h`;
  return `CREATE OR REPLACE TEMP TABLE ${into}_hashes AS ${hashes === null ? counted : listed}`;
}

/** Keeps the keys that occur more than once, and gives the rows after the first of each. */
export function repeatedKeys(table: DataTable, key: readonly TableColumn[], into: string): string {
  const [list, hashes] = [listOf(key), `SELECT h FROM ${into}_hashes`];
  const rows = `FROM ${table.relation} WHERE ${noNulls(key)} AND ${hashOf(table, key)} IN (${hashes})`;
  const keys = `SELECT ${list}, count(*) AS n ${rows} GROUP BY ${list} HAVING count(*) > 1`;
  return `CREATE OR REPLACE TEMP TABLE ${into} AS ${keys}; SELECT coalesce(sum(n - 1), 0) FROM ${into}`;
}

/** Finds rows of keys that `repeatedKeys` kept. */
export function repeatedSearch(key: readonly TableColumn[], into: string): Search {
  const list = listOf(key);
  return { where: `(${list}) IN (SELECT ${list} FROM ${into} ORDER BY ${list} LIMIT 20)`, show: key };
}

function hashOf(table: DataTable, key: readonly TableColumn[]): string {
  return kept(table, key) ?? `hash(${listOf(key)})`;
}

/** The hash as it was kept when the rows were read; null of those with a null in the key. */
function kept({ keys = [] }: DataTable, key: readonly TableColumn[]): string | null {
  const same = (of: readonly string[]): boolean =>
    of.length === key.length && of.every((sql, at) => sql === key[at]?.sql);
  return keys.find(({ of }) => same(of))?.sql ?? null;
}

function listOf(key: readonly TableColumn[]): string {
  return key.map(({ sql }) => sql).join(', ');
}

function noNulls(key: readonly TableColumn[]): string {
  return key.map(({ sql }) => `${sql} IS NOT NULL`).join(' AND ');
}
