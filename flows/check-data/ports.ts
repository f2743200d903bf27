import type { Compression, NamedFormat } from '../../core/data/checks/data-format.ts';
import type { SqlScalar } from '../../core/data/checks/result-row.ts';
import type { DataPin } from '../../core/data/report/data-report.ts';
import type { Place } from '../../core/data/sources/beside-data.ts';

export interface SqlRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly SqlScalar[])[];
}

export type DataEngineErrorCode =
  | 'not_installed'
  | 'query_failed'
  | 'out_of_memory'
  | 'too_many_rows'
  | 'timed_out'
  | 'crashed'
  | 'unreadable';

/** Data could not be read or queried. The message may quote data and is attacker-controlled. */
export class DataEngineError extends Error {
  readonly code: DataEngineErrorCode;

  constructor(code: DataEngineErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DataEngineError';
    this.code = code;
  }
}

/** Runs SQL where it can read the files it was opened for, and nothing else. */
export interface DataEngine {
  /** @param maxRows more rows are an error. @throws DataEngineError */
  query(sql: string, maxRows?: number): Promise<SqlRows>;
  /**
   * What a query writes as JSON, read: many values at once cost a fraction of as many rows.
   * @param sql ours alone, and every cell that it gives is written by `to_json`. @throws DataEngineError
   */
  json(sql: string): Promise<readonly (readonly unknown[])[]>;
  /**
   * Which of the hashes that a query gives occur more than once, without sorting or grouping them: a hash that is not
   * among them does not, and one that is nearly surely does. Null where too many do, or where there are too many rows.
   * @param sql gives one column of type UBIGINT
   * @param rows at most
   * @throws DataEngineError
   */
  repeats(sql: string, rows: number): Promise<readonly string[] | null>;
  /** To be said once the data is read, where that was to be done by fewer threads: only then all of them work. @throws DataEngineError */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineLimits {
  readonly memoryMb: number;
  /** As much, where that is more, for text of very many columns, of each of which some is held at any time. */
  readonly wideMemoryMb?: number;
  readonly threads: number;
  /** As many while data is read, until `settle`; absent for all. */
  readonly readingThreads?: number;
  /** For everything from opening to closing. */
  readonly seconds: number;
  /** On disk, for what does not fit into memory. */
  readonly temporaryMb: number;
}

export interface EngineOptions {
  /**
   * Whether to leave out of account what files say of their own values. Parquet states the least and greatest value and
   * the nulls of each column, by which whole row groups are skipped and conditions are decided unread: a file that lies
   * there would pass.
   */
  readonly distrustStatistics?: boolean;
}

export interface DataEngines {
  /** @param paths absolute. @throws DataEngineError */
  open(paths: readonly string[], limits: EngineLimits, options?: EngineOptions): Promise<DataEngine>;
}

/** One file of a dataset. */
export interface DataFile {
  /** As reports name it. */
  readonly name: string;
  /** Absolute, links resolved. */
  readonly path: string;
  readonly bytes: number;
  /** When it was last written, as the file system counts; for `unchanged`. */
  readonly modified?: number;
  /** Where the place that it came from says it; else the name does. */
  readonly format?: NamedFormat;
  /** What fixes the content at the place that it came from. */
  readonly pin?: DataPin;
  /** Where it may be no part of the dataset that its folder is; absent for data. */
  readonly place?: Exclude<Place, 'data'>;
}

/** Files by their bytes: to find out what they are, and to find lines again. */
export interface DataFiles {
  /**
   * A file, a folder (all files in it, sorted by path) or a glob; with sources, any reference that they know
   * (docs/data-sources.md), fetched. @throws DataEngineError `unreadable`
   */
  list(reference: string): Promise<readonly DataFile[]>;
  /** The first bytes, decompressed. @throws DataEngineError `unreadable` on a broken archive */
  head(file: DataFile, bytes: number, compression: Compression): Promise<Uint8Array>;
  /**
   * All bytes, decompressed, in chunks that are the reader's to keep; or `passing`, each good until the next one only.
   * @throws DataEngineError `unreadable`
   */
  open(file: DataFile, compression: Compression, chunks?: 'kept' | 'passing'): Promise<Iterable<Uint8Array>>;
  /** A file of ours with this text, uncompressed, in `key=value` folders as the name has them; it goes when we end. */
  write(name: string, text: Iterable<string>): Promise<DataFile>;
  /** An Arrow file as Parquet, converted in a process with limits; it goes when we end. @throws DataEngineError */
  toParquet(file: DataFile): Promise<DataFile>;
  /** Whether the file is as it was when it was listed. */
  unchanged(file: DataFile): Promise<boolean>;
  /** Of the bytes as they stand in the file, in hexadecimal. */
  sha256(file: DataFile): Promise<string>;
}
