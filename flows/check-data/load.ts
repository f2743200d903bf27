import { isText } from '../../core/data/checks/data-format.ts';
import { columnNames, schemaQuery } from '../../core/data/checks/parquet-sql.ts';
import {
  describeQuery,
  hasHeader,
  integerType,
  isCsv,
  jsonType,
  loadStatements,
  numberedRows,
  roundedQuery,
  type Source,
  type SourceColumn,
  writtenIntegersQuery,
} from '../../core/data/checks/source-sql.ts';
import { columnName, type DataTable, type KeyHash, placeName } from '../../core/data/checks/table.ts';
import { type CsvProblem, readCsv } from '../../core/data/csv.ts';
import type { DataFormat } from '../../core/data/report/data-report.ts';
import { QuoteError } from '../../core/data/sql/quote.ts';
import { findInvalidUtf8 } from '../../core/data/text/encoding.ts';
import { refuseUneven } from './parquet-footers.ts';
import type { DataEngine, DataFile, DataFiles, EngineLimits } from './ports.ts';
import { UnreadableData } from './unreadable.ts';

export interface Dataset {
  /** Of the files as they were found. */
  readonly format: DataFormat;
  /** As they were found: reports state their digests. */
  readonly origins: readonly DataFile[];
  /** What is read in their place, one for each; the same where nothing had to be converted. */
  readonly files: readonly DataFile[];
  /** What lies beside them and is no data; absent or empty where nothing does. */
  readonly leftOut?: readonly DataFile[];
  readonly source: Source;
  /**
   * The same rows in the one form that every reader takes, where readers could disagree over text that is right; null where
   * none could, absent where nobody has looked.
   */
  readonly rewritten?: Dataset | null;
  /** Whether it is one file of CSV of which it is known that each line after the header is a row. */
  readonly plainLines?: boolean;
}

/** Bytes of a file in which its header must end. */
const HEAD = 1 << 20;
/** As many as a report holds. */
const MAX_COLUMNS = 5000;

export interface Loaded {
  readonly table: DataTable;
  /** As the file names them, also where a name occurs twice. */
  readonly columns: readonly SourceColumn[];
}

/**
 * Makes the dataset a relation of the engine.
 * @param keys names of columns that are to be unique together; hashed while they are read, they are compared at little cost
 * @throws UnreadableData, DataEngineError
 */
export async function load(
  dataset: Dataset,
  relation: string,
  engine: DataEngine,
  files: DataFiles,
  keys: readonly (readonly string[])[] = [],
): Promise<Loaded> {
  const { source } = dataset;
  await refuseUneven(dataset, engine);
  const inFile = isCsv(source) ? await csvHeader(dataset, files) : await describe(dataset, engine, files);
  const columns = isCsv(source) ? [...inFile, ...source.partitions.map((name) => ({ name, type: 'VARCHAR' }))] : inFile;
  if (columns.length > MAX_COLUMNS)
    throw new UnreadableData('not_checked', `expected ${MAX_COLUMNS} columns at most, found ${columns.length}`);
  const hashes = source.format === 'parquet' ? [] : keyHashes(columns, keys);
  await engine.query(loading(source, relation, columns, hashes));
  const exact = await exactIntegers(source, relation, columns, engine);
  if (exact !== columns) {
    await engine.query(`DROP TABLE ${relation}`);
    await engine.query(loading(source, relation, exact, hashes));
  }
  const { rows } = await engine.query(`SELECT count(*) FROM ${relation}`);
  // The value of a partition is the name of a folder, and has no type.
  const typed = (name: string): boolean => !isCsv(source) && !source.partitions.includes(name);
  const json = isText(source) && !isCsv(source);
  const table = {
    relation,
    rows: Number(rows[0]?.[0] ?? 0),
    columns: exact.map(({ name, type }, index) => ({ name, type, typed: typed(name), json, sql: columnName(index) })),
    numbered: numberedRows(source, relation, exact),
    ...(source.format === 'parquet' ? {} : { rowNumber: 'rowid' }),
    keys: hashes,
  };
  return { table, columns: exact };
}

/**
 * The columns with types that hold integers of JSON as they are written: DuckDB takes those of more than 64 bits for
 * doubles, of which many are equal that were not.
 * @returns the columns as they came where none is of that kind
 */
async function exactIntegers(
  source: Source,
  relation: string,
  columns: readonly SourceColumn[],
  engine: DataEngine,
): Promise<readonly SourceColumn[]> {
  if (source.format !== 'json' && source.format !== 'jsonl') return columns;
  const query = roundedQuery(relation, columns);
  if (query === null) return columns;
  const [rounded = []] = (await engine.query(query)).rows;
  const doubles = columns.filter(({ type }) => type === 'DOUBLE').filter((_, at) => rounded[at] === true);
  if (doubles.length === 0) return columns;
  const [digits = []] = (await engine.query(writtenIntegersQuery(source, doubles))).rows;
  const types = new Map(
    doubles.flatMap(({ name }, at) => (digits[at] === null ? [] : [[name, integerType(Number(digits[at]))] as const])),
  );
  return types.size === 0
    ? columns
    : columns.map((column) => ({ ...column, type: types.get(column.name) ?? column.type }));
}

/** Columns of a text file beyond which it is read by one thread. */
const WIDE = 200;

/**
 * The limits of an engine for such data. Each thread that reads text holds a part of each column, and many parts at once
 * where the order of rows is kept: a thousand columns take gigabytes with two threads, and a tenth with one.
 * @throws UnreadableData
 */
