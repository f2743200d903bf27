import type { DataReport, ReportFinding, RuleResult } from '../../data/report/data-report.ts';
import { cleanLine } from '../characters.ts';
import { count } from '../words.ts';
import { baseLines } from './base-words.ts';
import { displayWidth } from './display-width.ts';
import { whole } from './numbers.ts';
import { askedWords, byUrgency, foundWords, leftOutLine, ruleTitle, toleranceText, verdictLine } from './words.ts';

const MAX_RULES = 50;
const MAX_LINES = 50;
const MAX_OF_RULE = 5;

const SIGNS = { failed: '✗', not_checked: '?', waived: '–', passed: '✓' } as const;
const VERDICTS = { passed: '✓', failed: '✗', not_checked: '?' } as const;

/**
 * The report as lines for a terminal: verdict, what does not hold in columns, where in the data, what changed against the
 * base, and what to do next. Foreign text is as it is: whoever prints a line cleans it.
 */
export function reportToLines(
  report: DataReport,
  call: { readonly data: string; readonly contract: string },
): readonly string[] {
  const leftOut = leftOutLine(report);
  const blocks = [
    [`${VERDICTS[report.status]} ${report.dataset} ${verdictLine(report)}`, ...counts(report)],
    rulesBlock(report),
    placesBlock(report),
    baseBlock(report),
    leftOut === null ? [] : [leftOut],
    report.approximate.slice(0, 10).map((text) => `approximate: ${text}`),
    nextBlock(report, call),
  ];
  return blocks.filter((block) => block.length > 0).flatMap((block, at) => (at === 0 ? block : ['', ...block]));
}

function counts({ rules }: DataReport): readonly string[] {
  if (rules.length === 0) return [];
  const number = (test: (rule: RuleResult) => boolean, name: string): string[] => {
    const found = rules.filter(test).length;
    return found === 0 ? [] : [`${whole(found)} ${name}`];
  };
  const shown = [
    ...number(({ status, severity }) => status === 'failed' && severity === 'fail', 'failed'),
    ...number(({ status, severity }) => status === 'failed' && severity === 'warn', 'warned'),
    ...number(({ status }) => status === 'not_checked', 'not checked'),
    ...number(({ status }) => status === 'waived', 'waived'),
    ...number(({ status }) => status === 'passed', 'passed'),
  ];
  return [`  ${count(rules.length, 'rule')}: ${shown.join(', ')}`];
}

function rulesBlock({ rules }: DataReport): readonly string[] {
  const open = byUrgency(rules.filter(({ status }) => status !== 'passed'));
  const rows = open.slice(0, MAX_RULES).map((rule) => {
    const tolerated = toleranceText(rule);
    const found = `${foundWords(rule)}${tolerated === '' ? '' : `, tolerated ${tolerated}`}`;
    const sign = rule.status === 'failed' && rule.severity === 'warn' ? '!' : SIGNS[rule.status];
    return [sign, ruleTitle(rule), askedWords(rule), found];
  });
  return [...columns(rows, [1, 36, 56, 100]), ...more(open.length - MAX_RULES, 'rule')];
}

/** A few of each rule, so that one broken column does not hide the others. Lines of the contract are in the table above. */
function placesBlock({ findings, totalFindings, contract }: DataReport): readonly string[] {
  const seen = new Map<string, number>();
  const placed = findings.filter(({ line, file, rule, column }) => {
    if (line === null || file === contract) return false;
    const key = JSON.stringify([rule, column]);
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return (seen.get(key) ?? 0) <= MAX_OF_RULE;
  });
  const rows = placed.slice(0, MAX_LINES).map((one) => [placeOf(one), one.column ?? '', one.message]);
  if (rows.length === 0) return [];
  const shown = columns(rows, [60, 24, 100]).map((line) => `  ${line}`);
  return ['where:', ...shown, ...more(totalFindings - rows.length, 'finding')];
}

function placeOf({ file, line }: ReportFinding): string {
  return line === null ? file : `${file}:${line}`;
}

function baseBlock(report: DataReport): readonly string[] {
  const lines = baseLines(report);
  return lines.length === 0 ? [] : ['against the base:', ...lines.map((line) => `  ${line}`)];
}

function more(rest: number, what: string): readonly string[] {
  return rest > 0 ? [`  … and ${count(rest, what)} more: --json or --html has them`] : [];
}

/** What a person does now. */
function nextBlock(
  report: DataReport,
  { data, contract }: { readonly data: string; readonly contract: string },
): readonly string[] {
  switch (report.status) {
    case 'passed':
      return [];
    case 'failed': {
      const html = `trainyard data check ${data} --contract ${contract} --html report.html`;
      return [
        'next: mend the data, or change the contract where the data is right; a rule may be tolerated or waived for a while',
        `      ${html} shows distributions and all examples`,
      ];
    }
    case 'not_checked':
      return ['next: nothing can be said of this data until what is marked ? can be checked'];
  }
}

/** Cells in columns as wide as they need to be, at most so many characters. */
function columns(rows: readonly (readonly string[])[], most: readonly number[]): readonly string[] {
  const clean = rows.map((row) => row.map((cell, at) => cleanLine(cell, most[at])));
  const widths = most.map((_, at) => Math.max(0, ...clean.map((row) => displayWidth(row[at] ?? ''))));
  return clean.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(cell))))
      .join('  ')
      .trimEnd(),
  );
}
