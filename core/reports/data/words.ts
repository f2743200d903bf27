import type { DataReport, RuleResult } from '../../data/report/data-report.ts';
import { count } from '../words.ts';
import { byteSize, percent, whole } from './numbers.ts';

/** One line for people, without the dataset's name and without markup. */
export function verdictLine(report: DataReport): string {
  const rows = report.rows === null ? '' : ` in ${count(report.rows, 'row')}`;
  const failed = failedRules(report).length;
  switch (report.status) {
    case 'passed':
      return `meets its contract${report.rows === null ? '' : `: ${count(report.rows, 'row')}, ${count(report.rules.length, 'rule')}`}`;
    case 'failed':
      return failed > 0 ? `breaks ${count(failed, 'rule')}${rows}` : `failed: ${report.reason ?? 'no reason given'}`;
    case 'not_checked':
      return `not checked: ${report.reason ?? 'no reason given'}`;
  }
}

/** Files beside that of reports that name them one by one. */
const MAX_LEFT_OUT = 5;

/** What lies beside the data and was not read, with its sizes; null where nothing does. */
export function leftOutLine({ leftOut = [] }: DataReport): string | null {
  if (leftOut.length === 0) return null;
  const named = leftOut.slice(0, MAX_LEFT_OUT).map(({ path, bytes }) => `${path} (${byteSize(bytes)})`);
  const others = leftOut.slice(MAX_LEFT_OUT);
  const size = byteSize(others.reduce((sum, { bytes }) => sum + bytes, 0));
  return `Left out as no data: ${named.join(', ')}${others.length === 0 ? '' : ` and ${others.length} more (${size})`}.`;
}

export function failedRules(report: DataReport): readonly RuleResult[] {
  return report.rules.filter(({ status, severity }) => status === 'failed' && severity === 'fail');
}

/** Of a rule: `range of delay`, `unique: carrier, number`, or what the contract calls it. */
export function ruleTitle({ rule, columns, label }: RuleResult): string {
  const name = rule.replaceAll('_', ' ');
  const title = columns.length === 0 ? name : `${name} of ${columns.join(', ')}`;
  return label === '' ? title : `${label} (${title})`;
}

/** What a rule asks; of what can't be checked at all the contract's own words. */
export function askedWords({ rule, expected }: Pick<RuleResult, 'rule' | 'expected'>): string {
  return rule === 'not_checked' ? expected : `expected ${expected}`;
}

/** What a rule asks and what was found, in a sentence. */
export function ruleMessage(rule: RuleResult): string {
  const open = rule.status === 'not_checked' ? 'not checked: ' : '';
  return rule.rule === 'not_checked' ? `${open}${rule.expected}` : `${open}${askedWords(rule)}, found ${rule.found}`;
}

/** How many rows violate it, and of how many: `12 (0.3 %)`. */
export function violations({ count: number, share }: RuleResult): string {
  if (number === null) return '';
  return share === null ? whole(number) : `${whole(number)} (${percent(share)})`;
}

/** What was found: rows and their share, and more where the rule says more than how many they are. */
export function foundWords({ count: number, share, found }: RuleResult): string {
  if (number === null) return found;
  const rows = `${count(number, 'row')}${share === null ? '' : ` (${percent(share)})`}`;
  return /^[\d,]+(?: of [\d,]+ rows? violate it)?$/.test(found) ? rows : `${rows}: ${found}`;
}

export function toleranceText({ tolerance }: RuleResult): string {
  if (tolerance === null) return '';
  return tolerance.unit === 'count' ? count(tolerance.value, 'row') : percent(tolerance.value);
}

/** What a person should look at first: failures, then what was not checked, warnings, waived, passed. */
export function byUrgency(rules: readonly RuleResult[]): readonly RuleResult[] {
  return [...rules].sort((a, b) => urgency(a) - urgency(b));
}

function urgency({ status, severity }: RuleResult): number {
  const of = { failed: severity === 'fail' ? 0 : 2, not_checked: severity === 'fail' ? 1 : 3, waived: 4, passed: 5 };
  return of[status];
}
