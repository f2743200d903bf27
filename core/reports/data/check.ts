import type { DataReport, RuleResult } from '../../data/report/data-report.ts';
import { plainLine } from '../characters.ts';
import { codeSpan, escapeMarkdown, joinSections, table } from '../markdown.ts';
import { count } from '../words.ts';
import { baseSections } from './check-base.ts';
import { whole } from './numbers.ts';
import {
  byUrgency,
  failedRules,
  foundWords,
  leftOutLine,
  ruleMessage,
  ruleTitle,
  toleranceText,
  verdictLine,
} from './words.ts';

/** What a check of one dataset shows. GitHub takes 50 annotations a request; whoever sends them cuts them up. */
export interface DataCheckText {
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly DataAnnotation[];
}

export interface DataAnnotation {
  readonly path: string;
  readonly line: number;
  readonly level: 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}

const MAX_RULES = 100;
const MAX_ANNOTATIONS = 200;

/** The report as the text of a check: verdict, what does not hold, what changed against the base, annotations. */
export function reportToCheck(report: DataReport): DataCheckText {
  return {
    title: plainLine(`${report.dataset} ${verdictLine(report)}`, 255),
    summary: joinSections([headSection(report), rulesSection(report), ...baseSections(report)]),
    annotations: annotations(report),
  };
}

function headSection(report: DataReport): readonly string[] {
  const sign = report.status === 'passed' ? '✅' : '❌';
  const warnings = report.rules.filter(({ status, severity }) => status === 'failed' && severity === 'warn').length;
  const of = (status: RuleResult['status'], name: string): string[] => {
    const number = report.rules.filter((rule) => rule.status === status).length;
    return number === 0 ? [] : [`${whole(number)} ${name}`];
  };
  const counts = [
    `${whole(failedRules(report).length)} failed`,
    ...(warnings === 0 ? [] : [count(warnings, 'warning')]),
    ...of('not_checked', 'not checked'),
    ...of('waived', 'waived'),
    `${whole(report.rules.filter(({ status }) => status === 'passed').length)} passed`,
  ];
  const notes = report.approximate.slice(0, 10).map((text) => `> Approximate: ${escapeMarkdown(text, 300)}`);
  return [
    `${sign} ${codeSpan(report.dataset, 100)} ${escapeMarkdown(verdictLine(report))}`,
    `Rules: ${counts.join(', ')}.`,
    ...leftOutLines(report),
    ...pinLines(report),
    notes.join('\n>\n'),
  ];
}

function leftOutLines(report: DataReport): readonly string[] {
  const line = leftOutLine(report);
  return line === null ? [] : [escapeMarkdown(line, 1000)];
}

const MAX_PINS = 5;

/** What fixes data that is not in git: a config that names its location pins it by this very SHA-256. */
function pinLines({ pins = [] }: DataReport): readonly string[] {
  const lines = pins
    .slice(0, MAX_PINS)
    .map(({ source, kind, value }) => `- ${codeSpan(source, 200)}: ${escapeMarkdown(kind)} ${codeSpan(value, 200)}`);
  const more = pins.length > MAX_PINS ? `- ${whole(pins.length - MAX_PINS)} more are in the full report.` : '';
  return lines.length === 0 ? [] : [['Read from elsewhere, and fixed by:', '', ...lines, more].join('\n').trimEnd()];
}

const WORDS: Readonly<Record<RuleResult['status'], string>> = {
  failed: '❌ failed',
  not_checked: '❔ not checked',
  waived: 'waived',
  passed: 'passed',
};

function rulesSection({ rules }: DataReport): readonly string[] {
  const open = byUrgency(rules.filter(({ status }) => status !== 'passed'));
  if (open.length === 0) return [];
  const rows = open
    .slice(0, MAX_RULES)
    .map((rule) => [
      rule.status === 'failed' && rule.severity === 'warn' ? '⚠️ warning' : WORDS[rule.status],
      escapeMarkdown(ruleTitle(rule), 120),
      escapeMarkdown(rule.expected, 160),
      foundCell(rule),
      examplesCell(rule),
    ]);
  const more = open.length > MAX_RULES ? `${whole(open.length - MAX_RULES)} more are in the full report.` : '';
  const unchecked = open.some(({ status }) => status === 'not_checked') ? ' or were not checked' : '';
  return [`### Rules that do not hold${unchecked}`, table(['', 'Rule', 'Expected', 'Found', 'Examples'], rows), more];
}

function foundCell(rule: RuleResult): string {
  const tolerated = toleranceText(rule);
  return escapeMarkdown(
    [foundWords(rule), tolerated === '' ? '' : `tolerated ${tolerated}`].filter(Boolean).join(', '),
    200,
  );
}

function examplesCell({ examples, waiver }: RuleResult): string {
  if (waiver !== null) return escapeMarkdown(`${waiver.owner}, until ${waiver.expires}: ${waiver.reason}`, 300);
  if (examples.length === 0) return '–';
  return examples
    .slice(0, 3)
    .map(
      ({ line, value }) => `${line === null ? '' : `line ${line}: `}${value === null ? 'null' : codeSpan(value, 60)}`,
    )
    .join('<br>');
}

/**
 * Each finding at its line; what has none (a rule about all rows, a row of Parquet) once, at the rule's line of the
 * contract. The first of each rule come first, then the second of each: some places show no more than ten, and one rule
 * that each row breaks would hide all others.
 */
function annotations({ findings, rules, contract }: DataReport): readonly DataAnnotation[] {
  const lines = new Map(rules.map((one) => [ruleKey(one.rule, one.columns.join(', ')), one.contractLine]));
  const turns = new Map<string, number>();
  const found = findings.flatMap(({ file, line, severity, rule, column, message }) => {
    const key = ruleKey(rule, column ?? '');
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    const title = column === null ? rule : `${rule} of ${column}`;
    const withoutLine = line === null && contract !== null && file !== contract;
    if (withoutLine && turn > 0) return [];
    const made = withoutLine
      ? annotation(contract, lines.get(key) ?? null, severity, title, `${file}: ${message}`)
      : annotation(file, line, severity, title, message);
    return [{ made, turn }];
  });
  const open = byUrgency(rules.filter(({ status }) => status === 'failed' || status === 'not_checked'));
  const others = open
    .filter(({ rule, columns }) => contract !== null && !turns.has(ruleKey(rule, columns.join(', '))))
    .map((rule) => {
      const made = annotation(contract ?? '', rule.contractLine, rule.severity, ruleTitle(rule), ruleMessage(rule));
      return { made, turn: 0 };
    });
  return [...found, ...others]
    .sort((a, b) => a.turn - b.turn)
    .slice(0, MAX_ANNOTATIONS)
    .map(({ made }) => made);
}

function ruleKey(rule: string, columns: string): string {
  return JSON.stringify([rule, columns]);
}

function annotation(
  path: string,
  line: number | null,
  severity: 'warn' | 'fail',
  title: string,
  message: string,
): DataAnnotation {
  return {
    path,
    line: line ?? 1,
    level: severity === 'warn' ? 'warning' : 'failure',
    title: plainLine(title, 255) || 'data',
    message: plainLine(message, 1000) || '(empty)',
  };
}
