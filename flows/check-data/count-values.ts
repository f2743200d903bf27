import { type DataTable, firstRows, type TableColumn, textOf } from '../../core/data/checks/table.ts';
import {
  countsQuery,
  readCounts,
  readLists,
  readsInLists,
  type ValueCounts,
  valuesQuery,
} from '../../core/data/checks/value-counts.ts';
import { hasSqlForm } from '../../core/data/checks/value-sql.ts';
import type { ContractColumn } from '../../core/data/contract-model.ts';
import { groupsOf } from '../../core/groups.ts';
import { type DataEngine, DataEngineError } from './ports.ts';

/** The most distinct values of a column that are counted one by one; beyond, sketches take over. */
export const MAX_COUNTED = 500_000;
/** Of all columns together: a table of a thousand columns would otherwise be handed over value by value. */
export const MAX_COUNTED_TOGETHER = 2_000_000;
/** The most that are counted of one column; what a sample says of it may be wrong. */
const MAX_RESULT = 1_000_000;
/** Columns looked at in one query. */
export const SCANNED_TOGETHER = 64;
/** Columns asked for at one time: while the values of one are read here, the engine counts the next. */
const COUNTED_AHEAD = 16;
/** Rows that are looked at first; fewer of very many columns. */
const SAMPLED = { rows: 20_000, least: 10_000, cells: 10_000_000 };
/** Of all values of a column together. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
/** Values that are counted, however long they are. */
const FEW = 1000;
/** Rows so few that a query costs more than they do: all values of many columns are asked for at once. */
const FEW_ROWS = 1000;
/** Types whose values are short. */
const FIXED_WIDTH =
  /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIME.*|UUID|INTERVAL)$/;

interface Estimated {
  readonly column: TableColumn;
  /** Distinct values, about. */
  readonly distinct: number;
  /** Of one value as text, on average; 0 where no value is long. */
  readonly characters: number;
}

/**
 * Counts the values of each column that has few enough, and of those that have rules without a form in SQL, however many
 * values they have.
 *
 * @param ahead called once all columns have been asked for, with those that may hold each value once: what is asked then,
 * the engine does while their values are read here
 * @throws DataEngineError
 */
export async function countValues(
  table: DataTable,
  declared: ReadonlyMap<string, ContractColumn>,
  engine: DataEngine,
  most: number,
  ahead: (distinct: ReadonlySet<TableColumn>) => void = () => {},
): Promise<ReadonlyMap<TableColumn, ValueCounts>> {
  const estimated = await columnsWithFewValues(table, engine, most);
  const few = estimated.toSorted((a, b) => a.distinct - b.distinct);
  const counted = new Map<TableColumn, ValueCounts>();
  let left = MAX_COUNTED_TOGETHER;
  if (table.rows <= FEW_ROWS && table.rows * table.columns.length <= left)
    for (const values of await countTogether(table, few, most, engine)) {
      counted.set(values.column, values);
      left -= values.counts.size;
    }
  for (let group = next(few, left); group.length > 0; group = next(few, left)) {
    // The one with the most values first: the engine counts the others while they are read.
    const asked = group.toReversed().map(({ column }) => count(table, column, most, engine));
    if (few.length === 0) ahead(nearlyDistinct(estimated, table.rows));
    const counts = await Promise.all(asked);
    for (const values of counts) {
      if (values === null) continue;
      counted.set(values.column, values);
      left -= values.counts.size;
    }
  }
  for (const column of table.columns) {
    const wanted = declared.get(column.name);
    if (wanted === undefined || counted.has(column) || hasSqlForm(wanted, column)) continue;
    const counts = await count(table, column, MAX_RESULT, engine);
    if (counts === null)
      throw new DataEngineError(
        'too_many_rows',
        `the column ${JSON.stringify(column.name)} has more than ${MAX_RESULT} distinct values, and a rule that has to look at each: use a simpler pattern or format`,
      );
    counted.set(column, counts);
  }
  return counted;
}

/** Estimates may be half of what is there. */
function nearlyDistinct(columns: readonly Estimated[], rows: number): ReadonlySet<TableColumn> {
  return new Set(columns.flatMap(({ column, distinct }) => (distinct > rows / 2 ? [column] : [])));
}

/** Takes the next columns: as many as are asked for at one time, if they may have no more values together than are left. */
function next(columns: Estimated[], left: number): readonly Estimated[] {
  let values = 0;
  const most = columns.slice(0, COUNTED_AHEAD).findIndex(({ distinct }) => {
    values += distinct;
    return values > left;
  });
  return columns.splice(0, most === -1 ? COUNTED_AHEAD : most);
}

