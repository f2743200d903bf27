import type { DataTable, TableColumn } from '../../core/data/checks/table.ts';
import { numberOf } from '../../core/data/checks/value-sql.ts';
import type { DriftColumn } from '../../core/data/drift/drift.ts';
import { cellsQuery, droppedFor, readCellRows, sampleQuery } from '../../core/data/profile/cells-sql.ts';
import { sampleFromCounts } from '../../core/data/profile/from-counts.ts';
import { alignNumbers, mergeNumbers, type NumberSketch } from '../../core/data/profile/number-sketch.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';
import type { TableMeasures } from './measure.ts';
import { type DataEngine, DataEngineError } from './ports.ts';

/** Cells in which a column with too many values to count is compared. */
const CELLS = 1024;
/** Where nearly every row has a value of its own there is no distribution of categories to compare. */
const MOST_CATEGORIES = 1000;

export interface MeasuredTable {
  readonly table: DataTable;
  readonly measures: TableMeasures;
}

/**
 * What drift compares of each column that both have: value counts, or cells where a side has too many values to count.
 * The types are the head's. @throws DataEngineError
 */
export async function driftColumns(
  head: MeasuredTable,
  base: MeasuredTable,
  engine: DataEngine,
): Promise<DriftColumn[]> {
  const before = new Map(base.table.columns.map((column) => [column.name, column]));
  const types = new Map(head.measures.profiles.map(({ name, type }) => [name, type]));
  const columns: DriftColumn[] = [];
  for (const column of head.table.columns) {
    const [other, type] = [before.get(column.name), types.get(column.name)];
    if (other === undefined || type === undefined) continue;
    const sides = await compared({ head, base, engine, type, columns: [column, other] });
    if (sides !== null) columns.push({ column: column.name, test: null, smallestEffect: null, ...sides });
  }
  return columns;
}

interface Comparing {
  readonly head: MeasuredTable;
  readonly base: MeasuredTable;
  readonly engine: DataEngine;
  readonly type: ColumnProfile['type'];
  readonly columns: readonly [head: TableColumn, base: TableColumn];
}

async function compared(one: Comparing): Promise<Pick<DriftColumn, 'head' | 'base'> | null> {
  const { head, base, type, columns } = one;
  const [a, b] = [head.measures.counted.get(columns[0]), base.measures.counted.get(columns[1])];
  if (a !== undefined && b !== undefined) {
    if (Math.max(a.counts.size, b.counts.size) > MOST_CATEGORIES && type === 'string') return null;
    return { head: sampleFromCounts({ type, counted: a }), base: sampleFromCounts({ type, counted: b }) };
  }
  if (type !== 'integer' && type !== 'number' && type !== 'date' && type !== 'timestamp') return null;
  const left = await cellsOf(one.engine, head.table, numberOf({ logicalType: type }, columns[0]));
  const right = await cellsOf(one.engine, base.table, numberOf({ logicalType: type }, columns[1]));
  const [x, y] = alignNumbers(left, right);
  return {
    head: { kind: 'numbers', counts: x, nulls: nullsOf(head, columns[0]) },
    base: { kind: 'numbers', counts: y, nulls: nullsOf(base, columns[1]) },
  };
}

async function cellsOf(engine: DataEngine, { relation }: DataTable, number: string): Promise<NumberSketch> {
  const sample = await engine.query(sampleQuery(relation, number));
  const dropped = droppedFor(
    sample.rows.flatMap(([value]) => (value === null || value === undefined ? [] : [Number(value)])),
    CELLS,
  );
  return countCells(engine, relation, number, dropped);
}

/** What a sample does not show may fill more cells than an answer may have rows; coarser ones are fewer. */
async function countCells(
  engine: DataEngine,
  relation: string,
  number: string,
  dropped: number,
): Promise<NumberSketch> {
  try {
    const cells = await engine.query(cellsQuery(relation, number, dropped));
    return mergeNumbers(readCellRows(cells.rows, dropped), { dropped: 0, keys: [], counts: [] }, CELLS);
  } catch (error) {
    const coarser = error instanceof DataEngineError && error.code === 'too_many_rows' && dropped < 63;
    if (!coarser) throw error;
    return countCells(engine, relation, number, Math.min(63, dropped + 4));
  }
}

function nullsOf({ measures }: MeasuredTable, { name }: TableColumn): number {
  return measures.profiles.find((profile) => profile.name === name)?.nulls ?? 0;
}
