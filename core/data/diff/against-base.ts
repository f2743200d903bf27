import type { Correction } from '../drift/correction.ts';
import type { DRIFT_TESTS } from '../report/base.ts';

/** Keys of ODCS `customProperties` by which a contract says what a comparison with the base decides. */
export const DRIFT = 'trainyardDrift';
export const SCHEMA_CHANGES = 'trainyardSchemaChanges';
export const READ_BY = 'trainyardReadBy';
export const AGAINST_BASE_KEYS: readonly string[] = [DRIFT, SCHEMA_CHANGES, READ_BY];

export const VERDICTS = ['warn', 'fail', 'off'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What drift of one column means. */
export interface DriftRule {
  readonly verdict: Verdict;
  /** Null leaves the choice to the kind of column. */
  readonly test: (typeof DRIFT_TESTS)[number] | null;
  /** A difference smaller than this is no drift, however certain it is; null takes the test's own. */
  readonly smallestEffect: number | null;
  /** The contract's line that says so; null where it says nothing. */
  readonly line: number | null;
}

export interface SchemaRule {
  /** Of a change that breaks a model which reads the column. */
  readonly verdict: Verdict;
  readonly line: number | null;
}

/** A model that reads the dataset, and what of it; null reads every column. */
export interface Reader {
  readonly model: string;
  readonly columns: readonly string[] | null;
}

export interface AgainstBase {
  readonly drift: DriftRule;
  readonly driftOf: ReadonlyMap<string, DriftRule>;
  /** Probability of a false alarm over all columns of the dataset together. */
  readonly level: number;
  readonly correction: Correction;
  readonly schema: SchemaRule;
  readonly schemaOf: ReadonlyMap<string, SchemaRule>;
  /** Empty where the contract names none. */
  readonly readers: readonly Reader[];
}

/** Drift warns, and what breaks a reader fails. Holm's correction holds however the columns depend on each other. */
export const AGAINST_BASE_DEFAULTS: AgainstBase = {
  drift: { verdict: 'warn', test: null, smallestEffect: null, line: null },
  driftOf: new Map(),
  level: 0.01,
  correction: 'holm',
  schema: { verdict: 'fail', line: null },
  schemaOf: new Map(),
  readers: [],
};

export function driftRuleOf({ drift, driftOf }: AgainstBase, column: string): DriftRule {
  return driftOf.get(column) ?? drift;
}

export function schemaRuleOf({ schema, schemaOf }: AgainstBase, column: string | null): SchemaRule {
  return (column === null ? undefined : schemaOf.get(column)) ?? schema;
}
