import { profileCounts } from '../../core/data/checks/column-profile.ts';
import { judgeCounts } from '../../core/data/checks/column-rules.ts';
import { judgeHeader } from '../../core/data/checks/header.ts';
import type { Measured } from '../../core/data/checks/measured.ts';
import { inferType } from '../../core/data/checks/number-line.ts';
import { judgeScan, rulesQuery, type ScannedColumn } from '../../core/data/checks/scan.ts';
import { readSketches, type Sketched, sketchQuery } from '../../core/data/checks/scan-profile.ts';
import type { DataTable, TableColumn } from '../../core/data/checks/table.ts';
import { typeOf } from '../../core/data/checks/type-family.ts';
import { COUNTED_TOGETHER, countsQuery, readCounts, type ValueCounts } from '../../core/data/checks/value-counts.ts';
import { hasSqlForm } from '../../core/data/checks/value-sql.ts';
import type { ContractColumn, DataContract } from '../../core/data/contract-model.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';
import { type DataEngine, DataEngineError } from './ports.ts';

/** The most distinct values of a column that are counted one by one; beyond, sketches take over. */
export const MAX_COUNTED = 500_000;
/** A scan's result may be as large as all columns of a group together. */
const MAX_RESULT = 1_000_000;
/** Columns scanned in one query. */
const SCANNED_TOGETHER = 64;
const SAMPLE = 10_000;

export interface TableMeasures {
  readonly counted: ReadonlyMap<TableColumn, ValueCounts>;
  readonly profiles: readonly ColumnProfile[];
  readonly rules: readonly Measured[];
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
  const few = await columnsWithFewValues(table, engine, maxCounted);
  const counted = await countAll(table, few, declared, engine);
  const scanned = table.columns.filter((column) => !counted.has(column));
  const sketches = await sketchAll(table, scanned, declared, engine);
  const profiles: ColumnProfile[] = [];
  const rules: Measured[] =
    contract === null
      ? []
      : judgeHeader(
          contract,
          table.columns.map(({ name }) => name),
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
  rules.push(...(await judgeScanned(table, scanned, declared, engine)));
  const approximate =
    scanned.length === 0
      ? []
      : [
          `distinct values and quantiles of ${scanned.length} ${scanned.length === 1 ? 'column' : 'columns'} with more than ${maxCounted} distinct values`,
        ];
  return { counted, profiles, rules, approximate };
}

type Declared = ReadonlyMap<string, ContractColumn>;

interface Estimated {
  readonly column: TableColumn;
  /** Distinct values, about. */
  readonly distinct: number;
}

/** Rows of which a sample consists, about. */
const SAMPLED = 100_000;

/**
 * Which columns can be counted. In a sample of whole blocks a column has at least as many distinct values for each row as
 * in all rows, so what is few by the sample is few; of the others, a sketch of all rows says how many they have.
 */
async function columnsWithFewValues(table: DataTable, engine: DataEngine, most: number): Promise<readonly Estimated[]> {
  if (table.rows <= most) return table.columns.map((column) => ({ column, distinct: table.rows }));
  const percent = Math.min(100, (100 * SAMPLED) / table.rows);
  const sample = `(SELECT * FROM ${table.relation} USING SAMPLE ${percent.toFixed(4)} PERCENT (system, 1))`;
  const scale = Math.max(1, table.rows / SAMPLED);
  const sampled = await estimate(sample, table.columns, engine);
  const sure = sampled.flatMap(({ column, distinct }) =>
    distinct * scale <= most ? [{ column, distinct: distinct * scale }] : [],
  );
  const known = new Set(sure.map(({ column }) => column));
  const unsure = table.columns.filter((column) => !known.has(column));
  const sketched = await estimate(table.relation, unsure, engine);
  return [...sure, ...sketched.filter(({ distinct }) => distinct <= most * 0.9)];
}

async function estimate(
  relation: string,
  columns: readonly TableColumn[],
  engine: DataEngine,
): Promise<readonly Estimated[]> {
  const found: Estimated[] = [];
  for (const group of groupsOf(columns, SCANNED_TOGETHER)) {
    const sketches = group.map(({ sql }) => `approx_count_distinct(${sql})`).join(', ');
    const { rows } = await engine.query(`SELECT ${sketches} FROM ${relation}`);
    found.push(...group.map((column, index) => ({ column, distinct: Number(rows[0]?.[index] ?? 0) })));
  }
  return found;
}

async function countAll(
  table: DataTable,
  columns: readonly Estimated[],
  declared: Declared,
  engine: DataEngine,
): Promise<Map<TableColumn, ValueCounts>> {
  const counted = new Map<TableColumn, ValueCounts>();
  const few = new Set(columns.map(({ column }) => column));
  // What has no form in SQL has to be counted, however many values there are.
  const needed = table.columns.flatMap((column): Estimated[] => {
    const wanted = declared.get(column.name);
    return wanted === undefined || few.has(column) || hasSqlForm(wanted, column)
      ? []
      : [{ column, distinct: table.rows }];
  });
  for (const group of bySize([...columns, ...needed])) {
    try {
      const { rows } = await engine.query(countsQuery(table.relation, group), MAX_RESULT);
      for (const values of readCounts(group, rows)) counted.set(values.column, values);
    } catch (error) {
      // The sample was wrong about a column: sketches have it, unless its rules need every value.
      if (!(error instanceof DataEngineError) || error.code !== 'too_many_rows') throw error;
      if (group.some((column) => needed.some((one) => one.column === column))) throw error;
    }
  }
  return counted;
}

/** Groups that are counted in one scan each: neither too many columns nor too many values. */
function bySize(columns: readonly Estimated[]): (readonly TableColumn[])[] {
  const groups: TableColumn[][] = [];
  let values = Number.POSITIVE_INFINITY;
  for (const { column, distinct } of columns.toSorted((a, b) => a.distinct - b.distinct)) {
    const group = groups.at(-1);
    values += distinct;
    if (group !== undefined && group.length < COUNTED_TOGETHER && values <= MAX_COUNTED) group.push(column);
    else {
      groups.push([column]);
      values = distinct;
    }
  }
  return groups;
}

async function sketchAll(
  table: DataTable,
  columns: readonly TableColumn[],
  declared: Declared,
  engine: DataEngine,
): Promise<Map<TableColumn, ColumnProfile>> {
  const profiles = new Map<TableColumn, ColumnProfile>();
  for (const group of groupsOf(columns, SCANNED_TOGETHER)) {
    const typed: Sketched[] = [];
    for (const column of group)
      typed.push({ table: column, type: await typeOfScanned(table, column, declared, engine) });
    const { rows } = await engine.query(sketchQuery(table.relation, typed));
    const read = readSketches(typed, rows[0] ?? [], table.rows);
    group.forEach((column, index) => {
      const profile = read[index];
      if (profile !== undefined) profiles.set(column, profile);
    });
  }
  return profiles;
}

async function typeOfScanned(
  table: DataTable,
  column: TableColumn,
  declared: Declared,
  engine: DataEngine,
): Promise<ColumnProfile['type']> {
  const known = typeOf(column) ?? declared.get(column.name)?.logicalType ?? null;
  if (known !== null) return known;
  const { rows } = await engine.query(
    `SELECT ${column.sql} FROM ${table.relation} WHERE ${column.sql} IS NOT NULL LIMIT ${SAMPLE}`,
  );
  return inferType(rows.map(([value]) => String(value)));
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

function groupsOf<T>(items: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
