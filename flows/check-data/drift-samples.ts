import { cut } from '../../core/data/checks/measured.ts';
import type { DataTable, TableColumn } from '../../core/data/checks/table.ts';
import { typeOf } from '../../core/data/checks/type-family.ts';
import { numberOf } from '../../core/data/checks/value-sql.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import { type DriftColumn, MOST_CATEGORIES } from '../../core/data/drift/drift.ts';
import { driftWish, isStructured, type NotTested } from '../../core/data/drift/drift-wish.ts';
import { cellsQuery, droppedFor, readCellRows, sampleQuery } from '../../core/data/profile/cells-sql.ts';
import { sampleFromCounts } from '../../core/data/profile/from-counts.ts';
import {
  alignNumbers,
  coarsenessWords,
  mergeNumbers,
  type NumberSketch,
} from '../../core/data/profile/number-sketch.ts';
import type { NotCompared } from '../../core/data/report/base.ts';
import type { ColumnType } from '../../core/data/report/profile.ts';
import type { TableMeasures } from './measure.ts';
import { type DataEngine, DataEngineError } from './ports.ts';

/** Cells in which a column with too many values to count is compared. */
const CELLS = 1024;

export interface MeasuredTable {
  readonly table: DataTable;
  readonly measures: TableMeasures;
}

export interface DriftSamples {
  readonly columns: readonly DriftColumn[];
  readonly notCompared: readonly NotCompared[];
  /** In words, for the report. */
  readonly approximate: readonly string[];
}

/**
 * What drift compares of each column that both have: value counts, or cells where a side has too many values to count.
 * @throws DataEngineError
 */
export async function driftSamples(
  head: MeasuredTable,
  base: MeasuredTable,
  contract: DataContract,
  engine: DataEngine,
): Promise<DriftSamples> {
  const others = new Map(base.table.columns.map((column) => [column.name, column]));
  const wish = driftWish(contract);
  const types = [driftTypes(head, contract), driftTypes(base, contract)] as const;
  const columns: DriftColumn[] = [];
  const notCompared: NotCompared[] = [];
  const approximate: string[] = [];
  for (const column of head.table.columns) {
    const other = others.get(column.name);
    if (other === undefined) continue;
    const [type = 'string', before = 'string'] = [types[0].get(column.name), types[1].get(column.name)];
    const wanted = wish(column.name, type);
    const sides =
      'code' in wanted
        ? wanted
        : await compared({ head, base, engine, types: [type, before], columns: [column, other], approximate });
    if ('code' in sides) notCompared.push({ what: 'drift', column: cut(column.name, 256), ...sides });
    else if (!('code' in wanted)) columns.push({ column: column.name, ...wanted, ...sides });
  }
  return { columns, notCompared, approximate };
}

type Sides = Pick<DriftColumn, 'head' | 'base'>;

/**
 * As what the values of each column are compared, by name. Where the contract says that text holds numbers or dates they
 * are these, also if some rows of it are wrong.
 */
export function driftTypes(
  { table, measures }: MeasuredTable,
  contract: DataContract,
): ReadonlyMap<string, ColumnType> {
  const found = new Map(measures.profiles.map(({ name, type }) => [name, type]));
  const stated = new Map(contract.columns.map(({ name, logicalType }) => [name, logicalType]));
  return new Map(
    table.columns.map((column): [string, ColumnType] => {
      const own = typeOf(column);
      const wanted = stated.get(column.name) ?? null;
      const known = wanted !== null && (isPlaced(wanted) || wanted === 'string') ? wanted : null;
      return [column.name, own ?? known ?? found.get(cut(column.name, 256)) ?? 'string'];
    }),
  );
}

export function isPlaced(type: ColumnType): type is 'integer' | 'number' | 'date' | 'timestamp' {
  return type === 'integer' || type === 'number' || type === 'date' || type === 'timestamp';
}

interface Comparing {
  readonly head: MeasuredTable;
  readonly base: MeasuredTable;
  readonly engine: DataEngine;
  readonly types: readonly [head: ColumnType, base: ColumnType];
  readonly columns: readonly [head: TableColumn, base: TableColumn];
  /** Appended to. */
  readonly approximate: string[];
}

async function compared(one: Comparing): Promise<Sides | NotTested> {
  const { head, base, types, columns } = one;
  const [type, before] = types;
  if (isPlaced(type) !== isPlaced(before) || isStructured(before))
    return { code: 'type_changed', reason: `it is ${type} in the head and ${before} in the base` };
  const [a, b] = [head.measures.counted.get(columns[0]), base.measures.counted.get(columns[1])];
  if (!isPlaced(type) || !isPlaced(before)) {
    const most = Math.max(a?.counts.size ?? Infinity, b?.counts.size ?? Infinity);
    if (a === undefined || b === undefined || most > MOST_CATEGORIES)
      return {
        code: 'too_many_categories',
        reason: `it has more than ${MOST_CATEGORIES} different values that are no numbers`,
      };
    return { head: sampleFromCounts({ type, counted: a }), base: sampleFromCounts({ type, counted: b }) };
  }
  if (a !== undefined && b !== undefined)
    return { head: sampleFromCounts({ type, counted: a }), base: sampleFromCounts({ type: before, counted: b }) };
  const left = await cellsOf(one.engine, head.table, numberOf({ logicalType: type }, columns[0]));
  const right = await cellsOf(one.engine, base.table, numberOf({ logicalType: before }, columns[1]));
  const coarse = coarsenessWords(cut(columns[0].name, 256), left, right);
  if (coarse !== null) one.approximate.push(coarse);
  const [x, y] = alignNumbers(left, right);
  return {
    head: { kind: 'numbers', counts: x, nulls: nullsOf(head, columns[0]) },
    base: { kind: 'numbers', counts: y, nulls: nullsOf(base, columns[1]) },
  };
}

/** A column's numbers in at most so many cells. @throws DataEngineError */
export async function cellsOf(
  engine: DataEngine,
  { relation }: DataTable,
  number: string,
  most = CELLS,
): Promise<NumberSketch> {
  const sample = await engine.query(sampleQuery(relation, number));
  const dropped = droppedFor(
    sample.rows.flatMap(([value]) => (value === null || value === undefined ? [] : [Number(value)])),
    most,
  );
  return countCells(engine, relation, number, dropped, most);
}

/** What a sample does not show may fill more cells than an answer may have rows; coarser ones are fewer. */
async function countCells(
  engine: DataEngine,
  relation: string,
  number: string,
  dropped: number,
  most: number,
): Promise<NumberSketch> {
  try {
    const cells = await engine.query(cellsQuery(relation, number, dropped));
    return mergeNumbers(readCellRows(cells.rows, dropped), { dropped: 0, keys: [], counts: [] }, most);
  } catch (error) {
    const coarser = error instanceof DataEngineError && error.code === 'too_many_rows' && dropped < 63;
    if (!coarser) throw error;
    return countCells(engine, relation, number, Math.min(63, dropped + 4), most);
  }
}

function nullsOf({ measures }: MeasuredTable, { name }: TableColumn): number {
  return measures.profiles.find((profile) => profile.name === cut(name, 256))?.nulls ?? 0;
}
