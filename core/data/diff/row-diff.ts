import type { SqlScalar } from '../checks/result-row.ts';
import { type DataTable, type TableColumn, textOf } from '../checks/table.ts';
import type { RowDiff, RowExample } from '../report/base.ts';
import { quoteInteger } from '../sql/quote.ts';

/** Two tables open in one engine, and how their rows are told apart. */
export interface DiffPlan {
  readonly head: DataTable;
  readonly base: DataTable;
  readonly key: readonly Pair[];
  /** All other columns that both have. */
  readonly compared: readonly Pair[];
}

interface Pair {
  readonly name: string;
  readonly head: TableColumn;
  readonly base: TableColumn;
}

/** Columns whose changes are counted each; a row that differs beyond them only still counts as changed. */
const COUNTED = 5000;
const MAX_KEY = 32;
const SHOWN_CELLS = 50;

/** Null with a reason where rows cannot be told apart by this key. */
export function planDiff(
  head: DataTable,
  base: DataTable,
  key: readonly string[],
): { readonly plan: DiffPlan } | { readonly plan: null; readonly reason: string } {
  if (key.length === 0) return { plan: null, reason: 'the contract names no key (primaryKey) to tell rows apart by' };
  if (key.length > MAX_KEY)
    return { plan: null, reason: `a key may have ${MAX_KEY} columns, this one has ${key.length}` };
  const before = new Map(base.columns.map((column) => [column.name, column]));
  const pairs = head.columns.flatMap((column): Pair[] => {
    const other = before.get(column.name);
    return other === undefined ? [] : [{ name: column.name, head: column, base: other }];
  });
  const keyed = key.flatMap((name) => pairs.filter((pair) => pair.name === name).slice(0, 1));
  if (keyed.length < key.length) {
    const missing = key.filter((name) => !keyed.some((pair) => pair.name === name));
    return { plan: null, reason: `the key's column ${missing.join(', ')} is not on both sides` };
  }
  return {
    plan: { head, base, key: keyed, compared: pairs.filter(({ name }) => !key.includes(name)).slice(0, COUNTED) },
  };
}

/** `(rows of head whose key occurs more than once, the same of base)`: both must be 0, or a row has no one counterpart. */
export function keysQuery({ head, base, key }: DiffPlan): string {
  const repeated = (relation: string, columns: readonly string[]): string =>
    `(SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM ${relation} GROUP BY ${columns.join(', ')} HAVING count(*) > 1))`;
  const heads = key.map((pair) => sides(pair).head);
  const bases = key.map((pair) => sides(pair).base);
  return `SELECT ${repeated(head.relation, heads)}, ${repeated(base.relation, bases)}`;
}

/** Null where the key tells rows apart on both sides. */
export function readKeys({ key }: DiffPlan, row: readonly SqlScalar[]): string | null {
  const [head, base] = [Number(row[0] ?? 0), Number(row[1] ?? 0)];
  if (head === 0 && base === 0) return null;
  const where = [head > 0 ? `${head} rows of the head` : '', base > 0 ? `${base} rows of the base` : ''];
  const names = key.map(({ name }) => name).join(', ');
  return `the key ${names} occurs more than once in ${where.filter((text) => text !== '').join(' and ')}`;
}

/** One row: added, removed, changed, unchanged, and for each compared column how many rows differ in it. */
export function countsQuery(plan: DiffPlan): string {
  const counts = plan.compared.map((_, index) => `count(*) FILTER (WHERE both_sides AND d${index})`);
  const any = anyDiffers(plan);
  return `SELECT count(*) FILTER (WHERE in_head AND NOT in_base), count(*) FILTER (WHERE in_base AND NOT in_head), ${[
    `count(*) FILTER (WHERE both_sides AND ${any})`,
    `count(*) FILTER (WHERE both_sides AND NOT ${any})`,
    ...counts,
  ].join(', ')} FROM (${joined(plan, [])})`;
}

/** Rows as examples: kind, the key's values as text, and for each compared column whether it differs, base and head as text. */
export function examplesQuery(plan: DiffPlan, each: number): string {
  const shown = ['in_head', 'in_base', ...plan.key.map((_, index) => `k${index}`)];
  const cells = plan.compared.flatMap((_, index) => [`d${index}`, `b${index}`, `h${index}`]);
  const texts = plan.compared.flatMap((pair, index) => [
    `left(${prefixed('b', textOf(pair.base), pair.base)}, 1000) AS b${index}`,
    `left(${prefixed('h', textOf(pair.head), pair.head)}, 1000) AS h${index}`,
  ]);
  const order = plan.key.map((_, index) => `k${index}`).join(', ');
  const pick = (where: string): string =>
    `(SELECT ${[...shown, ...cells].join(', ')} FROM joined WHERE ${where} ORDER BY ${order} LIMIT ${quoteInteger(each)})`;
  const kinds = [`both_sides AND ${anyDiffers(plan)}`, 'in_head AND NOT in_base', 'in_base AND NOT in_head'];
  return `WITH joined AS (${joined(plan, texts)}) ${kinds.map(pick).join(' UNION ALL ')}`;
}

