import { describe, expect, test } from 'vitest';
import { DataReport, type RuleResult } from '../../../../core/data/report/data-report.ts';
import { boundReport } from '../../../../core/data/validation/bound-report.ts';
import { mergeReports } from '../../../../core/data/validation/merge-reports.ts';

function rule(change: Partial<RuleResult> = {}): RuleResult {
  return {
    rule: 'minimum',
    columns: ['delay'],
    severity: 'fail',
    status: 'passed',
    expected: 'at least 0',
    found: 'all of 4 rows',
    count: 0,
    share: 0,
    tolerance: null,
    waiver: null,
    examples: [],
    contractLine: 7,
    label: '',
    ...change,
  };
}

function report(change: Readonly<Record<string, unknown>> = {}): DataReport {
  return DataReport.parse({
    version: 1,
    dataset: 'flights',
    files: [],
    contract: 'flights.odcs.yaml',
    format: 'csv',
    status: 'passed',
    reason: null,
    rows: 4,
    bytes: 10,
    approximate: [],
    rules: [rule()],
    findings: [],
    totalFindings: 0,
    columns: [],
    base: null,
    ...change,
  });
}

const finding = {
  rule: 'minimum',
  severity: 'fail',
  file: 'a.csv',
  line: 2,
  column: 'delay',
  message: 'too small',
} as const;
const failed = { status: 'failed', reason: '1 rule failed', findings: [finding], totalFindings: 1 } as const;

describe('data must meet both forms of its contract:', () => {
  test.each([
    ['passed', 'passed', 'passed'],
    ['passed', 'failed', 'failed'],
    ['failed', 'passed', 'failed'],
    ['not_checked', 'passed', 'not_checked'],
    ['passed', 'not_checked', 'not_checked'],
    ['not_checked', 'failed', 'failed'],
    ['failed', 'not_checked', 'failed'],
  ] as const)('%s by the head’s and %s by the base’s is %s', (head, base, both) => {
    const merged = mergeReports(report({ status: head, reason: head }), report({ status: base, reason: base }));
    expect(merged.status).toBe(both);
  });

  test('what the base’s form alone finds is added, and said to be the base’s', () => {
    const wide = rule({ status: 'failed', expected: 'at least 5' });
    const merged = mergeReports(report(), report({ ...failed, rules: [wide] }));
    expect(merged.reason).toBe('contract of the base: 1 rule failed');
    expect(merged.rules.map(({ expected, label }) => [expected, label])).toEqual([
      ['at least 0', ''],
      ['at least 5', 'contract of the base'],
    ]);
    expect(merged.findings.map(({ message }) => message)).toEqual(['too small (contract of the base)']);
    expect(merged.totalFindings).toBe(1);
  });

  test('what both find is told once', () => {
    const both = report({ ...failed, rules: [rule({ status: 'failed' })] });
    const merged = mergeReports(both, both);
    expect(merged.rules).toHaveLength(1);
    expect(merged).toMatchObject({ findings: [finding], totalFindings: 1, reason: '1 rule failed' });
  });
});

describe('a report that is kept', () => {
  const example = { file: null, line: 2, row: 1, value: 'x'.repeat(900) };
  const many = Array.from({ length: 3000 }, (_, index) =>
    rule({ columns: [`column ${index}`], examples: Array.from({ length: 20 }, () => example) }),
  );
  const last = rule({ status: 'failed', columns: ['the last'] });
  const large = report({ ...failed, rules: [...many, last], findings: Array.from({ length: 500 }, () => finding) });

  test('is small, whatever was found, and still one by its schema', () => {
    const bounded = boundReport(large);
    expect(JSON.stringify(bounded).length).toBeLessThanOrEqual(400_000);
    expect(DataReport.parse(bounded)).toMatchObject({ status: 'failed', totalFindings: 1, rows: 4 });
  });

  test('holds what fails before what passes, and says what it leaves out', () => {
    const bounded = boundReport(large);
    expect(bounded.rules[0]?.columns).toEqual(['the last']);
    expect(bounded.approximate).toEqual([expect.stringMatching(/^\d+ of 3001 rules are in the full report alone/)]);
  });

  test('is as it was where it is small, but for the profile', () => {
    expect(boundReport(report())).toEqual(report());
  });
});
