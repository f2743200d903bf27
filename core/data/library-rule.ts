import type { NotChecked, QualityMetric } from './contract-model.ts';
import { mistakenAmong } from './property.ts';

type Raw = Readonly<Record<string, unknown>>;

/** What ODCS 3.0 called the metrics of 3.1. */
const EARLIER: ReadonlyMap<unknown, QualityMetric> = new Map<unknown, QualityMetric>([
  ['duplicateCount', 'duplicateValues'],
  ['validValues', 'invalidValues'],
  ['nullCheck', 'nullValues'],
]);

/**
 * A library rule in the words of ODCS 3.1: 3.0 has `rule` for `metric`, other names, `validValues` beside them, and
 * needs no operator where none may be wrong.
 */
export function inWordsOf31(raw: Raw): Raw {
  if (raw['metric'] !== undefined || raw['rule'] === undefined) return raw;
  const { rule, validValues, ...rest } = raw;
  const metric = EARLIER.get(rule) ?? rule;
  const none = rule === 'validValues' || rule === 'nullCheck';
  return {
    ...rest,
    metric,
    ...(rule === 'validValues' ? { arguments: { validValues } } : {}),
    ...(none && !Object.keys(rest).some((key) => /^must/i.test(key)) ? { mustBe: 0 } : {}),
  };
}

/** What of a rule decides how it is checked; the operators are looked at by themselves. */
const READ = ['type', 'metric', 'rule', 'severity', 'unit', 'arguments', 'query', 'engine', 'implementation'];
/** The rest of what ODCS knows of a rule. */
const OTHER = [
  ...['id', 'name', 'description', 'dimension', 'businessImpact', 'method', 'schedule', 'scheduler', 'tags'],
  ...['customProperties', 'authoritativeDefinitions', 'validValues'],
];

/** Keys of a rule that were most likely meant for others: what they ask for would be passed over in silence. */
export function mistakenRuleKeys(raw: Raw, at: string, line: number): readonly NotChecked[] {
  const keys = Object.keys(raw).filter((key) => !/^must/i.test(key));
  return mistakenAmong(keys, { read: READ, other: OTHER, at: `a quality rule of ${at}`, line });
}

const ARGUMENTS: Readonly<Record<QualityMetric, readonly string[]>> = {
  nullValues: [],
  missingValues: ['missingValues'],
  invalidValues: ['validValues', 'pattern'],
  duplicateValues: ['properties'],
  rowCount: [],
};

/** `arguments` that the metric does not have. @param column null at table level, where alone a rule names its columns */
export function unknownArguments(metric: QualityMetric, args: Raw, column: string | null): readonly string[] {
  const known = metric === 'duplicateValues' && column !== null ? [] : ARGUMENTS[metric];
  return Object.keys(args).filter((key) => !known.includes(key));
}
