import { z } from 'zod';

/** What parent and worker say to each other: one JSON text a line, over the worker's standard input and output. */

/** In bytes of one line, line end not counted. Bounds what either side buffers. */
export const MAX_LINE = 256 * 1024 * 1024;

export const Open = z.strictObject({
  kind: z.literal('open'),
  /** Module specifier or file address of the binding. */
  binding: z.string().min(1),
  /** All that may be read, absolute. */
  paths: z.array(z.string().min(1)).max(20_000),
  memoryMb: z.int().min(64),
  threads: z.int().min(1).max(256),
  /** Until `settle`; null where nothing is to be settled. */
  readingThreads: z.int().min(1).max(256).nullable(),
  /** For what does not fit into memory; exists, and is ours alone. */
  temporary: z.string().min(1),
  temporaryMb: z.int().min(0),
  /** See `EngineOptions`. */
  distrustStatistics: z.boolean(),
});
export type Open = z.infer<typeof Open>;

export const Query = z.strictObject({
  kind: z.literal('query'),
  id: z.int().min(0),
  sql: z.string().min(1),
  /** More rows than this are an error, not a cut result. */
  maxRows: z.int().min(0),
});
export type Query = z.infer<typeof Query>;

/** Asks for what a query writes as JSON. */
export const ReadJson = z.strictObject({
  kind: z.literal('json'),
  id: z.int().min(0),
  /** Every cell that it gives is written by `to_json`. */
  sql: z.string().min(1),
});
export type ReadJson = z.infer<typeof ReadJson>;

/** Asks for the hashes that a query gives more than once. */
export const FindRepeats = z.strictObject({
  kind: z.literal('repeats'),
  id: z.int().min(0),
  /** Gives one column of type UBIGINT. */
  sql: z.string().min(1),
  /** At most. */
  rows: z.int().min(0),
});
export type FindRepeats = z.infer<typeof FindRepeats>;

/** The data is read: all threads may work, and no setting changes any more. */
export const Settle = z.strictObject({ kind: z.literal('settle'), id: z.int().min(0) });
export type Settle = z.infer<typeof Settle>;

export const Request = z.discriminatedUnion('kind', [Query, ReadJson, FindRepeats, Settle]);
export type Request = z.infer<typeof Request>;

/** More repeated hashes than this are left to a query. */
export const MAX_REPEATS = 10_000;

/** NaN and infinities, and integers beyond 2^53, travel as text. */
export type Scalar = string | number | boolean | null;

/** A million rows are looked at by hand: a schema for each cell takes longer than the query. */
function isRows(value: unknown): value is Scalar[][] {
  return Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(isScalar));
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

export const WORKER_FAULTS = [
  'not_installed',
  'query_failed',
  'out_of_memory',
  'too_many_rows',
  'not_a_request',
] as const;

export const Answer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('opened'), version: z.string() }),
  z.strictObject({
    kind: z.literal('rows'),
    id: z.int().min(0),
    columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    rows: z.custom<Scalar[][]>(isRows, 'expected rows of scalars'),
  }),
  z.strictObject({
    kind: z.literal('json'),
    id: z.int().min(0),
    /** What the cells are is looked at by who asked for them. */
    rows: z.custom<unknown[][]>((value) => Array.isArray(value) && value.every(Array.isArray), 'expected rows'),
  }),
  z.strictObject({
    kind: z.literal('repeats'),
    id: z.int().min(0),
    /** Null where there are too many. */
    hashes: z
      .array(z.string().regex(/^\d{1,20}$/))
      .max(MAX_REPEATS)
      .nullable(),
  }),
  z.strictObject({
    kind: z.literal('fault'),
    id: z.int().min(0).nullable(),
    code: z.enum(WORKER_FAULTS),
    message: z.string(),
  }),
]);
export type Answer = z.infer<typeof Answer>;