export async function limitsFor(
  datasets: readonly Dataset[],
  limits: EngineLimits,
  files: DataFiles,
): Promise<EngineLimits> {
  for (const dataset of datasets)
    if (isCsv(dataset.source) && (await csvHeader(dataset, files)).length > WIDE)
      return {
        ...limits,
        // What is read later than the rest, when rules first ask for it, is read by as many threads as work then.
        ...(datasets.length === 1 ? { readingThreads: 1 } : { threads: 1 }),
        memoryMb: Math.max(limits.memoryMb, limits.wideMemoryMb ?? 0),
      };
  return limits;
}

/** As many as a table may keep for what it saves. */
const MAX_KEYS = 4;

function keyHashes(columns: readonly SourceColumn[], keys: readonly (readonly string[])[]): readonly KeyHash[] {
  const places = new Map(columns.map(({ name }, index) => [name, index] as const).toReversed());
  const known = new Map<string, KeyHash>();
  for (const names of keys) {
    const of = names.flatMap((name) => {
      const place = places.get(name);
      return place === undefined ? [] : [columnName(place)];
    });
    if (of.length === names.length && of.length > 1 && known.size < MAX_KEYS)
      known.set(of.join(','), { of, sql: `k${known.size}` });
  }
  return [...known.values()];
}

function loading(
  source: Source,
  relation: string,
  columns: readonly SourceColumn[],
  hashes: readonly KeyHash[],
): string {
  try {
    return loadStatements(source, relation, columns, hashes);
  } catch (error) {
    if (!(error instanceof QuoteError)) throw error;
    throw new UnreadableData('not_checked', `a column has a name that no query can hold: ${error.message}`);
  }
}

async function describe(
  { files: listed, source }: Dataset,
  engine: DataEngine,
  files: DataFiles,
): Promise<readonly SourceColumn[]> {
  const [first] = listed;
  // DuckDB finds one column in an empty file of JSON.
  if (source.format !== 'parquet' && first !== undefined && listed.length === 1 && first.bytes < HEAD) {
    const head = await files.head(first, HEAD, source.compression);
    if (head.every((byte) => byte <= 0x20))
      throw new UnreadableData('failed', `${first.name}: the file is empty: expected a record`);
  }
  await refusePartitionInFile(source, engine);
  const { rows } = await engine.query(describeQuery(source));
  const columns = rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
  if (source.format !== 'parquet') return columns.map(({ name, type }) => ({ name, type: jsonType(type) }));
  const names = columnNames((await engine.query(schemaQuery(source.paths))).rows);
  return columns.map((column, at) => ({ ...column, name: names[at] ?? column.name, alias: column.name }));
}

/** Its folder and its rows would each state the column, and readers differ in which they take. */
async function refusePartitionInFile(source: Source, engine: DataEngine): Promise<void> {
  if (source.partitions.length === 0) return;
  const inFile = await engine.query(describeQuery({ ...source, partitions: [] }));
  const names = new Set(inFile.rows.map(([name]) => String(name).toLowerCase()));
  const both = source.partitions.find((name) => names.has(name.toLowerCase()));
  if (both !== undefined)
    throw new UnreadableData(
      'failed',
      `the column ${JSON.stringify(both)} is in the files and in the names of their folders: leave one`,
    );
}

/** The header by the reader that also finds lines, so that no second opinion decides what a column is. */
async function csvHeader({ files: listed, source }: Dataset, files: DataFiles): Promise<readonly SourceColumn[]> {
  let header: readonly string[] | null = null;
  for (const file of listed) {
    const names = await headerOf(file, source, files);
    const alike = hasHeader(source) ? names.join('\0') === header?.join('\0') : names.length === header?.length;
    if (header !== null && !alike)
      throw new UnreadableData(
        'failed',
        `${file.name}: expected the ${hasHeader(source) ? 'header' : 'number of columns'} of ${listed[0]?.name}, found another`,
      );
    header = names;
  }
  const { names } = source;
  return (header ?? []).map((name, at) => ({
    name: names === undefined ? name : placeName(names, at),
    type: 'VARCHAR',
  }));
}

async function headerOf(file: DataFile, source: Source, files: DataFiles): Promise<readonly string[]> {
  const bytes = await files.head(file, HEAD, source.compression);
  const place = { file: file.name, line: 1 };
  if (bytes.length === 0)
    throw new UnreadableData(
      'failed',
      `${file.name}: the file is empty: expected a ${hasHeader(source) ? 'header line' : 'row'}`,
      { place },
    );
  const found = firstRecord(bytes, source.delimiter);
  if (found !== null && 'length' in found) return found;
  const why = found === null ? `expected a ${hasHeader(source) ? 'header line' : 'row'}, found none` : found.message;
  const invalid = found?.code === 'invalid_utf8' ? findInvalidUtf8([bytes]) : null;
  const other = found?.code === 'stray_quote' && LIKE_JSON.test(firstText(bytes)) ? `${IS_JSON}: ` : '';
  throw new UnreadableData('failed', `${file.name}: ${other}${invalid?.message ?? why}`, {
    place: { ...place, line: invalid?.line ?? found?.line ?? 1 },
  });
}

const LIKE_JSON = /^\uFEFF?\s*(?:\{\s*"|\[\s*[[{])/;
const IS_JSON =
  'the first line looks like JSON: name the file .jsonl where each line is an object, and .json where it is one array';

function firstText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, 100));
}

function firstRecord(bytes: Uint8Array, delimiter: string): readonly string[] | CsvProblem | null {
  for (const item of readCsv([bytes], delimiter)) return item.kind === 'record' ? item.values : item;
  return null;
}
