import type { RepoPath } from '../names.ts';
import type { AgainstBase } from './diff/against-base.ts';
import type { Pattern } from './pattern.ts';
import type { Tolerance, Waiver } from './report/data-report.ts';
import type { Dialect } from './text/dialect.ts';
import type { TextFormat } from './text-format.ts';
import type { TimeFormat } from './time.ts';

/** A data contract (Open Data Contract Standard v3, https://bitol-io.github.io/open-data-contract-standard), as far as we check it. */
export interface DataContract {
  readonly file: RepoPath;
  /** The schema object that was chosen. */
  readonly name: string;
  readonly columns: readonly ContractColumn[];
  /** Quality rules of the table and of its columns. */
  readonly rules: readonly QualityRule[];
  /** Quality rules written as SQL: for an engine that runs SQL; others must say that they are not checked. */
  readonly sqlRules: readonly SqlRule[];
  /** How the files are written, as far as the contract states it. */
  readonly dialect?: Dialect;
  /** From `relationships`: as `sqlRules`. */
  readonly foreignKeys: readonly ForeignKey[];
  /** From `slaProperties`: as `sqlRules`. */
  readonly freshness: readonly FreshnessRule[];
  /** What is computed of a column's values as a whole: as `sqlRules`. */
  readonly aggregates: readonly AggregateRule[];
  readonly labels: readonly LabelRule[];
  readonly settings: TableSettings;
  /** Of columns, of rules and of the table. */
  readonly waivers: readonly ContractWaiver[];
  /** What the contract asks for and we can't check. Never passes in silence. */
  readonly notChecked: readonly NotChecked[];
  /** What a comparison with the base decides. */
  readonly againstBase: AgainstBase;
}

export const LOGICAL_TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'timestamp', 'time'] as const;
export type LogicalType = (typeof LOGICAL_TYPES)[number];

export interface ContractColumn {
  readonly name: string;
  /** Line of the contract, from 1. */
  readonly line: number;
  /** Of single values; null where the contract states none. */
  readonly logicalType: LogicalType | null;
  readonly required: boolean;
  readonly unique: boolean;
  /** Position in the primary key, from 1; null outside of it. */
  readonly primaryKey: number | null;
  readonly options: ColumnOptions;
  /** Of the rules of this column that are no `quality` items; those state their own. */
  readonly severity: 'warn' | 'fail';
  /** As `severity`; null lets nothing pass. */
  readonly tolerance: Tolerance | null;
  /** The contract says that the column holds personal data: its values are masked in every report. */
  readonly personal: boolean;
  /** The column's own word, or else the table's. */
  readonly constant: Setting | null;
  readonly outliers: Setting | null;
  /** What the values consist of, where they are no single ones. */
  readonly shape: Shape | null;
}

/** A value of several: what ODCS calls `object` and `array`. */
export type Shape =
  | { readonly kind: 'object'; readonly fields: readonly ContractColumn[] }
  | {
      readonly kind: 'array';
      /** Each element; null where the contract says nothing of them. */
      readonly items: ContractColumn | null;
      readonly minItems: number | null;
      readonly maxItems: number | null;
      readonly uniqueItems: boolean;
    };

export interface Bound {
  /** As written. */
  readonly text: string;
  /** A number, or milliseconds: since 1970 for dates and timestamps, since midnight for times. */
  readonly value: number;
  /** The bound itself, where a whole number is too large for `value` to be it. */
  readonly exact: bigint | null;
  readonly exclusive: boolean;
}

export interface ColumnOptions {
  readonly minimum: Bound | null;
  readonly maximum: Bound | null;
  readonly multipleOf: number | null;
  /** In Unicode code points. */
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly pattern: Pattern | null;
  /** What a text is, such as an address; null for other types. */
  readonly textFormat: TextFormat | null;
  readonly values: readonly string[] | null;
  /** How dates, timestamps and times are written; null for other types. */
  readonly format: TimeFormat | null;
  /** Whether each timestamp or time states its offset, or none does; null where either may be. */
  readonly timezone: boolean | null;
}

export const QUALITY_METRICS = ['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'] as const;
export type QualityMetric = (typeof QUALITY_METRICS)[number];

export const OPERATORS = [
  'mustBe',
  'mustNotBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
  'mustBeBetween',
  'mustNotBeBetween',
] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  readonly operator: Operator;
  /** One number, or two for the `Between` operators. */
  readonly operands: readonly number[];
}

