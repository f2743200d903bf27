import { type Compression, contradiction, formatOfName } from '../../core/data/checks/data-format.ts';
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
import type { DataEngine, DataFile, DataFiles } from './ports.ts';

/** The data is not what it says it is, or can't be read. */
export class UnreadableData extends Error {
  override readonly name = 'UnreadableData';
  /** `failed`: the data itself is wrong. `not_checked`: nothing can be said of it. */
  readonly status: 'failed' | 'not_checked';

  constructor(status: 'failed' | 'not_checked', message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.status = status;
  }
}

export interface Dataset {
  readonly files: readonly DataFile[];
  readonly source: Source;
}

/** Bytes of a file in which its header must end. */
const HEAD = 1 << 20;

/** Finds out what the files are. @throws UnreadableData, DataEngineError */
export async function identify(path: string, files: DataFiles): Promise<Dataset> {
  const listed = await files.list(path);
  const [first] = listed;
  if (first === undefined) throw new UnreadableData('not_checked', `no file matches ${path}`);
  const named = formatOfName(first.name);
  for (const file of listed) {
    const other = formatOfName(file.name);
    if (other.format !== named.format || other.compression !== named.compression)
      throw new UnreadableData('not_checked', `expected files of one format, found ${first.name} and ${file.name}`);
    const wrong = contradiction(other, await files.head(file, 16, 'none'));
    if (wrong !== null) throw new UnreadableData('not_checked', `${file.name}: ${wrong}`);
  }
  refuseUnreadable(named.format, named.compression, first.name);
  const partitions = partitionsOf(listed);
  const delimiter = named.format === 'tsv' ? '\t' : ',';
  const paths = listed.map((file) => file.path);
  return { files: listed, source: { ...named, paths, delimiter, partitions } };
}

function refuseUnreadable(format: Source['format'], compression: Compression, name: string): void {
  if (format === 'unknown')
    throw new UnreadableData(
      'not_checked',
      `${name}: its name says no format that can be read (csv, tsv, jsonl, json, parquet; the text formats also as .gz and .zst)`,
    );
  if (format === 'arrow')
    throw new UnreadableData('not_checked', `${name}: Arrow files can’t be read yet; write the data as Parquet`);
  if (format === 'parquet' && compression !== 'none')
    throw new UnreadableData(
      'not_checked',
      `${name}: Parquet compresses by itself and can’t be read inside of ${compression}`,
    );
}

/** Names of `key=value` folders, where all files have the same. */
function partitionsOf(files: readonly DataFile[]): readonly string[] {
  const keysOf = (file: DataFile): string[] =>
    file.name
      .split('/')
      .slice(0, -1)
      .flatMap((part) => (/^[^=]+=/.test(part) ? [part.slice(0, part.indexOf('='))] : []));
  const [first = [], ...others] = files.map(keysOf);
  return others.every((keys) => keys.join('\0') === first.join('\0')) ? first : [];
}

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
