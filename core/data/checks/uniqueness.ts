import type { Search } from './measured.ts';
import type { TableColumn } from './table.ts';

/**
 * Whether several columns together are unique, in little memory: equal keys have equal hashes, so no hash twice proves
 * that no key is. Where one is there twice, only rows of such hashes are grouped by the key itself, because different
 * keys can share a hash. Rows with a null in the key are left out, as SQL's UNIQUE does.
 */
export function repeatedHashes(relation: string, key: readonly TableColumn[], into: string): string {
  return `CREATE OR REPLACE TEMP TABLE ${into} AS SELECT h FROM (SELECT ${hashOf(key)} AS h FROM ${relation} WHERE ${noNulls(key)}) GROUP BY h HAVING count(*) > 1; SELECT count(*) FROM ${into}`;
}

/** Rows after the first of each key. */
export function repeatedRows(relation: string, key: readonly TableColumn[], hashes: string): string {
  return `SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ${relation} WHERE ${repeats(key, hashes)} GROUP BY ${listOf(key)} HAVING count(*) > 1)`;
}

/** Finds rows of keys that occur more than once. */
export function repeatedSearch(relation: string, key: readonly TableColumn[], hashes: string): Search {
  const keys = `SELECT ${listOf(key)} FROM ${relation} WHERE ${repeats(key, hashes)} GROUP BY ${listOf(key)} HAVING count(*) > 1 ORDER BY ${listOf(key)} LIMIT 20`;
  return { where: `(${listOf(key)}) IN (${keys})`, show: key };
}

function repeats(key: readonly TableColumn[], hashes: string): string {
  return `${noNulls(key)} AND ${hashOf(key)} IN (SELECT h FROM ${hashes})`;
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
