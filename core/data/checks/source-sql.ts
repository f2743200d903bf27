import type { DataFormat } from '../report/data-report.ts';
import { quoteName, quotePath, quoteText } from '../sql/quote.ts';
import { columnName, type KeyHash } from './table.ts';

/** What a dataset's files are, all alike. */
export interface Source {
  readonly format: DataFormat;
  /** Absolute, in the order in which their rows count. */
  readonly paths: readonly string[];
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** Of CSV and TSV. */
  readonly delimiter: string;
  /** Of CSV and TSV: texts that are null beside the empty field; none where absent. */
  readonly nulls?: readonly string[];
  /** Of CSV and TSV without a header: names of the columns, in their order; absent where the first line names them. */
  readonly names?: readonly string[];
  /** Of CSV that we wrote: rows end in a line feed. Else DuckDB goes by the first line end, also by one in quotes. */
  readonly lineFeeds?: boolean;
  /** Names of `key=value` folders, the same for all files. */
  readonly partitions: readonly string[];
}

export interface SourceColumn {
  /** As the file has it. */
  readonly name: string;
  readonly type: string;
  /** What DuckDB calls the column where that differs: it tells names apart by more than case, and has no empty one. */
  readonly alias?: string;
}

/** Longer lines are refused. In bytes; DuckDB keeps 16 times as much for each thread that reads. */
const MAX_LINE = 2_000_000;
/** As `MAX_LINE`, of JSON: DuckDB's own default. */
const MAX_OBJECT = 16 * 1024 * 1024;

/** Names and types of the columns, where the file itself has types. */
export function describeQuery(source: Source): string {
  return `DESCRIBE SELECT * FROM ${reader(source, null)}`;
}

/**
 * Statements that make the dataset a relation whose columns are `c0`, `c1`, … Parquet stays where it is, because reading
 * a column of it again costs little; text is parsed once, into a table.
 * @param columns in the file's order, columns of partitions last
 * @param keys to be kept beside the rows of a table
 */
export function loadStatements(
  source: Source,
  relation: string,
  columns: readonly SourceColumn[],
  keys: readonly KeyHash[] = [],
): string {
  const [schema = ''] = relation.split('.');
  const rows = `SELECT ${selectList(source, columns)} FROM ${reader(source, columns)}`;
  const kind = source.format === 'parquet' ? 'VIEW' : 'TABLE';
  const hashes = keys.map(({ of, sql }) => {
    const present = of.map((column) => `${column} IS NOT NULL`).join(' AND ');
    return `CASE WHEN ${present} THEN hash(${of.join(', ')}) END AS ${sql}`;
  });
  const all = hashes.length === 0 ? rows : `SELECT *, ${hashes.join(', ')} FROM (${rows})`;
  return `CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE ${kind} ${relation} AS ${all}`;
}

/** The dataset with a row number `r` from 0, and with the file `f` where rows are numbered within each. */
export function numberedRows(source: Source, relation: string, columns: readonly SourceColumn[]): string {
  if (source.format !== 'parquet') return `(SELECT *, rowid AS r, NULL AS f FROM ${relation})`;
  return `(SELECT ${selectList(source, columns)}, file_row_number AS r, filename AS f FROM ${reader(source, columns, ', file_row_number = true, filename = true')})`;
}

function selectList(source: Source, columns: readonly SourceColumn[]): string {
  const untyped = isCsv(source) ? columns.length - source.partitions.length : 0;
  return columns
    .map(({ name, alias = name }, index) =>
      index < untyped ? columnName(index) : `${quoteName(alias)} AS ${columnName(index)}`,
    )
    .join(', ');
}

export function isCsv({ format }: Pick<Source, 'format'>): boolean {
  return format === 'csv' || format === 'tsv';
}

/** Whether the first line of each file names the columns. */
export function hasHeader(source: Pick<Source, 'format' | 'names'>): boolean {
  return isCsv(source) && source.names === undefined;
}

