import type { Search } from './measured.ts';
import type { TableColumn } from './table.ts';

/**
 * Whether several columns together are unique, in little memory: equal keys have equal hashes, so no hash twice proves
 * that no key is. Where one is there twice, only rows of such hashes are grouped by the key itself, because different
 * keys can share a hash. Rows with a null in the key are left out, as SQL's UNIQUE does.
 */
export function hashesQuery(relation: string, key: readonly TableColumn[]): string {
  return `SELECT ${hashOf(key)} AS h FROM ${relation} WHERE ${noNulls(key)}`;
}

/** Keeps the hashes that occur more than once. @param hashes null where they are too many to have been listed */
export function repeatedHashes(
  relation: string,
  key: readonly TableColumn[],
  hashes: readonly string[] | null,
  into: string,
): string {
  const counted = `SELECT h FROM (${hashesQuery(relation, key)}) GROUP BY h HAVING count(*) > 1`;
  const listed = `SELECT DISTINCT unnest([${(hashes ?? []).join(', ')}]::UBIGINT[]) AS h`;
  return `CREATE OR REPLACE TEMP TABLE ${into}_hashes AS ${hashes === null ? counted : listed}`;
}

/** Keeps the keys that occur more than once, and gives the rows after the first of each. */
export function repeatedKeys(relation: string, key: readonly TableColumn[], into: string): string {
  const [list, hashes] = [listOf(key), `SELECT h FROM ${into}_hashes`];
  const rows = `FROM ${relation} WHERE ${noNulls(key)} AND ${hashOf(key)} IN (${hashes})`;
  const keys = `SELECT ${list}, count(*) AS n ${rows} GROUP BY ${list} HAVING count(*) > 1`;
  return `CREATE OR REPLACE TEMP TABLE ${into} AS ${keys}; SELECT coalesce(sum(n - 1), 0) FROM ${into}`;
}

/** Finds rows of keys that `repeatedKeys` kept. */
export function repeatedSearch(key: readonly TableColumn[], into: string): Search {
  const list = listOf(key);
  return { where: `(${list}) IN (SELECT ${list} FROM ${into} ORDER BY ${list} LIMIT 20)`, show: key };
}

function hashOf(key: readonly TableColumn[]): string {
  return `hash(${listOf(key)})`;
}

function listOf(key: readonly TableColumn[]): string {
  return key.map(({ sql }) => sql).join(', ');
}

function noNulls(key: readonly TableColumn[]): string {
  return key.map(({ sql }) => `${sql} IS NOT NULL`).join(' AND ');
}
