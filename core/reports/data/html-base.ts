import type { DriftResult, NotCompared, RowDiff, RowExample, SchemaChange } from '../../data/report/base.ts';
import type { DataReport } from '../../data/report/data-report.ts';
import type { ColumnType } from '../../data/report/profile.ts';
import { formatNumber } from '../../evaluation/numbers.ts';
import { count } from '../words.ts';
import { breaksWords, comparedWith, driftCounts, leftOutWords, notComparedLines } from './base-words.ts';
import { driftChart } from './charts.ts';
import { type Html, html, valueHtml, when } from './html-text.ts';
import { whole } from './numbers.ts';

const MAX_CHANGES = 500;
const MAX_DRIFT = 300;

const TESTS: Readonly<Record<DriftResult['test'], string>> = {
  ks: 'Kolmogorov–Smirnov',
  wasserstein: 'Wasserstein distance',
  jensen_shannon: 'Jensen–Shannon divergence',
  chi_squared: 'chi-squared',
};

const CORRECTIONS: Readonly<Record<DriftResult['correction'], string>> = {
  none: 'for this column alone',
  holm: 'corrected for the number of columns (Holm)',
  benjamini_hochberg: 'corrected for the number of columns (Benjamini–Hochberg)',
};

/** What changed against the base: schema, rows by key, distributions. */
export function baseSection({ base, columns }: DataReport): Html {
  if (base === null) return html``;
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const drift = [...base.drift].sort((a, b) => Number(b.drifted) - Number(a.drifted));
  const { drifted, compared } = driftCounts(base);
  const all = base.notCompared.some(({ what }) => what === 'all');
  const shown = drift.slice(0, MAX_DRIFT).map((one) => driftCard(one, types.get(one.column) ?? null));
  const more = drift.length - MAX_DRIFT;
  return html`<section id="base"><h2>Against the base</h2><p class="muted">${comparedWith(base, base.source)}</p>${when(!all, () => schemaCard(base.schema))}${base.diff === null ? html`` : diffCard(base.diff)}${notComparedCard(base.notCompared, all)}${when(drift.length > 0, () => html`<h3>Distributions: ${driftWords(drifted, compared)}</h3><p class="muted small">${LEGEND} shares of each side’s own values.</p><div class="grid">${shown}</div>`)}${when(more > 0, () => html`<p>${whole(more)} more columns are in the JSON report.</p>`)}</section>`;
}

const LEGEND = html`<b class="head-key">■ This pull request</b>, <b class="base-key">▬ base</b>:`;

function driftWords(drifted: number, all: number): string {
  return drifted === 0
    ? `no drift in ${count(all, 'column')}`
    : `drift in ${whole(drifted)} of ${count(all, 'column')}`;
}

function notComparedCard(list: readonly NotCompared[], all: boolean): Html {
  const lines = notComparedLines(list);
  if (lines.length === 0) return html``;
  const items = lines.slice(0, MAX_CHANGES).map((line) => html`<li>${line}</li>`);
  const more = lines.length - items.length;
  return html`<article class="card ${all ? 'warn-edge' : ''}"><h3>Not compared</h3><ul>${items}</ul>${when(more > 0, () => html`<p>${whole(more)} more are in the JSON report.</p>`)}</article>`;
}

function schemaCard(changes: readonly SchemaChange[]): Html {
  const breaking = changes.filter(({ compatible }) => !compatible).length;
  const ordered = [...changes].sort((a, b) => Number(a.compatible) - Number(b.compatible)).slice(0, MAX_CHANGES);
  const rows = ordered.map(({ compatible, breaks, message }) => {
    const tag = compatible
      ? html`<span class="tag good">compatible</span>`
      : html`<span class="tag ${breaks.length > 0 ? 'bad' : 'warn'}">breaking</span>`;
    const whom = compatible ? html`` : html`<div class="small muted">${breaksWords(breaks)}</div>`;
    return html`<tr><td>${tag}</td><td>${message}${whom}</td></tr>`;
  });
  if (rows.length === 0) return html`<p class="good">✓ The schema is the same.</p>`;
  const more = changes.length - ordered.length;
  return html`<article class="card ${breaking > 0 ? 'bad-edge' : ''}"><h3>Schema: ${count(changes.length, 'change')}, ${breaking === 0 ? 'none breaking' : `${whole(breaking)} breaking`}</h3><div class="scroll"><table class="tags"><tbody>${rows}</tbody></table></div>${when(more > 0, () => html`<p>${whole(more)} more are in the JSON report.</p>`)}</article>`;
}

