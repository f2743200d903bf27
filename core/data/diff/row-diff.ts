import type { SqlScalar } from '../checks/result-row.ts';
import { type DataTable, type TableColumn, textOf } from '../checks/table.ts';
import { typeOf } from '../checks/type-family.ts';
import type { NotCompared, RowDiff } from '../report/base.ts';
import { quoteInteger, quoteText } from '../sql/quote.ts';

/** Two tables open in one engine, and how their rows are told apart. */
export interface DiffPlan {
  readonly head: DataTable;
  readonly base: DataTable;
  readonly key: readonly Pair[];
  /** All other columns that both have and whose values can be compared. */
  readonly compared: readonly Pair[];
}

export interface Pair {
  readonly name: string;
  readonly head: TableColumn;
  readonly base: TableColumn;
}

export interface Planned {
  /** Null where `notCompared` says that rows can't be compared at all. */
  readonly plan: DiffPlan | null;
  /** Also columns that are left out. */
  readonly notCompared: readonly NotCompared[];
}

/** Columns whose changes are counted each. */
const COUNTED = 5000;
const MAX_KEY = 32;
/** Cells of both sides together. Beyond, a join that nobody reads row by row costs more than all checks. */
export const MAX_CELLS = 2_000_000_000;

/** How rows of both are told apart and compared, or why they are not. */
export function planDiff(head: DataTable, base: DataTable, key: readonly string[], most = MAX_CELLS): Planned {
  if (key.length === 0) return refused('no_key', 'the contract names no key (primaryKey: true) to tell rows apart by');
  if (key.length > MAX_KEY) return refused('no_key', `a key may have ${MAX_KEY} columns, this one has ${key.length}`);
  const cells = head.rows * head.columns.length + base.rows * base.columns.length;
  if (cells > most)
    return refused(
      'too_large',
      `rows are compared up to ${most.toLocaleString('en-US')} cells of both sides, these have ${cells.toLocaleString('en-US')}`,
    );
  if (head.columns.some(({ typed }) => typed) !== base.columns.some(({ typed }) => typed))
    return refused(
      'different_format',
      'one side has types and the other is text, in which values are written otherwise',
    );
  const before = new Map(base.columns.map((column) => [column.name, column]));
  const pairs = head.columns.flatMap((column): Pair[] => {
    const other = before.get(column.name);
    return other === undefined ? [] : [{ name: column.name, head: column, base: other }];
  });
  const keyed = key.flatMap((name) => pairs.filter((pair) => pair.name === name).slice(0, 1));
  const missing = key.filter((name) => !keyed.some((pair) => pair.name === name));
  if (missing.length > 0) return refused('key_missing', `the key’s column ${missing.join(', ')} is not on both sides`);
  const unlike = keyed.find((pair) => !isAlike(pair));
  if (unlike !== undefined)
    return refused(
      'type_changed',
      `the type of the key’s column ${unlike.name} changes from ${unlike.base.type} to ${unlike.head.type}`,
    );
  const others = pairs.filter(({ name }) => !key.includes(name));
  const plan = { head, base, key: keyed, compared: others.filter(isAlike).slice(0, COUNTED) };
  return { plan, notCompared: others.filter((pair) => !isAlike(pair)).map(typeChanged) };
}

function refused(code: NotCompared['code'], reason: string): Planned {
  return { plan: null, notCompared: [{ what: 'rows', column: null, code, reason: reason.slice(0, 1000) }] };
}

function typeChanged({ name, head, base }: Pair): NotCompared {
  const reason = `its type changes from ${base.type} to ${head.type}`.slice(0, 1000);
  return { what: 'rows', column: name.slice(0, 256), code: 'type_changed', reason };
}

/** Whether equal values are equal to the engine: of one type, both numbers, or both points in time. */
function isAlike({ head, base }: Pair): boolean {
  if (head.type === base.type) return true;
  const [a, b] = [familyOf(head), familyOf(base)];
  return a !== null && a === b;
}

function familyOf(column: TableColumn): 'number' | 'time' | 'text' | null {
  switch (typeOf(column)) {
    case 'integer':
    case 'number':
      return 'number';
    case 'date':
    case 'timestamp':
      return 'time';
    case 'string':
      return 'text';
    default:
      return null;
  }
}

