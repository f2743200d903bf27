import { profileCounts } from '../../core/data/checks/column-profile.ts';
import { judgeCounts } from '../../core/data/checks/column-rules.ts';
import { judgeHeader } from '../../core/data/checks/header.ts';
import type { Measured } from '../../core/data/checks/measured.ts';
import { inferType } from '../../core/data/checks/number-line.ts';
import type { SqlScalar } from '../../core/data/checks/result-row.ts';
import { judgeScan, rulesQuery, type ScannedColumn } from '../../core/data/checks/scan.ts';
import { readSketches, type Sketched, sketchQuery } from '../../core/data/checks/scan-profile.ts';
import { type DataTable, firstRows, type TableColumn, textOf } from '../../core/data/checks/table.ts';
import { typeOf } from '../../core/data/checks/type-family.ts';
import type { ValueCounts } from '../../core/data/checks/value-counts.ts';
import type { ContractColumn, DataContract } from '../../core/data/contract-model.ts';
import type { ColumnProfile, ColumnType } from '../../core/data/report/profile.ts';
import { groupsOf } from '../../core/groups.ts';
import { countValues, MAX_COUNTED, MAX_COUNTED_TOGETHER, SCANNED_TOGETHER } from './count-values.ts';
import { type DataEngine, DataEngineError } from './ports.ts';
import { Repeats } from './repeats.ts';

/** Rows, and values of one column, that are looked at of a column with too many to look at all: for its type, and for personal data. */
const FIRST_ROWS = 2000;
const FIRST_VALUES = 10_000;

export interface TableMeasures {
  readonly counted: ReadonlyMap<TableColumn, ValueCounts>;
  readonly profiles: readonly ColumnProfile[];
  readonly rules: readonly Measured[];
  readonly repeats: Repeats;
  /** In words, what is an estimate. */
  readonly approximate: readonly string[];
}

/**
 * Profiles each column and judges the rules of single values. Columns with few distinct values are counted value by
 * value, many columns in one scan, and everything else follows from the counts exactly; the others are scanned by rule.
 */
export async function measureTable(
  table: DataTable,
  contract: DataContract | null,
  engine: DataEngine,
  maxCounted = MAX_COUNTED,
): Promise<TableMeasures> {
  const declared = new Map(contract?.columns.map((column) => [column.name, column]));
  let counted: ReadonlyMap<TableColumn, ValueCounts> = new Map();
  const repeats = new Repeats(table, declared, (column) => counted.get(column), engine);
  counted = await countValues(table, declared, engine, maxCounted, (distinct) => {
    if (contract !== null) repeats.begin(contract, distinct);
  });
  const scanned = table.columns.filter((column) => !counted.has(column));
  const sketches = await sketchAll(table, scanned, declared, engine);
  const scannedRules = await judgeScanned(table, scanned, declared, engine);
  if (contract !== null) repeats.begin(contract);
  // The question is sent first: the other process works at it while this one looks at the values.
  await new Promise((resolve) => setImmediate(resolve));
  const profiles: ColumnProfile[] = [];
  const rules: Measured[] =
    contract === null
      ? []
      : judgeHeader(
          contract,
          table.columns.map(({ name }) => name),
          table.unnamed === true,
        );
  for (const column of table.columns) {
    const values = counted.get(column);
    const wanted = declared.get(column.name) ?? null;
    const sketch = sketches.get(column);
    if (values !== undefined) {
      profiles.push(profileCounts(values, table.rows, wanted?.logicalType ?? null));
      if (wanted !== null) rules.push(...judgeCounts(wanted, values, table.rows));
    } else if (sketch !== undefined) profiles.push(sketch);
  }
  rules.push(...scannedRules);
  return { counted, profiles, rules, repeats, approximate: approximations(scanned.length, table, maxCounted) };
}

