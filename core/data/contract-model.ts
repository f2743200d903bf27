import type { RepoPath } from '../names.ts';
import type { Pattern } from './pattern.ts';
import type { Tolerance, Waiver } from './report/data-report.ts';
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
  /** From `relationships`: as `sqlRules`. */
  readonly foreignKeys: readonly ForeignKey[];
  /** From `slaProperties`: as `sqlRules`. */
  readonly freshness: readonly FreshnessRule[];
  /** Of columns, of rules and of the table. */
  readonly waivers: readonly ContractWaiver[];
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
  /** Of the rules of this column that are no `quality` items; those state their own. */
  readonly severity: 'warn' | 'fail';
  /** As `severity`; null lets nothing pass. */
  readonly tolerance: Tolerance | null;
  /** The contract says that the column holds personal data: its values are masked in every report. */
  readonly personal: boolean;
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

/** Text of the contract, attacker-controlled: to be parsed as one SELECT and confined before it runs. */
export interface SqlRule {
  readonly query: string;
  /** Null at table level. */
  readonly column: string | null;
  /** On the one number that the query gives; all must hold. */
  readonly conditions: readonly Condition[];
  readonly severity: 'warn' | 'fail';
  readonly label: string;
  readonly line: number;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly to: { readonly object: string; readonly columns: readonly string[] };
  readonly line: number;
}

/** The newest value of the column must be younger than this. */
export interface FreshnessRule {
  readonly column: string;
  readonly seconds: number;
  readonly line: number;
}

export interface ContractWaiver extends Waiver {
  /** Null where it stands at the table or at a rule of the table. */
  readonly column: string | null;
  /** What kind of rule, as `RuleResult.rule` names it; null for every rule of the column. */
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