/** A table of ours in the engine: the keys that occur more than once on a side. */
const REPEATED = 'trainyard.repeated_keys';

/** `(rows of head with a null in the key, of base, rows of head whose key occurs again there, of base)`. */
export function keysQuery({ head, base, key }: DiffPlan): string {
  const nulls = (side: 'head' | 'base', { relation }: DataTable): string =>
    `(SELECT count(*) FROM ${relation} WHERE ${anyNull(key, side)})`;
  const repeated = (side: 'head' | 'base', table: DataTable): string =>
    `(SELECT coalesce(sum(n), 0) FROM (${groups(key, side, table)}))`;
  return `SELECT ${nulls('head', head)}, ${nulls('base', base)}, ${repeated('head', head)}, ${repeated('base', base)}`;
}

/** Only where a key occurs more than once: makes the table of those, after which `leftOutQuery` and `excluded` may be used. */
export function repeatedKeysStatement({ head, base, key }: DiffPlan): string {
  const names = key.map((_, index) => `k${index}`).join(', ');
  const of = (side: 'head' | 'base', table: DataTable): string => `SELECT ${names} FROM (${groups(key, side, table)})`;
  return `CREATE SCHEMA IF NOT EXISTS trainyard; CREATE OR REPLACE TABLE ${REPEATED} AS ${of('head', head)} UNION ${of('base', base)}`;
}

/** `(rows of head, rows of base)` whose key is in that table. */
export function leftOutQuery({ head, base, key }: DiffPlan): string {
  const count = (side: 'head' | 'base', { relation }: DataTable): string =>
    `(SELECT count(*) FROM ${relation} AS t SEMI JOIN ${REPEATED} AS r ON ${sameKey(key, side)})`;
  return `SELECT ${count('head', head)}, ${count('base', base)}`;
}

function groups(key: readonly Pair[], side: 'head' | 'base', { relation }: DataTable): string {
  const names = key.map((pair, index) => `${pair[side].sql} AS k${index}`).join(', ');
  const columns = key.map((pair) => pair[side].sql).join(', ');
  return `SELECT ${names}, count(*) AS n FROM ${relation} WHERE NOT ${anyNull(key, side)} GROUP BY ${columns} HAVING count(*) > 1`;
}

function anyNull(key: readonly Pair[], side: 'head' | 'base'): string {
  return `(${key.map((pair) => `${pair[side].sql} IS NULL`).join(' OR ')})`;
}

function sameKey(key: readonly Pair[], side: 'head' | 'base'): string {
  return key.map((pair, index) => `t.${pair[side].sql} = r.k${index}`).join(' AND ');
}

export interface LeftOut {
  readonly nullKey: { readonly head: number; readonly base: number };
  readonly repeatedKey: { readonly head: number; readonly base: number };
}

/** One row: added, removed, changed, unchanged, and for each compared column how many rows differ in it. */
export function countsQuery(plan: DiffPlan, leftOut: LeftOut): string {
  const counts = plan.compared.map((_, index) => `count(*) FILTER (WHERE both_sides AND d${index})`);
  const any = anyDiffers(plan);
  const relations = { head: plan.head.relation, base: plan.base.relation };
  return `SELECT count(*) FILTER (WHERE in_head AND NOT in_base), count(*) FILTER (WHERE in_base AND NOT in_head), ${[
    `count(*) FILTER (WHERE both_sides AND ${any})`,
    `count(*) FILTER (WHERE both_sides AND NOT ${any})`,
    ...counts,
  ].join(', ')} FROM (${joined(plan, leftOut, relations, [])})`;
}

/** SQL for each side's rows with a row number `r` and a file `f`. */
export interface Numbered {
  readonly head: string;
  readonly base: string;
}

