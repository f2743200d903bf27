import { formatNumber } from '../evaluation/numbers.ts';
import { curvePanels, lostWords } from './chart-curves.ts';
import { cleanLine, escapeHtml } from './markdown.ts';
import type { AttemptView, CurveView, MetricRowView } from './view.ts';

export interface ChartView {
  readonly title: string;
  /** Of the version compared with, such as "v1.0.0 in production"; null for a first version. */
  readonly comparedWith: string | null;
  readonly metrics: readonly MetricRowView[];
  readonly curves: readonly CurveView[];
  /** Where further attempts at training went on; each is marked on the curves. */
  readonly attempts?: readonly AttemptView[];
}

export const WIDTH = 760;
const MARGIN = 24;
const ROW = 46;
const MAX_ROWS = 8;
const TRACK = { left: 190, right: 560 } as const;

/**
 * An SVG image of a run's metrics beside the version compared with and the bounds of the gates, and its learning
 * curves. Self-contained, no script, readable in light and dark; shapes say what colours say.
 */
export function comparisonChart(view: ChartView): string {
  const rows = view.metrics.filter(isTelling).slice(0, MAX_ROWS);
  const header = 64;
  const metricsEnd = header + rows.length * ROW;
  const curves = curvePanels(view.curves, view.attempts ?? [], metricsEnd + (rows.length > 0 ? 18 : 0));
  const height = Math.round(Math.max(curves.bottom, metricsEnd) + MARGIN);
  const title = cleanLine(view.title, 100);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="t d">`,
    `<title id="t">${escapeHtml(title)}</title>`,
    `<desc id="d">${escapeHtml(describe(view, rows))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    `<text class="title" x="${MARGIN}" y="32">${escapeHtml(title)}</text>`,
    rows.length > 0 ? legend(view, rows) : '',
    ...rows.map((row, index) => metricRow(row, header + index * ROW)),
    ...curves.parts,
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** Metrics with a gate, or that moved; a count of rows that is the same in both tells nothing. */
function isTelling({ value, reference, gate }: MetricRowView): boolean {
  return value !== null && (gate !== null || (reference !== null && reference !== value));
}

/** Both colour schemes reach 4.5:1 for text and 3:1 for shapes on the card. */
const STYLE = [
  'text{font:13px -apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;fill:#1f2328}',
  '.title{font-size:15px;font-weight:600}.small{font-size:11px}.muted{fill:#59636e}.bold{font-weight:600}.end{text-anchor:end}',
  '.card{fill:#fff;stroke:#d1d9e0}.track{stroke:#d1d9e0;stroke-width:2;stroke-linecap:round}.grid{stroke:#e6eaef}.attempt{stroke:#59636e;stroke-dasharray:3 3}',
  '.run{fill:#0969da}.ref{fill:#fff;stroke:#59636e;stroke-width:2}.bound{stroke:#bc4c00;stroke-width:2}.bad{fill:#bc4c00;opacity:.13}',
  '.pass{fill:#1a7f37}.fail{fill:#cf222e}',
  '.c0{stroke:#0969da}.c1{stroke:#bc4c00}.c2{stroke:#1a7f37}.c3{stroke:#8250df}.curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}',
  '.f0{fill:#0969da}.f1{fill:#bc4c00}.f2{fill:#1a7f37}.f3{fill:#8250df}',
  '@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.muted{fill:#9198a1}.card{fill:#0d1117;stroke:#3d444d}.track{stroke:#3d444d}.grid{stroke:#262c36}.attempt{stroke:#9198a1}',
  '.run{fill:#4493f8}.ref{fill:#0d1117;stroke:#9198a1}.bound{stroke:#f0883e}.bad{fill:#f0883e}.pass{fill:#3fb950}.fail{fill:#f85149}',
  '.c0{stroke:#4493f8}.c1{stroke:#f0883e}.c2{stroke:#3fb950}.c3{stroke:#ab7df8}.f0{fill:#4493f8}.f1{fill:#f0883e}.f2{fill:#3fb950}.f3{fill:#ab7df8}}',
].join('');

function describe(view: ChartView, rows: readonly MetricRowView[]): string {
  const parts = rows.map((row) => {
    const reference =
      row.reference === null ? '' : `, ${view.comparedWith ?? 'compared'} ${formatNumber(row.reference)}`;
    const gate = row.gate === null ? '' : `, gate ${row.gate.verdict === 'first_version' ? 'pass' : row.gate.verdict}`;
    return `${row.metric} ${formatNumber(row.value ?? Number.NaN)}${reference}${gate}`;
  });
  const curves = view.curves.map((curve) => `learning curve of ${curve.metric}${lostWords(curve.points)}`);
  const attempts = (view.attempts ?? []).map(({ attempt, step }) => `attempt ${attempt} went on at step ${step}`);
  return cleanLine([...parts, ...curves, ...attempts].join('; '), 2000);
}

function legend(view: ChartView, rows: readonly MetricRowView[]): string {
  const items: string[] = [];
  let x = MARGIN + 5;
  const add = (shape: (x: number) => string, label: string): void => {
    const text = cleanLine(label, 40);
    items.push(shape(x), `<text class="small muted" x="${x + 11}" y="54">${escapeHtml(text)}</text>`);
    x += 32 + text.length * 6;
  };
  add((at) => circle(at, 50, 5), 'this run');
  if (rows.some((row) => row.reference !== null)) add((at) => diamond(at, 50, 5), view.comparedWith ?? 'compared with');
  if (rows.some((row) => row.min !== null || row.max !== null)) {
    add((at) => `<line class="bound" x1="${at}" x2="${at}" y1="44" y2="56"/>`, 'bound of the gate');
  }
  return items.join('');
}

function metricRow(row: MetricRowView, top: number): string {
  const value = row.value ?? 0;
  const middle = top + ROW / 2;
  const scale = scaleOf([value, row.reference, row.min, row.max].filter((number) => number !== null));
  const parts = [
    `<text class="bold" x="${MARGIN}" y="${middle + 4}">${escapeHtml(cleanLine(row.metric, 22))}</text>`,
    `<line class="track" x1="${TRACK.left}" x2="${TRACK.right}" y1="${middle}" y2="${middle}"/>`,
  ];
  if (row.min !== null) parts.push(...boundParts(scale(row.min), middle, 'below', row.min));
  if (row.max !== null) parts.push(...boundParts(scale(row.max), middle, 'above', row.max));
  if (row.reference !== null) parts.push(diamond(scale(row.reference), middle, 6));
  parts.push(circle(scale(value), middle, 6), ...valueTexts(row, value, middle));
  return parts.join('');
}

function boundParts(x: number, middle: number, bad: 'below' | 'above', bound: number): readonly string[] {
  const [from, to] = bad === 'below' ? [TRACK.left, x] : [x, TRACK.right];
  return [
    `<rect class="bad" x="${round(from)}" y="${middle - 9}" width="${round(Math.max(to - from, 0))}" height="18"/>`,
    `<line class="bound" x1="${x}" x2="${x}" y1="${middle - 11}" y2="${middle + 11}"/>`,
    `<text class="small muted" text-anchor="middle" x="${x}" y="${middle + 21}">${formatNumber(bound)}</text>`,
  ];
}

function valueTexts(row: MetricRowView, value: number, middle: number): readonly string[] {
  const [x, end] = [TRACK.right + 22, WIDTH - MARGIN];
  const texts = [
    `<text class="bold" x="${x}" y="${middle + 4}">${formatNumber(value, row.reference ?? undefined)}</text>`,
  ];
  if (row.gate !== null) {
    const good = row.gate.verdict === 'pass' || row.gate.verdict === 'first_version';
    texts.push(
      `<text class="bold end ${good ? 'pass' : 'fail'}" x="${end}" y="${middle + 4}">${good ? '✓ gate' : '✗ gate'}</text>`,
    );
  }
  if (row.reference !== null)
    texts.push(
      `<text class="small muted" x="${x}" y="${middle + 19}">was ${formatNumber(row.reference, value)}</text>`,
    );
  return texts;
}

/** A scale of its own for each metric: they have no unit in common. Values that are all equal sit in the middle. */
function scaleOf(values: readonly number[]): (value: number) => number {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low;
  const pad = 26;
  const [left, right] = [TRACK.left + pad, TRACK.right - pad];
  if (span === 0 || !Number.isFinite(span)) return () => round((left + right) / 2);
  return (value) => round(left + ((value - low) / span) * (right - left));
}

function circle(x: number, y: number, radius: number): string {
  return `<circle class="run" cx="${x}" cy="${y}" r="${radius}"/>`;
}

function diamond(x: number, y: number, radius: number): string {
  return `<path class="ref" d="M${x} ${y - radius}L${x + radius} ${y}L${x} ${y + radius}L${x - radius} ${y}Z"/>`;
}

/** Coordinates to a tenth of a pixel: equal numbers give equal bytes. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
