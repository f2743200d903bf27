import type { ContractColumn, Shape } from '../contract-model.ts';
import type { RuleName } from '../rule-names.ts';
import { quoteText } from '../sql/quote.ts';
import { isTolerated } from '../waivers.ts';
import { valueRules } from './column-rules.ts';
import { cut, type Measured, rowsOf } from './measured.ts';
import { readNestedType } from './nested-type.ts';
import { violatedRule } from './scan.ts';
import { type DataTable, type TableColumn, textOf } from './table.ts';
import { hasSqlForm } from './value-sql.ts';

/** A rule about a value inside of a column's values. A row violates it where any of its values there does. */
export interface NestedRule {
  /** Such as `address.zip` or `items[].price`. */
  readonly path: string;
  readonly rule: RuleName;
  readonly expected: string;
  /** Of SQL: that a row violates it; or why that can't be said. */
  readonly violated: { readonly where: string } | { readonly why: string };
}

/** Where a value is: its expression, its type, and how a condition on it becomes one on its row. */
interface Spot {
  readonly path: string;
  readonly sql: string;
  readonly type: string;
  /** That what holds the value is there; the value itself may be null. */
  readonly present: string;
  readonly ofRow: (condition: string) => string;
  /** Arrays around it. */
  readonly arrays: number;
  readonly relation: string;
}

/** The rules that a contract states of values inside of a column's, as conditions on rows. */
export function nestedRules(column: ContractColumn, table: TableColumn, relation: string): readonly NestedRule[] {
  const { shape, name } = column;
  if (shape === null) return [];
  if (!table.typed) {
    const why = 'a text file holds no values inside of values: use JSON Lines or Parquet';
    return [{ path: name, rule: 'type', expected: shape.kind, violated: { why } }];
  }
  const ofRow = (condition: string): string => `coalesce(${condition}, false)`;
  const spot = { path: name, sql: table.sql, type: table.type, present: 'true', ofRow, arrays: 0, relation };
  // Whether the column itself has values, and each once, is judged with all other columns.
  return rulesAt(column, spot).filter(
    ({ path, rule: kind }) => path !== name || !['required', 'unique'].includes(kind),
  );
}

function rulesAt(column: ContractColumn, spot: Spot): readonly NestedRule[] {
  const { shape } = column;
  const rules: NestedRule[] = [];
  if (shape === null) return scalarRules(column, spot);
  if (column.required) rules.push(rule(spot, 'required', 'a value', `${spot.present} AND ${spot.sql} IS NULL`));
  if (column.unique) rules.push(uniqueRule(spot));
  const type = readNestedType(spot.type);
  const fits = shape.kind === 'object' ? type.kind === 'struct' : type.kind === 'list';
  if (!fits) return [...rules, ...wrongType(shape, spot)];
  if (shape.kind === 'object' && type.kind === 'struct')
    return [...rules, ...fieldRules(shape.fields, type.fields, spot)];
  if (shape.kind === 'array' && type.kind === 'list') return [...rules, ...arrayRules(shape, type.element, spot)];
  return rules;
}

/** JSON of several types, or of objects without names, has no type of its own in the engine. A map has keys instead of fields. */
function wrongType(shape: Shape, spot: Spot): readonly NestedRule[] {
  const expected = `${shape.kind} (the file’s type is ${cut(spot.type, 100)})`;
  const wrong = (condition: string): NestedRule => rule(spot, 'type', expected, condition);
  const inner = asksWithin(shape) ? [unseen(shape, spot)] : [];
  if (spot.type === 'JSON') {
    const kind = shape.kind === 'object' ? 'OBJECT' : 'ARRAY';
    return [wrong(`json_type(${spot.sql}) NOT IN ('${kind}', 'NULL')`), ...inner];
  }
  if (/^(MAP|UNION|VARIANT)/.test(spot.type)) return [unseen(shape, spot)];
  return [wrong(`${spot.sql} IS NOT NULL`)];
}

function asksWithin(shape: Shape): boolean {
  if (shape.kind === 'object') return shape.fields.length > 0;
  return shape.items !== null || shape.minItems !== null || shape.maxItems !== null || shape.uniqueItems;
}

function unseen({ kind }: Shape, { path, type }: Spot): NestedRule {
  const why = `values of the type ${cut(type, 100)} can’t be looked into`;
  return { path, rule: 'type', expected: `what the contract says of values inside of this ${kind}`, violated: { why } };
}

function fieldRules(
  fields: readonly ContractColumn[],
  types: ReadonlyMap<string, string>,
  spot: Spot,
): readonly NestedRule[] {
  return fields.flatMap((field) => {
    const path = `${spot.path}.${field.name}`;
    const type = types.get(field.name);
    const present = `(${spot.present} AND ${spot.sql} IS NOT NULL)`;
    if (type === undefined) return [rule({ ...spot, path }, 'column_missing', 'the field in the file', present)];
    const sql = `struct_extract(${spot.sql}, ${quoteText(field.name)})`;
    return rulesAt(field, { ...spot, path, sql, type, present });
  });
}