function diffCard(diff: RowDiff): Html {
  const tiles = (['added', 'removed', 'changed', 'unchanged'] as const).map(
    (kind) => html`<div class="tile"><b>${whole(diff[kind])}</b> ${kind}</div>`,
  );
  const columns = diff.columns
    .filter(({ changed }) => changed > 0)
    .slice(0, 50)
    .map(({ column, changed }) => html`<span class="tag name">${column}: ${whole(changed)}</span> `);
  const rows = diff.examples.map((one) => exampleRows(one));
  const left = leftOutWords(diff);
  return html`<article class="card"><h3>Rows by key</h3><p class="muted small">Key: ${diff.key.join(', ')}</p><div class="tiles">${tiles}</div>${when(left !== '', () => html`<p class="after warn small">${left}</p>`)}${when(columns.length > 0, () => html`<p class="after">Changed columns: ${columns}</p>`)}${when(rows.length > 0, () => html`<details open><summary>Examples</summary><div class="scroll"><table class="wide"><thead><tr><th>Change</th><th>Line</th><th>Key</th><th>Column</th><th>Base</th><th>This pull request</th></tr></thead><tbody>${rows}</tbody></table></div></details>`)}</article>`;
}

function exampleRows({ kind, key, line, baseLine, file, cells }: RowExample): Html {
  const keys = key.map((value) => html`${valueHtml(value, 60)} `);
  const base = baseLine === null || baseLine === line ? '' : `, base ${whole(baseLine)}`;
  const where = `${file === null ? '' : `${file} `}${line === null ? '' : whole(line)}${base}`;
  const first = html`<td>${kind}</td><td>${where}</td><td>${keys}</td>`;
  if (cells.length === 0) return html`<tr>${first}<td></td><td></td><td></td></tr>`;
  return html`${cells.map(
    (cell, at) =>
      html`<tr>${at === 0 ? first : html`<td></td><td></td><td></td>`}<td class="name">${cell.column}</td><td>${valueHtml(cell.base, 100)}</td><td>${valueHtml(cell.head, 100)}</td></tr>`,
  )}`;
}

function driftCard(drift: DriftResult, type: ColumnType | null): Html {
  const { statistic, cutoff, pValue, sizes, drifted, distribution } = drift;
  const tag = drifted ? html`<span class="tag bad">✗ drifted</span>` : html`<span class="tag good">✓ no drift</span>`;
  const relation = statistic > cutoff ? 'above' : 'not above';
  const p = pValue === null ? '' : `, p ${pValue < 1e-12 ? '< 1e−12' : `= ${formatNumber(pValue)}`}`;
  const what = drift.of === 'nulls' ? ': share of nulls' : '';
  const counted = drift.of === 'nulls' ? 'rows' : 'values';
  const news = categoryLine('New', drift.newCategories);
  const lost = categoryLine('Lost', drift.lostCategories);
  return html`<article class="card"><h3>${drift.column}${what} ${tag}</h3><p class="small muted">${TESTS[drift.test]} ${formatNumber(statistic, cutoff)}, ${relation} the cut-off ${formatNumber(cutoff, statistic)} at ${whole(sizes.head)} against ${whole(sizes.base)} ${counted}, ${CORRECTIONS[drift.correction]}${p}</p>${news}${lost}${distribution === null ? html`` : driftChart(drift.column, distribution, drift.of === 'nulls' ? null : type)}</article>`;
}

function categoryLine(name: string, values: readonly string[]): Html {
  if (values.length === 0) return html``;
  const shown = values.slice(0, 12).map((value) => html`${valueHtml(value, 40)} `);
  const more = values.length > 12 ? `and ${whole(values.length - 12)} more` : '';
  return html`<p class="small">${name}: ${shown}${more}</p>`;
}