/** Where example rows stand: `(in head, in base, file and row of head, file and row of base, whether each compared column differs)`. */
export function examplesQuery(plan: DiffPlan, leftOut: LeftOut, numbered: Numbered, each: number): string {
  const keys = plan.key.map((_, index) => `k${index}`);
  const flags = plan.compared.map((_, index) => `d${index}`);
  const shown = ['in_head', 'in_base', 'hf', 'hr', 'bf', 'br', ...flags].join(', ');
  const places = ['h.f AS hf', 'h.r AS hr', 'b.f AS bf', 'b.r AS br'];
  const both = plan.key.map(
    ({ head, base }, index) => `coalesce(${textIn('h', head)}, ${textIn('b', base)}) AS k${index}`,
  );
  const kinds = [`both_sides AND ${anyDiffers(plan)}`, 'in_head AND NOT in_base', 'in_base AND NOT in_head'];
  const pick = (where: string): string =>
    `(SELECT ${shown} FROM joined WHERE ${where} ORDER BY ${keys.join(', ')} LIMIT ${quoteInteger(each)})`;
  const all = joined(plan, leftOut, numbered, [...places, ...both]);
  return `WITH joined AS (${all}) ${kinds.map(pick).join(' UNION ALL ')}`;
}

/**
 * The cells of some rows as text: `(file, row, each column)`.
 * @param rows at least one; the file is null where rows are numbered over all of them
 */
export function rowsQuery(
  numbered: string,
  columns: readonly TableColumn[],
  rows: readonly { readonly file: string | null; readonly row: number }[],
): string {
  const cells = columns.map((column) => `left(${textOf(column)}, 1000)`);
  const where = rows.map(({ file, row }) =>
    file === null ? `r = ${quoteInteger(row)}` : `(f = ${quoteText(file)} AND r = ${quoteInteger(row)})`,
  );
  return `SELECT ${['f', 'r', ...cells].join(', ')} FROM ${numbered} WHERE ${where.join(' OR ')}`;
}

function joined(plan: DiffPlan, leftOut: LeftOut, relations: Numbered, more: readonly string[]): string {
  const on = plan.key.map(({ head, base }) => `h.${head.sql} = b.${base.sql}`).join(' AND ');
  const differs = plan.compared.map(
    ({ head, base }, index) => `h.${head.sql} IS DISTINCT FROM b.${base.sql} AS d${index}`,
  );
  const here = 'coalesce(h.here, false) AS in_head, coalesce(b.here, false) AS in_base';
  const both = 'h.here IS NOT NULL AND b.here IS NOT NULL AS both_sides';
  return `SELECT ${[here, both, ...differs, ...more].join(', ')} FROM ${kept(plan, leftOut, 'head', relations.head)} AS h FULL OUTER JOIN ${kept(plan, leftOut, 'base', relations.base)} AS b ON ${on}`;
}

/** The rows of a side that its key tells apart. */
function kept({ key }: DiffPlan, { nullKey, repeatedKey }: LeftOut, side: 'head' | 'base', relation: string): string {
  const repeated = repeatedKey.head + repeatedKey.base > 0;
  const without = repeated ? ` ANTI JOIN ${REPEATED} AS r ON ${sameKey(key, side)}` : '';
  const where = nullKey[side] > 0 ? ` WHERE NOT ${anyNull(key, side)}` : '';
  return `(SELECT *, true AS here FROM ${relation} AS t${without}${where})`;
}

function anyDiffers({ compared }: DiffPlan): string {
  return compared.length === 0 ? 'false' : `(${compared.map((_, index) => `d${index}`).join(' OR ')})`;
}

/** `left` so that no key of a megabyte is sorted. */
function textIn(side: 'h' | 'b', column: TableColumn): string {
  return `left(CAST(${side}.${column.sql} AS VARCHAR), 1000)`;
}

/** Totals of the row of `countsQuery`. */
export function readCounts(plan: DiffPlan, counts: readonly SqlScalar[]): Omit<RowDiff, 'examples' | 'leftOut'> {
  const [added = 0, removed = 0, changed = 0, unchanged = 0, ...each] = counts.map((count) => Number(count ?? 0));
  const columns = plan.compared
    .map(({ name }, index) => ({ column: name.slice(0, 256), changed: each[index] ?? 0 }))
    .filter((column) => column.changed > 0)
    .sort((a, b) => b.changed - a.changed);
  return { key: plan.key.map(({ name }) => name.slice(0, 256)), added, removed, changed, unchanged, columns };
}