function approximations(scanned: number, table: DataTable, maxCounted: number): readonly string[] {
  if (scanned === 0) return [];
  const columns = `${scanned} ${scanned === 1 ? 'column' : 'columns'}`;
  const together = `the ${table.columns.length} columns more than ${MAX_COUNTED_TOGETHER} together`;
  const many = `more than ${maxCounted} distinct values, or long ones${table.columns.length > 1 ? `, or ${together}` : ''}`;
  return [`distinct values and quantiles of ${columns}: ${scanned === 1 ? 'it has' : 'they have'} ${many}`];
}

type Declared = ReadonlyMap<string, ContractColumn>;

async function sketchAll(
  table: DataTable,
  columns: readonly TableColumn[],
  declared: Declared,
  engine: DataEngine,
): Promise<Map<TableColumn, ColumnProfile>> {
  const profiles = new Map<TableColumn, ColumnProfile>();
  for (const group of groupsOf(columns, SCANNED_TOGETHER)) {
    const typed = await typesOfScanned(table, group, declared, engine);
    const { rows } = await engine.query(sketchQuery(table.relation, typed));
    const read = readSketches(typed, rows[0] ?? [], table.rows);
    group.forEach((column, index) => {
      const profile = read[index];
      if (profile !== undefined) profiles.set(column, profile);
    });
  }
  return profiles;
}

async function typesOfScanned(
  table: DataTable,
  columns: readonly TableColumn[],
  declared: Declared,
  engine: DataEngine,
): Promise<readonly Sketched[]> {
  const stated = columns.map((column) => typeOf(column) ?? declared.get(column.name)?.logicalType ?? null);
  const open = columns.filter((_, index) => isLookedAt(stated[index] ?? null));
  const first = await firstValues(open, firstRows(table, FIRST_ROWS), engine);
  const typed: Sketched[] = [];
  for (const [index, column] of columns.entries()) {
    const known = stated[index] ?? null;
    const early = first.get(column) ?? [];
    const some = early.length > 0 || !isLookedAt(known) ? early : await late(column, table, engine);
    typed.push({ table: column, type: known ?? inferType(some), some });
  }
  return typed;
}

/** Whether some values are read: to tell the type by, or whether they are personal data. */
function isLookedAt(type: ColumnType | null): boolean {
  return type === null || ['string', 'integer', 'date', 'object', 'array'].includes(type);
}

/** Of a column that begins with nulls. */
async function late(column: TableColumn, { relation }: DataTable, engine: DataEngine): Promise<readonly string[]> {
  const rows = `(SELECT * FROM ${relation} WHERE ${column.sql} IS NOT NULL LIMIT ${FIRST_VALUES})`;
  return (await firstValues([column], rows, engine)).get(column) ?? [];
}

async function firstValues(
  columns: readonly TableColumn[],
  rows: string,
  engine: DataEngine,
): Promise<ReadonlyMap<TableColumn, readonly string[]>> {
  if (columns.length === 0) return new Map();
  // What is longer is text.
  const lists = columns.map((column) => `to_json(list(left(${textOf(column)}, 500)))::VARCHAR`).join(', ');
  const answer = await engine.query(`SELECT ${lists} FROM ${rows}`);
  return new Map(columns.map((column, index) => [column, textsOf(answer.rows[0]?.[index])]));
}

function textsOf(json: SqlScalar | undefined): readonly string[] {
  const values: unknown = typeof json === 'string' ? JSON.parse(json) : [];
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
}

async function judgeScanned(
  table: DataTable,
  columns: readonly TableColumn[],
  declared: Declared,
  engine: DataEngine,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  const ruled = columns.map((column): ScannedColumn => ({ table: column, column: declared.get(column.name) ?? null }));
  for (const group of groupsOf(ruled, SCANNED_TOGETHER)) {
    const query = rulesQuery(table.relation, group);
    if (query === null) continue;
    const { rows } = await engine.query(query);
    if (rows[0] === undefined) throw new DataEngineError('crashed', 'a scan of all rows gave no result');
    measured.push(...judgeScan(group, rows[0], table.rows));
  }
  return measured;
}