export interface QualityRule {
  readonly metric: QualityMetric;
  /** The columns measured; empty for `rowCount`. */
  readonly columns: readonly string[];
  readonly unit: 'rows' | 'percent';
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly missingValues: readonly string[];
  readonly validValues: readonly string[] | null;
  readonly pattern: Pattern | null;
  readonly severity: 'warn' | 'fail';
  /** The rule's name or description, else empty. */
  readonly label: string;
  readonly line: number;
}

/** Text of the contract, attacker-controlled: to be parsed as one SELECT and confined before it runs. */
export interface SqlRule {
  readonly query: string;
  /** Null at table level. */
  readonly column: string | null;
  /** On the one number that the query gives; all must hold. */
  readonly conditions: readonly Condition[];
  /** The query gives true or false, which the conditions call 1 and 0. */
  readonly truth: boolean;
  readonly severity: 'warn' | 'fail';
  readonly label: string;
  readonly line: number;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly to: { readonly object: string; readonly columns: readonly string[] };
  readonly severity: 'warn' | 'fail';
  readonly tolerance: Tolerance | null;
  readonly line: number;
}

/** The newest value of the column must be younger than this. */
export interface FreshnessRule {
  /** As the contract calls it. */
  readonly property: 'freshness' | 'latency';
  readonly column: string;
  readonly seconds: number;
  readonly severity: 'warn' | 'fail';
  readonly line: number;
}

export const AGGREGATES = ['min', 'max', 'mean', 'stddev', 'sum', 'median', 'quantile', 'distinct'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** A number computed of all values of a column, and what it must be. */
export interface AggregateRule {
  readonly aggregate: Aggregate;
  /** Of `quantile`, from 0 to 1; null for the others. */
  readonly p: number | null;
  readonly column: string;
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly severity: 'warn' | 'fail';
  readonly label: string;
  readonly line: number;
}

/** The column that a model learns to tell. */
export interface LabelRule {
  readonly column: string;
  /** Null: features that give the label away are not looked for. */
  readonly leakage: Setting | null;
  /** Columns that are no features. */
  readonly ignored: readonly string[];
  /** Null: how rare the classes are does not matter. */
  readonly balance: Setting | null;
  /** Of the rarest class. */
  readonly leastShare: number;
  readonly leastRows: number;
  readonly line: number;
}

/** No row of this dataset may be one of another, in these columns (all that both have, where null). */
export interface Overlap extends Setting {
  /** The name under which the caller gives the other dataset. */
  readonly with: string;
  readonly columns: readonly string[] | null;
}

/** How a check that is no rule about single values counts. */
export interface Setting {
  readonly severity: 'warn' | 'fail';
  readonly tolerance: Tolerance | null;
  /** Of the contract; null where the contract does not state it and it is a default. */
  readonly line: number | null;
}

/** What is looked at of the dataset as a whole; null is not looked at. */
export interface TableSettings {
  /** Columns that the contract does not declare; null allows them. */
  readonly extraColumns: Setting | null;
  readonly columnOrder: Setting | null;
  /** Whether `Origin` is the column that the contract calls `origin`. */
  readonly ignoreCase: boolean;
  /** Rows that are equal in every column. */
  readonly duplicateRows: Setting | null;
  readonly overlaps: readonly Overlap[];
  /** Columns with one value only, or with none. */
  readonly constant: Setting | null;
  readonly outliers: Setting | null;
  /** Columns that look like personal data, and of which the contract does not say so. */
  readonly personalHints: Setting | null;
}

export interface ContractWaiver extends Waiver {
  /** Null where it stands at the table or at a rule of the table. */
  readonly column: string | null;
  /** What kind of rule, one of `RULE_NAMES`; null for every rule of the column. */
  readonly rule: string | null;
  /** The line of the `quality` item that it stands at; null where it stands elsewhere. */
  readonly ruleLine: number | null;
  readonly line: number;
}

export interface NotChecked {
  readonly what: string;
  readonly line: number;
  /** `warn` where the contract itself calls the rule a warning, or where nothing is asserted about the data. */
  readonly severity: 'warn' | 'fail';
}

/** Finds lines in the contract by the path of a value. */
export type LineOf = (path: readonly PropertyKey[]) => number;

export interface ContractProblem {
  readonly message: string;
  readonly line: number;
}

/** One way in which the head's contract accepts data that the base's refuses, in words; it needs the owner's approval. */
export interface Loosening {
  readonly column: string | null;
  readonly message: string;
  /** Line in the head's contract where the column or rule now is; null where it is gone. */
  readonly line: number | null;
}
