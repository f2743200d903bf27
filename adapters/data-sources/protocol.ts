import { z } from 'zod';
import { TABLE_FORMATS, TABLE_OUTPUTS } from '../../core/data/sources/dataset-location.ts';

/** What the process that converts foreign formats to Parquet is asked, and what it says: one JSON text each way. */

const limits = {
  /** Module specifier or file address of DuckDB's binding. */
  binding: z.string().min(1),
  /** For what does not fit into memory; exists, and is ours alone. */
  temporary: z.string().min(1),
  memoryMb: z.int().min(64),
  temporaryMb: z.int().min(0),
  threads: z.int().min(1).max(256),
  /** The file to write, absolute; does not exist yet. */
  target: z.string().min(1),
};

const table = {
  format: z.enum(TABLE_FORMATS),
  /** Files of DuckDB's extensions, absolute, in the order in which they load. */
  extensions: z.array(z.string().min(1)).min(1).max(8),
  /** The table's folder, absolute, links resolved. */
  location: z.string().min(1),
  /** Of an Iceberg table, the name of the metadata to begin at, without its ending; null where the folder says it. */
  metadata: z.string().min(1).nullable(),
  /** A Delta version or an Iceberg snapshot id; null for the newest. */
  version: z
    .string()
    .regex(/^\d{1,20}$/)
    .nullable(),
};

export const Conversion = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('arrow'), ...limits, source: z.string().min(1) }),
  z.strictObject({ kind: z.literal('table'), ...limits, ...table, output: z.enum(TABLE_OUTPUTS) }),
  /** Names the files that a version consists of, as the table does: JSON Lines of `path`. */
  z.strictObject({ kind: z.literal('table_files'), ...limits, ...table }),
]);
export type Conversion = z.infer<typeof Conversion>;

export const Converted = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('converted'),
    /** Of what was written. */
    rows: z.int().min(0),
    /** Of a table: the version or snapshot that was read. */
    version: z
      .string()
      .regex(/^\d{1,20}$/)
      .nullable(),
  }),
  z.strictObject({
    kind: z.literal('fault'),
    code: z.enum(['not_installed', 'unreadable', 'out_of_memory']),
    message: z.string().max(2000),
  }),
]);
export type Converted = z.infer<typeof Converted>;
