import { type DataTable, type TableColumn, textOf } from '../../core/data/checks/table.ts';
import { COUNTED_TOGETHER, countsQuery, readCounts, type ValueCounts } from '../../core/data/checks/value-counts.ts';
import { hasSqlForm } from '../../core/data/checks/value-sql.ts';
import type { ContractColumn } from '../../core/data/contract-model.ts';
import { type DataEngine, DataEngineError } from './ports.ts';

/** The most distinct values of a column that are counted one by one; beyond, sketches take over. */
export const MAX_COUNTED = 500_000;
/** Of all columns together: a table of a thousand columns would otherwise be handed over value by value. */
export const MAX_COUNTED_TOGETHER = 2_000_000;
/** The most that one scan may count; what a sample says of a column may be wrong. */
const MAX_RESULT = 1_000_000;
/** Columns looked at in one query. */
export const SCANNED_TOGETHER = 64;
const SAMPLED = 100_000;
/** Rows by which the length of a column's values is told. */
const FIRST_ROWS = 10_000;
/** Of all values of a column together. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
/** Values that are counted, however long they are. */
const FEW = 1000;
/** Types whose values are short. */
const FIXED_WIDTH =
  /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIME.*|UUID|INTERVAL)$/;

interface Estimated {
  readonly column: TableColumn;
  /** Distinct values, about. */
  readonly distinct: number;
}

/**
 * Counts the values of each column that has few enough, many columns in one scan, and of those that have rules without a
 * form in SQL, however many values they have. @throws DataEngineError
 */
export async function countValues(
  table: DataTable,
  declared: ReadonlyMap<string, ContractColumn>,
  engine: DataEngine,
  most: number,
): Promise<ReadonlyMap<TableColumn, ValueCounts>> {
  const few = within(await columnsWithFewValues(table, engine, most));
  const known = new Set(few.map(({ column }) => column));
  const needed = table.columns.filter((column) => {
    const wanted = declared.get(column.name);
    return wanted !== undefined && !known.has(column) && !hasSqlForm(wanted, column);
  });
  const counted = new Map<TableColumn, ValueCounts>();
  const wrong: TableColumn[] = [];
  for (const group of bySize(few)) {
    const counts = await count(table, group, engine);
    if (counts === null) wrong.push(...group);
    for (const one of counts ?? []) counted.set(one.column, one);
  }
  // The sample was wrong about one column of a group: all of the group are looked at whole, and counted alone.
  for (const { column, distinct } of await estimate(table.relation, wrong, engine)) {
    const counts = distinct <= most * 0.9 ? await count(table, [column], engine) : null;
    for (const one of counts ?? []) counted.set(one.column, one);
    const wanted = declared.get(column.name);
    if (counts === null && wanted !== undefined && !hasSqlForm(wanted, column)) needed.push(column);
  }
  for (const column of needed) {
    const [counts] = (await count(table, [column], engine)) ?? [];
    if (counts === undefined)
      throw new DataEngineError(
        'too_many_rows',
        `the column ${JSON.stringify(column.name)} has more than ${MAX_RESULT} distinct values, and a rule that has to look at each: use a simpler pattern or format`,
      );
    counted.set(column, counts);
  }
  return counted;
}

/** Null where there are too many values. */
async function count(
  table: DataTable,
  columns: readonly TableColumn[],
  engine: DataEngine,
): Promise<readonly ValueCounts[] | null> {
  try {
    const { rows } = await engine.query(countsQuery(table.relation, columns, MAX_RESULT), MAX_RESULT);
    return readCounts(columns, rows, MAX_RESULT);
  } catch (error) {
    // Values may be longer than the first rows told.
    if (error instanceof DataEngineError && ['too_many_rows', 'out_of_memory'].includes(error.code)) return null;
    if (error instanceof TypeError || error instanceof SyntaxError)
      throw new DataEngineError('crashed', 'the DuckDB process gave counts that are none', { cause: error });
    throw error;
  }
}

/**
 * Which columns can be counted. Of many rows the first say it: a column has about as many values for each row there as
 * in all rows, or fewer, and where that is wrong the count finds out. Of columns with many values there, a sketch of all
 * rows says how many they have.
 */
async function columnsWithFewValues(table: DataTable, engine: DataEngine, most: number): Promise<readonly Estimated[]> {
  const { relation, rows } = table;
  const columns = await withShortValues(table, engine, most);
  if (rows <= most && rows * columns.length <= MAX_COUNTED_TOGETHER)
    return columns.map((column) => ({ column, distinct: rows }));
  const scale = Math.max(1, rows / SAMPLED);
  const first = rows <= SAMPLED ? relation : `(SELECT * FROM ${relation} LIMIT ${SAMPLED})`;
  const sampled = await estimate(first, columns, engine);
  const scaled = sampled.map(({ column, distinct }) => ({ column, distinct: Math.min(rows, distinct * scale) }));
  const sure = scaled.filter(({ distinct }) => distinct <= most);
  const known = new Set(sure.map(({ column }) => column));
  const unsure = columns.filter((column) => !known.has(column));
  const sketched = rows <= SAMPLED ? [] : await estimate(relation, unsure, engine);
  return [...sure, ...sketched.filter(({ distinct }) => distinct <= most * 0.9)];
}

/** Columns whose values, were each counted, would fit into an answer: documents are not counted one by one. */
async function withShortValues(table: DataTable, engine: DataEngine, most: number): Promise<readonly TableColumn[]> {
  const { relation, columns, rows } = table;
  const long = new Set<TableColumn>();
  const texts = columns.filter(({ type }) => !FIXED_WIDTH.test(type));
  for (const group of groupsOf(texts, SCANNED_TOGETHER)) {
    const lengths = group.map((column) => `avg(length(${textOf(column)}))`).join(', ');
    const answer = await engine.query(`SELECT ${lengths} FROM (SELECT * FROM ${relation} LIMIT ${FIRST_ROWS})`);
    group.forEach((column, index) => {
      if (Number(answer.rows[0]?.[index] ?? 0) * Math.min(rows, most) > MAX_CHARACTERS) long.add(column);
    });
  }
  if (long.size === 0) return columns;
  // Long values may be few: a column of a thousand texts is counted, whatever their length.
  const distinct = await estimate(relation, [...long], engine);
  for (const { column, distinct: values } of distinct) if (values <= FEW) long.delete(column);
  return columns.filter((column) => !long.has(column));
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

/** Those with the fewest values, as many as may be counted together. */
function within(columns: readonly Estimated[]): readonly Estimated[] {
  let values = 0;
  return columns
    .toSorted((a, b) => a.distinct - b.distinct)
    .filter(({ distinct }) => {
      values += distinct;
      return values <= MAX_COUNTED_TOGETHER;
    });
}

/** Groups that are counted in one scan each: neither too many columns nor too many values. @param columns ascending */
function bySize(columns: readonly Estimated[]): (readonly TableColumn[])[] {
  const groups: TableColumn[][] = [];
  let values = Number.POSITIVE_INFINITY;
  for (const { column, distinct } of columns) {
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

export function groupsOf<T>(items: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
