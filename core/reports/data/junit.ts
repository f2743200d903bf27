import type { DataReport, RuleResult } from '../../data/report/data-report.ts';
import { cleanLine } from '../characters.ts';
import { escapeHtml } from '../markdown.ts';
import { ruleTitle, toleranceText, verdictLine, violations } from './words.ts';

/**
 * The report as JUnit XML: one test case for the verdict and one per rule. What was not checked is an error, since CI
 * shows skipped tests green; what is waived is skipped; a rule that only warns passes, and says so in its output.
 */
export function reportToJunit(report: DataReport): string {
  const cases = [verdictCase(report), ...report.rules.map((rule) => ruleCase(rule, report))];
  const number = (kind: Outcome['kind']): number => cases.filter((one) => one.kind === kind).length;
  const counts = `tests="${cases.length}" failures="${number('failure')}" errors="${number('error')}" skipped="${number('skipped')}"`;
  const name = attribute(report.dataset);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="trainyard data" ${counts} time="0">`,
    `<testsuite name="${name}" ${counts} time="0">`,
    ...cases.map(
      (one) => `<testcase classname="${name}" name="${attribute(one.name)}" time="0">${body(one)}</testcase>`,
    ),
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

interface Outcome {
  readonly name: string;
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped' | 'output';
  readonly message: string;
  readonly lines: readonly string[];
}

function verdictCase(report: DataReport): Outcome {
  const kind = { passed: 'passed', failed: 'failure', not_checked: 'error' } as const;
  return { name: 'verdict', kind: kind[report.status], message: verdictLine(report), lines: [] };
}

function ruleCase(rule: RuleResult, report: DataReport): Outcome {
  const rows = violations(rule);
  const tolerated = toleranceText(rule);
  const file = report.files[0]?.path ?? report.dataset;
  const lines = [
    ...(rows === '' ? [] : [`violations: ${rows}`]),
    ...(tolerated === '' ? [] : [`tolerated: ${tolerated}`]),
    ...(report.contract === null || rule.contractLine === null
      ? []
      : [`contract: ${report.contract}:${rule.contractLine}`]),
    ...rule.examples.map(
      (one) => `${one.file ?? file}${one.line === null ? '' : `:${one.line}`}: ${one.value ?? 'null'}`,
    ),
  ];
  const name = ruleTitle(rule);
  const message = `expected ${rule.expected}, found ${rule.found}`;
  if (rule.status === 'passed') return { name, kind: 'passed', message, lines: [] };
  if (rule.status === 'waived') {
    const { owner = '', reason = '', expires = '' } = rule.waiver ?? {};
    return { name, kind: 'skipped', message: `waived by ${owner} until ${expires}: ${reason}`, lines };
  }
  if (rule.severity === 'warn') return { name, kind: 'output', message: `warning: ${message}`, lines };
  return { name, kind: rule.status === 'failed' ? 'failure' : 'error', message, lines };
}

function body({ kind, message, lines }: Outcome): string {
  const text = lines.map(textLine).join('\n');
  switch (kind) {
    case 'passed':
      return '';
    case 'skipped':
      return `<skipped message="${attribute(message)}"/>`;
    case 'output':
      return `<system-out>${[textLine(message), text].filter((part) => part !== '').join('\n')}</system-out>`;
    case 'failure':
    case 'error':
      return `<${kind} message="${attribute(message)}" type="data">${text}</${kind}>`;
  }
}

function attribute(text: string): string {
  return escapeHtml(cleanLine(text, 1000)) || '(empty)';
}

function textLine(text: string): string {
  return escapeHtml(cleanLine(text, 1000));
}
