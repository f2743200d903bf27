import type { Search } from './measured.ts';
import type { DataTable, TableColumn } from './table.ts';

/** Columns, and what of them is compared: an expression of SQL for each, null where the value is. */
export interface Key {
  readonly columns: readonly TableColumn[];
  readonly values: readonly string[];
}

/** A key of values as they are. */
export function plainKey(columns: readonly TableColumn[]): Key {
  return { columns, values: columns.map(({ sql }) => sql) };
}

/**
 * Whether several columns together are unique, in little memory: equal keys have equal hashes, so no hash twice proves
 * that no key is. Where one is there twice, only rows of such hashes are grouped by the key itself, because different
 * keys can share a hash. Rows with a null in the key are left out, as SQL's UNIQUE does.
 */
export function hashesQuery(table: DataTable, key: Key): string {
  const hash = hashOf(table, key);
  return `SELECT ${hash} AS h FROM ${table.relation} WHERE ${hash === kept(table, key) ? `${hash} IS NOT NULL` : noNulls(key)}`;
}

/**
 * Keeps the rows of keys that occur more than once, and gives the number of those after the first of each.
 * @param hashes those that occur more than once, few enough to be listed
 */
export function repeatedRows(table: DataTable, key: Key, hashes: readonly string[], into: string): string {
  return keepRepeated(table, key, `${noNulls(key)} AND ${hashOf(table, key)} IN ${listed(hashes)}`, into);
}

/** Hashes as the right side of IN; as literals some of them would be of a wider type. */
export function listed(hashes: readonly string[]): string {
  return `(SELECT unnest([${hashes.join(', ')}]::UBIGINT[]))`;
}

/** As `repeatedRows`, of rows that a condition holds for; nulls are equal. */
export function keepRepeated({ numbered }: DataTable, key: Key, where: string, into: string): string {
  const shown = key.columns.map(({ sql }) => sql).join(', ');
  const same = key.values.join(', ');
  const values = key.values.map((value, at) => `${value} AS v${at}`).join(', ');
  const counted = `SELECT f, r, ${shown}, ${values}, count(*) OVER same AS n, row_number() OVER same AS i FROM ${numbered} WHERE ${where} WINDOW same AS (PARTITION BY ${same})`;
  const order = key.values.map((_, at) => `v${at}`).join(', ');
  const kept = `SELECT *, dense_rank() OVER (ORDER BY ${order}) AS k FROM (${counted}) WHERE n > 1`;
  return `CREATE OR REPLACE TEMP TABLE ${into} AS ${kept}; SELECT count(*) FILTER (WHERE i > 1) FROM ${into}`;
}

/** Finds rows that `keepRepeated` kept. */
export function keptSearch(show: readonly TableColumn[], from: string): Search {
  return { where: 'k <= 20', show, from };
}

/** Keeps the hashes that occur more than once, where they are too many to be listed. */
export function repeatedHashes(table: DataTable, key: Key, into: string): string {
  const counted = `SELECT h FROM (${hashesQuery(table, key)}) GROUP BY h HAVING count(*) > 1`;
  return `CREATE OR REPLACE TEMP TABLE ${into}_hashes AS ${counted}`;
}

/** Keeps the keys that occur more than once, and gives the rows after the first of each. */
export function repeatedKeys(table: DataTable, key: Key, into: string): string {
  const hashes = `SELECT h FROM ${into}_hashes`;
  const rows = `FROM ${table.relation} WHERE ${noNulls(key)} AND ${hashOf(table, key)} IN (${hashes})`;
  const values = key.values.map((value, at) => `${value} AS v${at}`).join(', ');
  const keys = `SELECT ${values}, count(*) AS n ${rows} GROUP BY ${key.values.join(', ')} HAVING count(*) > 1`;
  return `CREATE OR REPLACE TEMP TABLE ${into} AS ${keys}; SELECT coalesce(sum(n - 1), 0) FROM ${into}`;
}

/** Finds rows of keys that `repeatedKeys` kept. */
export function repeatedSearch(key: Key, into: string): Search {
  const list = key.values.map((_, at) => `v${at}`).join(', ');
  const some = `SELECT ${list} FROM ${into} ORDER BY ${list} LIMIT 20`;
  return { where: `(${key.values.join(', ')}) IN (${some})`, show: key.columns };
}

function hashOf(table: DataTable, key: Key): string {
  return kept(table, key) ?? `hash(${key.values.join(', ')})`;
}

/** The hash as it was kept when the rows were read; null of those with a null in the key. */
function kept({ keys = [] }: DataTable, { values }: Key): string | null {
  const same = (of: readonly string[]): boolean =>
    of.length === values.length && of.every((sql, at) => sql === values[at]);
  return keys.find(({ of }) => same(of))?.sql ?? null;
}

function noNulls({ columns }: Key): string {
  return columns.map(({ sql }) => `${sql} IS NOT NULL`).join(' AND ');
}
