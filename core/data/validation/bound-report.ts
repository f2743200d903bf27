import type { DataReport, RuleResult } from '../report/data-report.ts';

/** Characters of JSON: results are kept while a pull request is open, and each is sent with every check. */
const MAX_JSON = 400_000;
/** Tried in turn until the report fits. */
const SIZES: readonly Size[] = [
  { rules: 500, findings: 200, examples: 10, changes: 200, drift: 200, drawn: 20 },
  { rules: 150, findings: 100, examples: 3, changes: 50, drift: 50, drawn: 10 },
  { rules: 50, findings: 50, examples: 1, changes: 20, drift: 20, drawn: 0 },
  { rules: 10, findings: 10, examples: 0, changes: 5, drift: 5, drawn: 0 },
];

interface Size {
  readonly rules: number;
  readonly findings: number;
  readonly examples: number;
  readonly changes: number;
  readonly drift: number;
  readonly drawn: number;
}

/**
 * What a check shows of a report, small enough to be kept: profiles are left to the full report, and of long lists what
 * matters most is kept. The verdict and all totals stay; what was cut is said among the estimates.
 */
export function boundReport(report: DataReport): DataReport {
  let last = report;
  for (const size of SIZES) {
    last = cut(report, size);
    if (JSON.stringify(last).length <= MAX_JSON) break;
  }
  return last;
}

function cut(report: DataReport, size: Size): DataReport {
  const rules = byUrgency(report.rules)
    .slice(0, size.rules)
    .map((rule) => ({ ...rule, examples: rule.examples.slice(0, size.examples) }));
  const left = report.rules.length - rules.length;
  const note = `${left} of ${report.rules.length} rules are in the full report alone, those that matter least`;
  return {
    ...report,
    files: report.files.slice(0, size.findings),
    ...(report.leftOut === undefined ? {} : { leftOut: report.leftOut.slice(0, size.findings) }),
    ...(report.pins === undefined ? {} : { pins: report.pins.slice(0, size.findings) }),
    approximate: [...report.approximate.slice(0, 20), ...(left > 0 ? [note] : [])],
    rules,
    findings: report.findings.slice(0, size.findings),
    columns: [],
    base: report.base === null ? null : cutBase(report.base, size),
  };
}

function cutBase(base: NonNullable<DataReport['base']>, size: Size): DataReport['base'] {
  const drift = base.drift
    .toSorted((a, b) => Number(b.drifted) - Number(a.drifted))
    .slice(0, size.drift)
    .map((one, index) => ({
      ...one,
      newCategories: one.newCategories.slice(0, 10),
      lostCategories: one.lostCategories.slice(0, 10),
      distribution: one.drifted && index < size.drawn ? one.distribution : null,
    }));
  return {
    ...base,
    schema: base.schema.toSorted((a, b) => Number(a.compatible) - Number(b.compatible)).slice(0, size.changes),
    drift,
    notCompared: base.notCompared.slice(0, size.changes),
    diff:
      base.diff === null
        ? null
        : {
            ...base.diff,
            columns: base.diff.columns.slice(0, size.changes),
            examples: base.diff.examples.slice(0, size.examples),
          },
  };
}

function byUrgency(rules: readonly RuleResult[]): readonly RuleResult[] {
  return rules.toSorted((a, b) => urgency(a) - urgency(b));
}

function urgency({ status, severity }: RuleResult): number {
  const of = { failed: severity === 'fail' ? 0 : 2, not_checked: 1, waived: 3, passed: 4 };
  return of[status];
}
