import type { DataReport } from '../../data/report/data-report.ts';
import type { ColumnProfile } from '../../data/report/profile.ts';
import { formatNumber } from '../../evaluation/numbers.ts';
import { profileChart } from './charts.ts';
import { type Html, html, valueHtml, when } from './html-text.ts';
import { onNumberLine, percent, whole } from './numbers.ts';

/** Charts of a thousand columns would make a page that nobody can open; the rest is a table. */
const MAX_CARDS = 150;
const MAX_ROWS = 5000;

/** What the columns hold. */
export function columnsSection({ columns }: DataReport): Html {
  if (columns.length === 0) return html``;
  const rest = columns.slice(MAX_CARDS, MAX_ROWS);
  return html`<section id="columns"><h2>Columns</h2><div class="grid">${columns.slice(0, MAX_CARDS).map((column) => columnCard(column))}</div>${when(rest.length > 0, () => columnTable(rest))}</section>`;
}

function columnCard(column: ColumnProfile): Html {
  const facts = factsOf(column).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  const tags = html`<span class="tag">${column.type}</span>${when(column.pii !== null, () => html` <span class="tag warn">personal: ${(column.pii ?? '').replaceAll('_', ' ')}, masked</span>`)}`;
  return html`<article class="card"><h3>${column.name} ${tags}</h3><dl>${facts}</dl>${profileChart(column)}</article>`;
}

function factsOf(column: ColumnProfile): readonly (readonly [string, Html])[] {
  const { rows, nulls, min, max, mean, sd, quantiles, format, minLength, maxLength, type } = column;
  const median = quantiles.find(({ p }) => p === 0.5);
  const facts: (readonly [string, Html])[] = [
    ['nulls', html`${nulls === 0 ? 'none' : `${whole(nulls)} (${percent(rows === 0 ? 0 : nulls / rows)})`}`],
    ['distinct', html`${distinctText(column)}`],
  ];
  if (min !== null && max !== null) facts.push(['range', html`${valueHtml(min, 40)} to ${valueHtml(max, 40)}`]);
  if (mean !== null) {
    const timed = type === 'date' || type === 'timestamp';
    const spread = sd === null || timed ? '' : ` ± ${formatNumber(sd)}`;
    facts.push(['mean', html`${`${onNumberLine(mean, type)}${spread}`}`]);
  }
  if (median !== undefined) facts.push(['median', html`${onNumberLine(median.value, type)}`]);
  if (minLength !== null && maxLength !== null) {
    const lengths = minLength === maxLength ? whole(minLength) : `${whole(minLength)} to ${whole(maxLength)}`;
    facts.push(['length', html`${lengths}`]);
  }
  if (format !== null) facts.push(['format', html`${format}`]);
  return facts;
}

function distinctText({ distinct, distinctEstimate, rows, nulls }: ColumnProfile): string {
  if (distinct === null) return distinctEstimate === null ? 'not counted' : `about ${whole(distinctEstimate)}`;
  return distinct === rows - nulls && distinct > 0 ? `${whole(distinct)}, all different` : whole(distinct);
}

function columnTable(columns: readonly ColumnProfile[]): Html {
  const rows = columns.map(
    (column) =>
      html`<tr><td class="name">${column.name}</td><td>${column.type}</td><td class="num">${whole(column.nulls)}</td><td class="num">${distinctText(column)}</td><td>${column.min === null ? html`` : valueHtml(column.min, 40)}</td><td>${column.max === null ? html`` : valueHtml(column.max, 40)}</td></tr>`,
  );
  return html`<details class="card"><summary>${whole(columns.length)} more columns</summary><div class="scroll"><table><thead><tr><th>Column</th><th>Type</th><th class="num">Nulls</th><th class="num">Distinct</th><th>Least</th><th>Greatest</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}
