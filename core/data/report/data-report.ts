import { z } from 'zod';
import { DataFinding } from '../finding.ts';
import { DriftResult, NotCompared, RowDiff, SchemaChange } from './base.ts';
import { ColumnProfile, Foreign } from './profile.ts';

const Count = z.int().min(0);
const Line = z.int().positive();
/** A path in the repository, a path on this machine, or an address. */
const Source = z.string().min(1).max(2048);

export const DATA_FORMATS = ['csv', 'tsv', 'jsonl', 'json', 'parquet', 'arrow', 'unknown'] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

/** How much of a rule's violations is let pass: a number of rows, or a share of them from 0 to 1. */
export const Tolerance = z.discriminatedUnion('unit', [
  z.strictObject({ unit: z.literal('count'), value: Count }),
  z.strictObject({ unit: z.literal('share'), value: z.number().min(0).max(1) }),
]);
export type Tolerance = z.infer<typeof Tolerance>;

/** A person's word that a rule may fail for a while. It counts through the last second (UTC) of `expires`. */
export const Waiver = z.strictObject({
  owner: z.string().min(1).max(200),
  reason: z.string().min(1).max(500),
  expires: z.iso.date(),
});
export type Waiver = z.infer<typeof Waiver>;

export const RuleExample = z.strictObject({
  /** Null where there is one file only. */
  file: Source.nullable(),
  /** Line of the text file, from 1; null in formats without lines. */
  line: Line.nullable(),
  /** Row of data, from 1, header not counted. */
  row: Line.nullable(),
  /** Null is the null value. Masked where the column holds personal data. */
  value: Foreign.nullable(),
});
export type RuleExample = z.infer<typeof RuleExample>;

export const RuleResult = z.strictObject({
  /** What kind of rule, such as `required`, `unique`, `minimum`, `sql`, `foreign_key`, `drift`. */
  rule: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
  /** Empty for a rule of the table. */
  columns: z.array(z.string().max(256)).max(64),
  severity: z.enum(['warn', 'fail']),
  /** `waived`: failed, and a waiver stands. A warning that does not hold is `failed` with severity `warn`. */
  status: z.enum(['passed', 'failed', 'waived', 'not_checked']),
  /** In words: `at least 0`, `one of A, B`. */
  expected: Foreign,
  /** What was measured, in words; for `not_checked` the reason. */
  found: Foreign,
  /** Rows (or values) that violate the rule; null where it does not count any, such as an aggregate. */
  count: Count.nullable(),
  /** `count` as a share of the rows looked at, from 0 to 1. */
  share: z.number().min(0).max(1).nullable(),
  tolerance: Tolerance.nullable(),
  waiver: Waiver.nullable(),
  examples: z.array(RuleExample).max(20),
  contractLine: Line.nullable(),
  /** The rule's name or description in the contract, else empty. */
  label: z.string().max(200),
});
export type RuleResult = z.infer<typeof RuleResult>;

/** A finding whose file may also lie outside of the repository. */
export const ReportFinding = DataFinding.extend({ file: Source });
export type ReportFinding = z.infer<typeof ReportFinding>;

export const BaseComparison = z.strictObject({
  /** Where the reference came from. */
  source: Source,
  kind: z.enum(['data', 'profile']),
  rows: Count.nullable(),
  schema: z.array(SchemaChange).max(5000),
  /** Null where rows were not compared; `notCompared` says why. */
  diff: RowDiff.nullable(),
  /** A column has two results where its share of nulls was compared, too. */
  drift: z.array(DriftResult).max(10_000),
  /** What was not compared, and why: never in silence. */
  notCompared: z.array(NotCompared).max(10_000),
});
export type BaseComparison = z.infer<typeof BaseComparison>;

/** What fixes a dataset's content at the place that it came from, so that training can be given the same. */
export const DataPin = z.strictObject({
  /** The reference without credentials: an address, or a path in the repository. */
  source: Source,
  /**
   * `sha256`, `md5`: of the content, checked. `etag`, `object_version`: as the store names it. `table_version`,
   * `snapshot`: of a Delta and of an Iceberg table. `statement`: a query's id, which fixes nothing.
   */
  kind: z.enum(['sha256', 'md5', 'etag', 'object_version', 'table_version', 'snapshot', 'statement']),
  value: z.string().min(1).max(1024),
});
export type DataPin = z.infer<typeof DataPin>;

/**
 * All that one validation of one dataset says: every output (HTML, SARIF, JUnit, Markdown, JSON) is made from it alone.
 * Texts in it come from data and contract and are attacker-controlled.
 */
export const DataReport = z.strictObject({
  version: z.literal(1),
  dataset: z.string().min(1).max(200),
  files: z
    .array(
      z.strictObject({
        path: Source,
        bytes: Count.nullable(),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .nullable(),
      }),
    )
    .max(10_000),
  /** What lies beside the data and is none of it by its name, such as a README; absent where nothing does. */
  leftOut: z
    .array(z.strictObject({ path: Source, bytes: Count }))
    .max(10_000)
    .optional(),
  /** Of data that came from elsewhere than the file system; absent where there is none. */
  pins: z.array(DataPin).max(10_000).optional(),
  contract: Source.nullable(),
  format: z.enum(DATA_FORMATS),
  /** `not_checked` is an outcome of its own and never passes. */
  status: z.enum(['passed', 'failed', 'not_checked']),
  /** Why, where nothing could be checked or a part was left out. */
  reason: Foreign.nullable(),
  rows: Count.nullable(),
  bytes: Count.nullable(),
  /** What in this report is an estimate, in words; empty where all is exact. */
  approximate: z.array(Foreign).max(100),
  rules: z.array(RuleResult).max(50_000),
  findings: z.array(ReportFinding).max(500),
  /** How many findings there are beyond the cap, too. */
  totalFindings: Count,
  columns: z.array(ColumnProfile).max(5000),
  base: BaseComparison.nullable(),
});
export type DataReport = z.infer<typeof DataReport>;
