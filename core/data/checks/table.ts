/** A column of a loaded dataset. Queries know it by its place alone, so no name from a file is ever part of one. */
export interface TableColumn {
  /** As the file names it. */
  readonly name: string;
  /** How queries name it: `c0`, `c1`, … */
  readonly sql: string;
  /** DuckDB's type; `VARCHAR` for each column of a text file without types. */
  readonly type: string;
  /** Whether the file itself has types (Parquet, JSON), so that a value's type is not a matter of how it is written. */
  readonly typed: boolean;
  /** Whether the file is JSON, which has one type for all numbers. */
  readonly json?: boolean;
}

/** A dataset that the engine has open as a relation. */
export interface DataTable {
  readonly relation: string;
  readonly columns: readonly TableColumn[];
  readonly rows: number;
  /** The first line holds none of the contract's columns: it may be a row, so that places stand for the names that it gave. */
  readonly unnamed?: boolean;
  /** A query's source of the same rows with their number `r` from 0 and their file `f` (see `numberedRows`). */
  readonly numbered: string;
  /** The column that numbers the rows from 0, where the engine holds them; absent where it reads the files again. */
  readonly rowNumber?: string;
  /** Of keys whose hash was kept beside the rows when they were read. */
  readonly keys?: readonly KeyHash[];
}

/** A column that holds the hash of others; null where one of them is. */
export interface KeyHash {
  /** How queries name the columns, in the order of the hash. */
  readonly of: readonly string[];
  readonly sql: string;
}

/** What a column is called whose file names none. */
export function placeName(names: readonly string[], index: number): string {
  return names[index] ?? `column ${index + 1}`;
}

/** A query's source of the first rows. */
export function firstRows({ relation, rowNumber }: DataTable, rows: number): string {
  // Rows that have an order take twice as long with a LIMIT.
  const some = rowNumber === undefined ? `LIMIT ${rows}` : `WHERE ${rowNumber} < ${rows}`;
  return `(SELECT * FROM ${relation} ${some})`;
}

export function columnName(index: number): string {
  return `c${index}`;
}

/** A value as text, as the checks of single values read it. */
export function textOf(column: TableColumn): string {
  return column.type === 'VARCHAR' ? column.sql : `CAST(${column.sql} AS VARCHAR)`;
}