/** Takes what it counts out of the columns; what does not fit into an answer stays, to be counted by itself. */
async function countTogether(
  { relation }: DataTable,
  columns: Estimated[],
  most: number,
  engine: DataEngine,
): Promise<readonly ValueCounts[]> {
  const counted: ValueCounts[] = [];
  const together = columns.flatMap(({ column }) => (readsInLists(column) ? [column] : []));
  for (const group of groupsOf(together, SCANNED_TOGETHER)) {
    const lists = await known(engine.json(valuesQuery(relation, group)), (rows) => readLists(group, rows));
    counted.push(...(lists ?? []).filter(({ counts }) => counts.size <= most));
  }
  const done = new Set(counted.map(({ column }) => column));
  columns.splice(0, columns.length, ...columns.filter(({ column }) => !done.has(column)));
  return counted;
}

/** Null where there are too many values. */
async function count(
  table: DataTable,
  column: TableColumn,
  most: number,
  engine: DataEngine,
): Promise<ValueCounts | null> {
  const query = countsQuery(table.relation, column, most);
  return known(engine.json(query), (rows) => readCounts(column, rows, most));
}

type Answered = Awaited<ReturnType<DataEngine['json']>>;

/** Null where there is too much to be handed over. */
async function known<T>(asked: Promise<Answered>, read: (rows: Answered) => T): Promise<T | null> {
  try {
    return read(await asked);
  } catch (error) {
    // Values may be longer than the first rows told.
    if (error instanceof DataEngineError && ['too_many_rows', 'out_of_memory'].includes(error.code)) return null;
    if (error instanceof TypeError)
      throw new DataEngineError('crashed', 'the DuckDB process gave counts that are none', { cause: error });
    throw error;
  }
}

/**
 * Which columns can be counted. Of many rows the first say it: a column has about as many values for each row there as
 * in all rows, or fewer, and where that is wrong the count finds out. Of columns with many values there, a sketch of all
 * rows says how many they have. Columns whose values, were each counted, would not fit into an answer are left out:
 * documents are not counted one by one.
 */
async function columnsWithFewValues(table: DataTable, engine: DataEngine, most: number): Promise<readonly Estimated[]> {
  const { relation, rows, columns } = table;
  const sample = Math.min(SAMPLED.rows, Math.max(SAMPLED.least, Math.floor(SAMPLED.cells / columns.length)));
  const scale = Math.max(1, rows / sample);
  const whole = rows <= sample;
  const first = whole ? relation : firstRows(table, sample);
  const sampled = await estimate(first, columns, engine);
  const isLong = ({ characters }: Estimated): boolean => characters * Math.min(rows, most) > MAX_CHARACTERS;
  const short = sampled.filter((one) => !isLong(one));
  const long = sampled.filter(isLong).map(({ column }) => column);
  const scaled = short.map((one) => ({ ...one, distinct: Math.min(rows, one.distinct * scale) }));
  const sure = scaled.filter(({ distinct }) => distinct <= most);
  const unsure = scaled.filter(({ distinct }) => distinct > most).map(({ column }) => column);
  const sketched = whole ? [] : await estimate(relation, unsure, engine);
  // Long values may be few: a column of a thousand texts is counted, whatever their length.
  const texts = await estimate(relation, long, engine);
  return [
    ...sure,
    ...sketched.filter(({ distinct }) => distinct <= most * 0.9),
    ...texts.filter(({ distinct }) => distinct <= FEW),
  ];
}

async function estimate(
  relation: string,
  columns: readonly TableColumn[],
  engine: DataEngine,
): Promise<readonly Estimated[]> {
  const found: Estimated[] = [];
  for (const group of groupsOf(columns, SCANNED_TOGETHER)) {
    const sketches = group.map((column) => {
      const characters = FIXED_WIDTH.test(column.type) ? '0' : `avg(length(${textOf(column)}))`;
      return `approx_count_distinct(${column.sql}), ${characters}`;
    });
    const { rows } = await engine.query(`SELECT ${sketches.join(', ')} FROM ${relation}`);
    const cells = (rows[0] ?? []).map((cell) => Number(cell ?? 0));
    for (const [at, column] of group.entries())
      found.push({ column, distinct: cells[2 * at] ?? 0, characters: cells[2 * at + 1] ?? 0 });
  }
  return found;
}
