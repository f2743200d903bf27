import type { DataReport, RuleExample, RuleResult } from '../../data/report/data-report.ts';
import { type Html, html, valueHtml, when } from './html-text.ts';
import { whole } from './numbers.ts';
import { byUrgency, foundWords, ruleTitle, toleranceText } from './words.ts';

/** So that a contract of thousands of broken rules stays a page that a phone can open. */
const MAX_CARDS = 200;
const MAX_ROWS = 2000;
/** Broken rules whose examples are seen at once; of more a reader first wants to know which. */
const MAX_OPEN = 5;

const SIGNS = {
  failed: { fail: '✗ failed', warn: '⚠ warning' },
  not_checked: { fail: '? not checked', warn: '? not checked' },
  waived: { fail: '– waived', warn: '– waived' },
  passed: { fail: '✓ passed', warn: '✓ passed' },
} as const;

/** What is not as the contract asks, each rule with its examples; then a table of what holds. */
export function rulesSection(report: DataReport): Html {
  const open = byUrgency(report.rules.filter(({ status }) => status !== 'passed'));
  const passed = report.rules.filter(({ status }) => status === 'passed');
  const more = open.length - MAX_CARDS;
  return html`<section id="rules"><h2>Rules</h2>${when(open.length === 0 && passed.length > 0, () => html`<p class="good">✓ Every rule of the contract holds.</p>`)}${when(report.rules.length === 0, () => html`<p class="muted">No rule was checked.</p>`)}${open
    .slice(0, MAX_CARDS)
    .map((rule, at) =>
      ruleCard(rule, report, at < MAX_OPEN),
    )}${when(more > 0, () => rulesTable(`${whole(more)} further rules that do not hold`, open.slice(MAX_CARDS)))}${when(passed.length > 0, () => rulesTable(`${whole(passed.length)} rules that hold`, passed))}</section>`;
}

function ruleCard(rule: RuleResult, report: DataReport, first: boolean): Html {
  const sign = SIGNS[rule.status][rule.severity];
  const bad = rule.status === 'failed' && rule.severity === 'fail';
  const tone = bad ? 'bad' : rule.status === 'waived' ? 'muted' : 'warn';
  const facts: readonly (readonly [string, Html])[] = [
    [rule.rule === 'not_checked' ? 'asked' : 'expected', said(rule.expected)],
    [rule.status === 'not_checked' ? 'why' : 'found', said(foundWords(rule))],
    ['tolerated', html`${toleranceText(rule)}`],
    ['contract', place(report.contract, rule.contractLine)],
    ['waiver', waiverText(rule)],
  ];
  const rows = facts
    .filter(([, { markup }]) => markup !== '')
    .map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  return html`<article class="card ${tone}-edge"><h3>${ruleTitle(rule)} <span class="tag ${tone}">${sign}</span></h3><dl>${rows}</dl>${when(rule.examples.length > 0, () => exampleTable(rule.examples, report, bad && first))}</article>`;
}

/** What consists of nothing that can be shown is said to be so. */
function said(text: string): Html {
  const shown = html`${text}`;
  return shown.markup === '' ? html`(empty)` : shown;
}

function waiverText({ waiver }: RuleResult): Html {
  if (waiver === null) return html``;
  return html`until ${waiver.expires} by ${waiver.owner}: ${waiver.reason}`;
}

function place(file: string | null, line: number | null): Html {
  if (file === null || line === null) return html``;
  return html`<code>${file}:${line}</code>`;
}

function exampleTable(examples: readonly RuleExample[], report: DataReport, open: boolean): Html {
  const file = report.files[0]?.path ?? report.dataset;
  const rows = examples.map((one) => {
    const where = one.line === null ? html`${one.file ?? ''}` : html`<code>${one.file ?? file}:${one.line}</code>`;
    return html`<tr><td>${where}</td><td class="num">${one.row === null ? '' : whole(one.row)}</td><td>${valueHtml(one.value)}</td></tr>`;
  });
  return html`<details${open ? html` open` : html``}><summary>Examples</summary><div class="scroll"><table class="fit"><thead><tr><th>Line</th><th class="num">Row</th><th>Value</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

function rulesTable(title: string, rules: readonly RuleResult[]): Html {
  const rows = rules
    .slice(0, MAX_ROWS)
    .map(
      (rule) =>
        html`<tr><td class="name">${signOf(rule)} ${ruleTitle(rule)}</td><td>${rule.expected}</td><td>${rule.found}</td></tr>`,
    );
  const more = rules.length - MAX_ROWS;
  return html`<details class="card"><summary>${title}</summary><div class="scroll"><table><thead><tr><th>Rule</th><th>Expected</th><th>Found</th></tr></thead><tbody>${rows}</tbody></table></div>${when(more > 0, () => html`<p>${whole(more)} more are in the JSON report.</p>`)}</details>`;
}

function signOf({ status, severity }: RuleResult): Html {
  const [sign = ''] = SIGNS[status][severity];
  return status === 'passed' ? html`<span class="good">${sign}</span>` : html`${sign}`;
}