/**
 * @param counts the row of `countsQuery`
 * @param examples the rows of `examplesQuery`
 * @param mask hides a value of a column with personal data
 */
export function readDiff(
  plan: DiffPlan,
  counts: readonly SqlScalar[],
  examples: readonly (readonly SqlScalar[])[],
  mask: (column: string, value: string) => string,
): RowDiff {
  const [added = 0, removed = 0, changed = 0, unchanged = 0, ...each] = counts.map((count) => Number(count ?? 0));
  const columns = plan.compared
    .map(({ name }, index) => ({ column: name.slice(0, 256), changed: each[index] ?? 0 }))
    .filter((column) => column.changed > 0)
    .sort((a, b) => b.changed - a.changed);
  const key = plan.key.map(({ name }) => name.slice(0, 256));
  return {
    ...{ key, added, removed, changed, unchanged, columns },
    examples: examples.slice(0, 100).map((row) => readExample(plan, row, mask)),
  };
}

function readExample(
  { key, compared }: DiffPlan,
  row: readonly SqlScalar[],
  mask: (column: string, value: string) => string,
): RowExample {
  const shown = (column: string, value: SqlScalar | undefined): string | null =>
    value === null || value === undefined ? null : mask(column, String(value)).slice(0, 1000).toWellFormed();
  const kind = row[0] !== true ? 'removed' : row[1] !== true ? 'added' : 'changed';
  const cells = compared.flatMap(({ name }, index) => {
    const at = 2 + key.length + 3 * index;
    if (kind !== 'changed' || row[at] !== true) return [];
    return [{ column: name.slice(0, 256), base: shown(name, row[at + 1]), head: shown(name, row[at + 2]) }];
  });
  const keys = key.map(({ name }, index) => shown(name, row[2 + index]));
  return { kind, key: keys, line: null, cells: cells.slice(0, SHOWN_CELLS) };
}

/** Each key once: on which side it is, and which columns differ. NULL equals NULL and NaN equals NaN. */
function joined(plan: DiffPlan, more: readonly string[]): string {
  const on = plan.key.map((pair) => {
    const { head, base } = sides(pair);
    return `${prefixed('h', head, pair.head)} IS NOT DISTINCT FROM ${prefixed('b', base, pair.base)}`;
  });
  const differs = plan.compared.map((pair, index) => {
    const { head, base } = sides(pair);
    return `${prefixed('h', head, pair.head)} IS DISTINCT FROM ${prefixed('b', base, pair.base)} AS d${index}`;
  });
  const keys = plan.key.map(({ head, base }, index) => {
    const [h, b] = [prefixed('h', textOf(head), head), prefixed('b', textOf(base), base)];
    return `left(CASE WHEN h.here THEN ${h} ELSE ${b} END, 1000) AS k${index}`;
  });
  const here = 'coalesce(h.here, false) AS in_head, coalesce(b.here, false) AS in_base';
  const both = 'h.here IS NOT NULL AND b.here IS NOT NULL AS both_sides';
  const from = (table: DataTable): string => `(SELECT *, true AS here FROM ${table.relation})`;
  return `SELECT ${[here, both, ...keys, ...differs, ...more].join(', ')} FROM ${from(plan.head)} AS h FULL OUTER JOIN ${from(
    plan.base,
  )} AS b ON ${on.join(' AND ')}`;
}

function anyDiffers({ compared }: DiffPlan): string {
  return compared.length === 0 ? 'false' : `(${compared.map((_, index) => `d${index}`).join(' OR ')})`;
}

/** Values of two types are compared as they are written. */
function sides({ head, base }: Pair): { readonly head: string; readonly base: string } {
  return head.type === base.type ? { head: head.sql, base: base.sql } : { head: textOf(head), base: textOf(base) };
}

/** The column's own name, which the engine gave it, with the alias of its side before it. */
function prefixed(side: 'h' | 'b', expression: string, column: TableColumn): string {
  return expression.replace(column.sql, `${side}.${column.sql}`);
}
