import { z } from 'zod';
import { Foreign } from './profile.ts';

const Count = z.int().min(0);
const Column = z.string().max(256);

/** `compatible`: whoever reads the base's data can read the head's unchanged. */
export const SchemaChange = z.strictObject({
  /** Such as `column_added`, `column_removed`, `type_changed`, `nulls_allowed`. */
  kind: z.string().regex(/^[a-z_]{1,64}$/),
  column: Column.nullable(),
  compatible: z.boolean(),
  /** The models that read the column and can't read it any more; empty for what is compatible, or read by none. */
  breaks: z.array(z.string().max(200)).max(100),
  message: Foreign,
});
export type SchemaChange = z.infer<typeof SchemaChange>;

export const RowExample = z.strictObject({
  kind: z.enum(['added', 'removed', 'changed']),
  /** One value per column of the key. */
  key: z.array(Foreign.nullable()).max(32),
  /** Line in the head's file (in the base's for a removed row), from 1; null in formats without lines. */
  line: z.int().positive().nullable(),
  /** Line in the base's file, of a changed row. */
  baseLine: z.int().positive().nullable(),
  /** The file of `line`; null where there is one only. */
  file: z.string().max(2048).nullable(),
  /** The cells that differ; empty for added and removed rows. Null is the null value. */
  cells: z.array(z.strictObject({ column: Column, base: Foreign.nullable(), head: Foreign.nullable() })).max(50),
});
export type RowExample = z.infer<typeof RowExample>;

export const RowDiff = z.strictObject({
  key: z.array(Column).min(1).max(32),
  added: Count,
  removed: Count,
  changed: Count,
  unchanged: Count,
  /** Rows that no key tells apart, compared with nothing: a null in the key, and keys that occur more than once on a side. */
  leftOut: z.strictObject({
    nullKey: z.strictObject({ head: Count, base: Count }),
    repeatedKey: z.strictObject({ head: Count, base: Count }),
  }),
  /** How many of the changed rows differ in each column. */
  columns: z.array(z.strictObject({ column: Column, changed: Count })).max(5000),
  examples: z.array(RowExample).max(100),
});
export type RowDiff = z.infer<typeof RowDiff>;

/** Both sides counted over the same bins or categories, so that they can be drawn over each other. */
export const Distribution = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('bins'),
    /** The number line of `ColumnProfile`. */
    bins: z.array(z.strictObject({ from: z.number(), to: z.number(), head: Count, base: Count })).max(100),
  }),
  z.strictObject({
    kind: z.literal('categories'),
    categories: z.array(z.strictObject({ value: Foreign, head: Count, base: Count })).max(100),
    /** Rows of all categories that are not listed. */
    other: z.strictObject({ head: Count, base: Count }),
  }),
]);
export type Distribution = z.infer<typeof Distribution>;

export const DRIFT_TESTS = ['ks', 'wasserstein', 'jensen_shannon', 'chi_squared'] as const;

export const DriftResult = z.strictObject({
  column: Column,
  /** `nulls`: the share of nulls, which is a drift of its own. */
  of: z.enum(['values', 'nulls']),
  test: z.enum(DRIFT_TESTS),
  statistic: z.number(),
  pValue: z.number().min(0).max(1).nullable(),
  /** What `statistic` is held against at these sizes, after correction. */
  cutoff: z.number(),
  drifted: z.boolean(),
  newCategories: z.array(Foreign).max(100),
  lostCategories: z.array(Foreign).max(100),
  /** Values compared, nulls left out. */
  sizes: z.strictObject({ head: Count, base: Count }),
  correction: z.enum(['none', 'holm', 'benjamini_hochberg']),
  distribution: Distribution.nullable(),
});
export type DriftResult = z.infer<typeof DriftResult>;

/** Why something was not compared. The closed set is for machines, `reason` for people. */
export const NOT_COMPARED = [
  'base_missing',
  'base_unreadable',
  'other_dataset',
  'engine_failed',
  'too_large',
  'no_key',
  'key_missing',
  'repeated_key',
  'different_format',
  'type_changed',
  'profile_only',
  'no_values',
  'too_few_values',
  'too_many_categories',
  'test_unfit',
  'personal',
  'identifier',
  'structured',
  'point_in_time',
  'turned_off',
] as const;

export const NotCompared = z.strictObject({
  /** `all`: nothing was compared. */
  what: z.enum(['all', 'rows', 'drift']),
  /** Null where it is no single column. */
  column: Column.nullable(),
  code: z.enum(NOT_COMPARED),
  reason: Foreign,
});
export type NotCompared = z.infer<typeof NotCompared>;
