import {
  describeQuery,
  isCsv,
  jsonType,
  loadStatements,
  type Source,
  type SourceColumn,
} from '../../core/data/checks/source-sql.ts';
import { columnName, type DataTable } from '../../core/data/checks/table.ts';
import { type CsvProblem, readCsv } from '../../core/data/csv.ts';
import type { DataFormat } from '../../core/data/report/data-report.ts';
import type { DataEngine, DataFile, DataFiles } from './ports.ts';

/** The data is not what it says it is, or can't be read. */
export class UnreadableData extends Error {
  override readonly name = 'UnreadableData';
  /** `failed`: the data itself is wrong. `not_checked`: nothing can be said of it. */
  readonly status: 'failed' | 'not_checked';
  /** Null where it is the data as a whole. */
  readonly place: { readonly file: string; readonly line: number } | null;

  constructor(
    status: 'failed' | 'not_checked',
    message: string,
    options: { cause?: unknown; place?: { readonly file: string; readonly line: number } } = {},
  ) {
    super(message, options);
    this.status = status;
    this.place = options.place ?? null;
  }
}

export interface Dataset {
  /** Of the files as they were found. */
  readonly format: DataFormat;
  /** As they were found: reports state their digests. */
  readonly origins: readonly DataFile[];
  /** What is read in their place, one for each; the same where nothing had to be converted. */
  readonly files: readonly DataFile[];
  readonly source: Source;
}

/** Bytes of a file in which its header must end. */
const HEAD = 1 << 20;

export interface Loaded {
  readonly table: DataTable;
  /** As the file names them, also where a name occurs twice. */
  readonly columns: readonly SourceColumn[];
}

/** Makes the dataset a relation of the engine. @throws UnreadableData, DataEngineError */
export async function load(dataset: Dataset, relation: string, engine: DataEngine, files: DataFiles): Promise<Loaded> {
  const { source } = dataset;
  const inFile = isCsv(source) ? await csvHeader(dataset, files) : await describe(dataset, engine, files);
  const columns = isCsv(source) ? [...inFile, ...source.partitions.map((name) => ({ name, type: 'VARCHAR' }))] : inFile;
  await engine.query(loadStatements(source, relation, columns));
  const { rows } = await engine.query(`SELECT count(*) FROM ${relation}`);
  const typed = !isCsv(source);
  const table = {
    relation,
    rows: Number(rows[0]?.[0] ?? 0),
    columns: columns.map(({ name, type }, index) => ({ name, type, typed, sql: columnName(index) })),
  };
  return { table, columns };
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
  const { rows } = await engine.query(describeQuery(source));
  const json = source.format !== 'parquet';
  return rows.map(([name, type]) => ({ name: String(name), type: json ? jsonType(String(type)) : String(type) }));
}

/** The header by the reader that also finds lines, so that no second opinion decides what a column is. */
async function csvHeader({ files: listed, source }: Dataset, files: DataFiles): Promise<readonly SourceColumn[]> {
  let header: readonly string[] | null = null;
  for (const file of listed) {
    const names = await headerOf(file, source, files);
    if (header !== null && names.join('\0') !== header.join('\0'))
      throw new UnreadableData('failed', `${file.name}: expected the header of ${listed[0]?.name}, found another`);
    header = names;
  }
  return (header ?? []).map((name) => ({ name, type: 'VARCHAR' }));
}

async function headerOf(file: DataFile, source: Source, files: DataFiles): Promise<readonly string[]> {
  const bytes = await files.head(file, HEAD, source.compression);
  if (bytes.length === 0) throw new UnreadableData('failed', `${file.name}: the file is empty: expected a header line`);
  const found = firstRecord(bytes, source.delimiter);
  if (found !== null && 'length' in found) return found;
  const why = found === null ? 'expected a header line, found none' : found.message;
  throw new UnreadableData('failed', `${file.name}: ${why}`);
}

function firstRecord(bytes: Uint8Array, delimiter: string): readonly string[] | CsvProblem | null {
  for (const item of readCsv([bytes], delimiter)) return item.kind === 'record' ? item.values : item;
  return null;
}
