import type { RepoPath } from '../names.ts';
import type { Pattern } from './pattern.ts';
import type { TimeFormat } from './time.ts';

/** A data contract (Open Data Contract Standard v3, https://bitol-io.github.io/open-data-contract-standard), as far as we check it. */
export interface DataContract {
  readonly file: RepoPath;
  /** The schema object that was chosen. */
  readonly name: string;
  readonly columns: readonly ContractColumn[];
  /** Quality rules of the table and of its columns. */
  readonly rules: readonly QualityRule[];
  /** What the contract asks for and we can't check. Never passes in silence. */
  readonly notChecked: readonly NotChecked[];
}

export const LOGICAL_TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'timestamp'] as const;
export type LogicalType = (typeof LOGICAL_TYPES)[number];

export interface ContractColumn {
  readonly name: string;
  /** Line of the contract, from 1. */
  readonly line: number;
  /** Null where the contract states none or one that a CSV file can't hold. */
  readonly logicalType: LogicalType | null;
  readonly required: boolean;
  readonly unique: boolean;
  /** Position in the primary key, from 1; null outside of it. */
  readonly primaryKey: number | null;
  readonly options: ColumnOptions;
}

export interface Bound {
  /** As written. */
  readonly text: string;
  /** A number, or milliseconds since 1970 for dates and timestamps. */
  readonly value: number;
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
  readonly values: readonly string[] | null;
  /** How dates and timestamps are written; null for other types. */
  readonly format: TimeFormat | null;
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

export interface NotChecked {
  readonly what: string;
  readonly line: number;
  /** `warn` where the contract itself calls the rule a warning, or where nothing is asserted about the data. */
  readonly severity: 'warn' | 'fail';
}

export interface ContractProblem {
  readonly message: string;
  readonly line: number;
}
