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

/**
 * Keeps the rows of keys that occur more than once, and gives the number of those after the first of each.
 * @param hashes those that occur more than once, few enough to be listed
 */
export function repeatedRows(
  table: DataTable,
  key: readonly TableColumn[],
  hashes: readonly string[],
  into: string,
): string {
  return keepRepeated(table, key, `${noNulls(key)} AND ${hashOf(table, key)} IN ${listed(hashes)}`, into);
}

/** Hashes as the right side of IN; as literals some of them would be of a wider type. */
export function listed(hashes: readonly string[]): string {
  return `(SELECT unnest([${hashes.join(', ')}]::UBIGINT[]))`;
}

/** As `repeatedRows`, of rows that a condition holds for; nulls are equal. */
export function keepRepeated(
  { numbered }: DataTable,
  key: readonly TableColumn[],
  where: string,
  into: string,
): string {
  const list = listOf(key);
  const counted = `SELECT f, r, ${list}, count(*) OVER same AS n, row_number() OVER same AS i FROM ${numbered} WHERE ${where} WINDOW same AS (PARTITION BY ${list})`;
  const kept = `SELECT *, dense_rank() OVER (ORDER BY ${list}) AS k FROM (${counted}) WHERE n > 1`;
  return `CREATE OR REPLACE TEMP TABLE ${into} AS ${kept}; SELECT count(*) FILTER (WHERE i > 1) FROM ${into}`;
}

/** Finds rows that `keepRepeated` kept. */
export function keptSearch(show: readonly TableColumn[], from: string): Search {
  return { where: 'k <= 20', show, from };
}

/** Keeps the hashes that occur more than once, where they are too many to be listed. */
export function repeatedHashes(table: DataTable, key: readonly TableColumn[], into: string): string {
  const counted = `SELECT h FROM (${hashesQuery(table, key)}) GROUP BY h HAVING count(*) > 1`;
  return `CREATE OR REPLACE TEMP TABLE ${into}_hashes AS ${counted}`;
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