function arrayRules(shape: Extract<Shape, { kind: 'array' }>, element: string, spot: Spot): readonly NestedRule[] {
  const { items, minItems, maxItems, uniqueItems } = shape;
  const list = `CAST(${spot.sql} AS ${element}[])`;
  const rules: NestedRule[] = [];
  if (minItems !== null) rules.push(rule(spot, 'min_items', `${minItems} items or more`, `len(${list}) < ${minItems}`));
  if (maxItems !== null)
    rules.push(rule(spot, 'max_items', `${maxItems} items or fewer`, `len(${list}) > ${maxItems}`));
  if (uniqueItems) {
    const present = `len(list_filter(${list}, lambda u: u IS NOT NULL))`;
    rules.push(rule(spot, 'unique_items', 'each item once', `${present} > len(list_distinct(${list}))`));
  }
  if (items === null) return rules;
  const name = `x${spot.arrays}`;
  const ofRow = (condition: string): string =>
    spot.ofRow(`len(list_filter(${list}, lambda ${name}: coalesce(${condition}, false))) > 0`);
  const inner = { ...spot, path: `${spot.path}[]`, sql: name, type: element, present: 'true', ofRow };
  return [...rules, ...rulesAt(items, { ...inner, arrays: spot.arrays + 1 })];
}

function scalarRules(column: ContractColumn, spot: Spot): readonly NestedRule[] {
  const table: TableColumn = { name: spot.path, sql: spot.sql, type: spot.type, typed: true };
  const code = hasSqlForm(column, table) ? violatedRule(column, table) : null;
  const rules = valueRules(column).map(({ rule: name, expected }, index): NestedRule => {
    if (code === null) {
      const why = 'this format or pattern can be checked of whole columns only';
      return { path: spot.path, rule: name, expected, violated: { why } };
    }
    return rule(spot, name, expected, `${spot.present} AND (${code}) = ${index}`);
  });
  return column.unique ? [...rules, uniqueRule(spot)] : rules;
}

function uniqueRule(spot: Spot): NestedRule {
  if (spot.arrays > 0) {
    const why = 'uniqueness over the items of all rows is not computed: state uniqueItems of the array';
    return { path: spot.path, rule: 'unique', expected: 'each value once', violated: { why } };
  }
  const repeated = `SELECT ${spot.sql} FROM ${spot.relation} WHERE ${spot.sql} IS NOT NULL GROUP BY ALL HAVING count(*) > 1`;
  return rule(spot, 'unique', 'each value once', `${spot.sql} IN (${repeated})`);
}

function rule(spot: Spot, name: RuleName, expected: string, condition: string): NestedRule {
  return { path: spot.path, rule: name, expected: cut(expected), violated: { where: spot.ofRow(condition) } };
}

/** One scan that counts the rows that violate each rule; null where none can be counted. */
export function nestedQuery({ relation }: DataTable, rules: readonly NestedRule[]): string | null {
  const counts = rules.flatMap(({ violated }) =>
    'where' in violated ? [`count(*) FILTER (WHERE ${violated.where})`] : [],
  );
  return counts.length === 0 ? null : `SELECT ${counts.join(', ')} FROM ${relation}`;
}

/** @param counts of `nestedQuery` for the same rules; in words why there are none */
export function judgeNested(
  column: ContractColumn,
  table: TableColumn,
  rules: readonly NestedRule[],
  counts: readonly (string | number | boolean | null)[] | string,
  rows: number,
): readonly Measured[] {
  let at = 0;
  const { severity, tolerance, line } = column;
  return rules.map(({ path, rule: name, expected, violated }): Measured => {
    const about = {
      ...{ rule: name, columns: [cut(path, 256)], severity, expected: cut(`${path}: ${expected}`), of: rows },
      ...{ tolerance, contractLine: line, label: '' },
    };
    const why = 'why' in violated ? violated.why : typeof counts === 'string' ? counts : null;
    if (why !== null) return { ...about, status: 'not_checked', found: cut(why), count: null, search: null };
    const count = Number(counts[at] ?? 0);
    at += 1;
    const where = 'where' in violated ? violated.where : 'false';
    return {
      ...about,
      status: isTolerated(count, rows, tolerance) ? 'passed' : 'failed',
      found: `${rowsOf(count, rows)} violate it`,
      count,
      search: count === 0 ? null : { where, show: [{ ...table, sql: `${textOf(table)}`, type: 'VARCHAR' }] },
    };
  });
}
