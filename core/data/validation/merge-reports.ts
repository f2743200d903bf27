import type { DataReport, ReportFinding, RuleResult } from '../report/data-report.ts';

/** Findings in full; the rest is counted. */
const MAX_FINDINGS = 500;
const OF_BASE = '(contract of the base)';

/**
 * One report of data that was checked against the head and against the base form of its contract: it must pass both
 * (invariant 1). What the base's form finds and the head's does not is added, and said to be the base's.
 */
export function mergeReports(head: DataReport, base: DataReport): DataReport {
  const known = new Set(head.rules.map(ruleIdentity));
  const rules = base.rules.filter((rule) => rule.status !== 'passed' && !known.has(ruleIdentity(rule)));
  const found = new Set(head.findings.map(findingIdentity));
  const findings = base.findings.filter((finding) => !found.has(findingIdentity(finding)));
  const repeated = base.findings.length - findings.length;
  const worst = worse(head, base);
  const onlyBase = worst === base && head.status === 'passed';
  return {
    ...head,
    status: worst.status,
    reason: onlyBase && base.reason !== null ? `contract of the base: ${base.reason}`.slice(0, 1000) : worst.reason,
    rules: [...head.rules, ...rules.map(ruleOfBase)],
    findings: [...head.findings, ...findings.map(findingOfBase)].slice(0, MAX_FINDINGS),
    totalFindings: head.totalFindings + Math.max(base.totalFindings - repeated, 0),
  };
}

function worse(head: DataReport, base: DataReport): DataReport {
  return [head, base].find(({ status }) => status === 'failed') ?? (head.status === 'passed' ? base : head);
}

function ruleIdentity({ rule, columns, status, expected, found }: RuleResult): string {
  return JSON.stringify([rule, columns, status, expected, found]);
}

function findingIdentity({ rule, file, line, column, message }: ReportFinding): string {
  return JSON.stringify([rule, file, line, column, message]);
}

/** Its line is one of another file, so that none is named. */
function ruleOfBase(rule: RuleResult): RuleResult {
  const label = rule.label === '' ? 'contract of the base' : `${rule.label.slice(0, 150)} ${OF_BASE}`;
  return { ...rule, label, contractLine: null };
}

function findingOfBase(finding: ReportFinding): ReportFinding {
  return { ...finding, message: `${finding.message.slice(0, 960)} ${OF_BASE}` };
}