function reader(source: Source, columns: readonly SourceColumn[] | null, more = ''): string {
  const files = `[${source.paths.map(quotePath).join(', ')}]`;
  const partitions =
    source.partitions.length === 0
      ? ', hive_partitioning = false'
      : ', hive_partitioning = true, hive_types_autocast = false';
  switch (source.format) {
    case 'parquet':
      return `read_parquet(${files}${partitions}${more})`;
    case 'csv':
    case 'tsv': {
      const untyped = (columns ?? []).slice(0, (columns ?? []).length - source.partitions.length);
      const types = untyped.map((_, index) => `'${columnName(index)}': 'VARCHAR'`).join(', ');
      const nulls = ['', ...(source.nulls ?? [])].map(quoteText).join(', ');
      const dialect = `delim = ${quoteText(source.delimiter)}, quote = '"', escape = '"', header = ${source.names === undefined}, nullstr = [${nulls}]${source.lineFeeds === true ? ", new_line = '\\n'" : ''}`;
      return `read_csv(${files}, columns = {${types}}, auto_detect = false, ${dialect}, strict_mode = true, null_padding = false, ignore_errors = false, max_line_size = ${MAX_LINE}, compression = '${source.compression}'${partitions})`;
    }
    case 'json':
    case 'jsonl': {
      const inFile = (columns ?? []).slice(0, (columns ?? []).length - source.partitions.length);
      const types = inFile.map(({ name, type }) => `${quoteText(name)}: ${quoteText(type)}`).join(', ');
      // A record with very many names is a record, not a map.
      const shape = columns === null ? 'sample_size = -1, map_inference_threshold = -1' : `columns = {${types}}`;
      const format = source.format === 'json' ? 'array' : 'newline_delimited';
      return `read_json(${files}, format = '${format}', records = 'true', ${shape}, maximum_object_size = ${MAX_OBJECT}, compression = '${source.compression === 'none' ? 'uncompressed' : source.compression}'${partitions})`;
    }
    case 'arrow':
    case 'unknown':
      throw new Error(`${source.format} has no reader`);
  }
}

/** The first double that may be an integer of more than 64 bits: DuckDB takes the others of JSON as they are written. */
const BEYOND_64_BITS = 2 ** 63;

/**
 * Of each column of doubles whether it may hold integers that a double rounds.
 * @returns null where none of the columns is one of doubles
 */
export function roundedQuery(relation: string, columns: readonly SourceColumn[]): string | null {
  const doubles = columns.flatMap(({ type }, at) => (type === 'DOUBLE' ? [columnName(at)] : []));
  if (doubles.length === 0) return null;
  return `SELECT ${doubles.map((sql) => `coalesce(max(abs(${sql})) >= ${BEYOND_64_BITS}, false)`).join(', ')} FROM ${relation}`;
}

/** Of each of such columns the digits of its longest integer; null where one value is written otherwise. */
export function writtenIntegersQuery(source: Source, columns: readonly SourceColumn[]): string {
  const asWritten = [...columns.map(({ name }) => name), ...source.partitions].map((name) => ({
    name,
    type: 'VARCHAR',
  }));
  const digits = columns.map(({ name }) => {
    const sql = quoteName(name);
    return `CASE WHEN bool_and(regexp_full_match(${sql}, '-?[0-9]+')) THEN max(length(ltrim(${sql}, '-'))) END`;
  });
  return `SELECT ${digits.join(', ')} FROM ${reader(source, asWritten)}`;
}

/** Of integers of JSON with so many digits: 38 always fit into 128 bits. Beyond, each value stays as it is written. */
export function integerType(digits: number): string {
  return digits <= 38 ? 'HUGEINT' : 'JSON';
}

/** JSON knows no dates: what looks like one stays text, so that its writing is checked as the contract states it. */
export function jsonType(type: string): string {
  return /^(DATE|TIME|TIMESTAMP|UUID)\b/.test(type) && !type.endsWith(']') ? 'VARCHAR' : type;
}
