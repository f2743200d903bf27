import { AGGREGATES } from './contract-model.ts';

/** Rules that never fail: what they say is a reason why nothing was looked at, or that all is well. */
const NEVER_FAILING = ['not_checked', 'base', 'columns'] as const;

/** Every kind of rule that can fail, as reports name it: what a waiver may stand for. */
export const RULE_NAMES = [
  ...['required', 'type', 'minimum', 'maximum', 'multiple_of', 'min_length', 'max_length'],
  ...['pattern', 'format', 'enum', 'unique', 'primary_key', 'duplicate_rows', 'foreign_key'],
  ...['min_items', 'max_items', 'unique_items'],
  ...['column_missing', 'column_undeclared', 'column_repeated', 'column_order'],
  ...['null_values', 'missing_values', 'invalid_values', 'duplicate_values', 'row_count', 'sql'],
  ...AGGREGATES,
  ...['freshness', 'latency'],
  ...['empty_column', 'constant_column', 'outliers', 'personal_data'],
  ...['label_leakage', 'class_balance', 'train_test_overlap'],
  ...['schema_change', 'drift', 'null_drift'],
] as const;

/** What a rule of a report is called. */
export type RuleName = (typeof RULE_NAMES)[number] | (typeof NEVER_FAILING)[number];
