import type { Distribution } from '../../data/report/base.ts';
import type { ColumnProfile, ColumnType } from '../../data/report/profile.ts';
import { cleanLine } from '../characters.ts';
import { round } from '../chart.ts';
import { type Html, html, when } from './html-text.ts';
import { onNumberLine, percent, whole } from './numbers.ts';

const WIDTH = 320;
const HEIGHT = 96;
/** Room for what the bars are measured by. */
const AXIS = 44;
const TOP = 6;
const ROW = 19;
const LABEL = 108;
const NUMBER = 62;

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly head: number;
  readonly base: number | null;
}

/** A column's histogram, or its most frequent values as bars; nothing where there is neither. */
export function profileChart({ name, histogram, top, rows, type }: ColumnProfile): Html {
  // Bars of values that each occur once say nothing.
  if (histogram === null && top.every(({ count }) => count <= 1)) return html``;
  if (histogram !== null && histogram.length > 0) {
    const bins = histogram.map(({ from, to, count }) => ({ from, to, head: count, base: null }));
    return binChart(`distribution of ${name}`, bins, type);
  }
  const bars = top.slice(0, 6).map(({ value, count }) => ({ value, head: share(count, rows), base: null }));
  return when(bars.length > 0, () => barChart(`most frequent values of ${name}`, bars));
}

/** Head over base: shares of each side's own values, so that unequal sizes compare. */
export function driftChart(column: string, distribution: Distribution, type: ColumnType | null): Html {
  const title = `distribution of ${column}: this pull request and base`;
  if (distribution.kind === 'bins') {
    return when(distribution.bins.length > 0, () => binChart(title, distribution.bins, type));
  }
  const { categories, other } = distribution;
  const [head, base] = [
    categories.reduce((sum, one) => sum + one.head, other.head),
    categories.reduce((sum, one) => sum + one.base, other.base),
  ];
  const bars = categories
    .slice(0, 12)
    .map((one) => ({ value: one.value, head: share(one.head, head), base: share(one.base, base) }));
  return when(bars.length > 0, () => barChart(title, bars));
}

function share(count: number, total: number): number {
  return total === 0 ? 0 : Math.min(count / total, 1);
}

function binChart(title: string, bins: readonly Bin[], type: ColumnType | null): Html {
  const totals = { head: sum(bins.map(({ head }) => head)), base: sum(bins.map(({ base }) => base ?? 0)) };
  const heights = bins.map(({ head, base }) => ({
    head: share(head, totals.head),
    base: share(base ?? 0, totals.base),
  }));
  const highest = Math.max(...heights.flatMap(({ head, base }) => [head, base]), Number.MIN_VALUE);
  const [bottom, step] = [HEIGHT - 18, (WIDTH - AXIS) / bins.length];
  const x = (at: number): number => round(AXIS + at * step);
  const y = (value: number): number => round(bottom - (value / highest) * (bottom - TOP));
  const bars = bins.map((bin, at) => {
    const top = y(heights[at]?.head ?? 0);
    const width = Math.max(step - 1, 0.5);
    return html`<rect class="head" x="${x(at)}" y="${top}" width="${round(width)}" height="${round(bottom - top)}"><title>${binTitle(bin, heights[at], type)}</title></rect>`;
  });
  const compared = bins.some(({ base }) => base !== null);
  const line = heights.map(({ base }, at) => `${at === 0 ? 'M' : 'L'}${x(at)} ${y(base)}H${x(at + 1)}`);
  const [first, last] = [bins[0], bins.at(-1)];
  const width = first === undefined || last === undefined ? 0 : (last.to - first.from) / bins.length;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${bars}${when(compared, () => html`<path class="step" d="${line.join('')}"/>`)}<line class="axis" x1="${AXIS}" x2="${WIDTH}" y1="${bottom}" y2="${bottom}"/><line class="axis" x1="${AXIS}" x2="${AXIS}" y1="${TOP}" y2="${bottom}"/><text class="end" x="${AXIS - 4}" y="${TOP + 8}">${heights.length === 0 ? '' : percent(highest)}</text><text class="end" x="${AXIS - 4}" y="${bottom}">0</text><text x="${AXIS}" y="${HEIGHT - 4}">${onNumberLine(first?.from ?? 0, type, width)}</text><text class="end" x="${WIDTH}" y="${HEIGHT - 4}">${onNumberLine(last?.to ?? 0, type, width)}</text></svg>`;
}

function binTitle(bin: Bin, shares: { head: number; base: number } | undefined, type: ColumnType | null): string {
  const width = bin.to - bin.from;
  const range = `${onNumberLine(bin.from, type, width)} to ${onNumberLine(bin.to, type, width)}`;
  const head = `${whole(bin.head)} (${percent(shares?.head ?? 0)})`;
  return bin.base === null
    ? `${range}: ${head}`
    : `${range}: ${head}, base ${whole(bin.base)} (${percent(shares?.base ?? 0)})`;
}

interface Bar {
  readonly value: string;
  readonly head: number;
  readonly base: number | null;
}

/** Rows of bars; where there is a base, its thinner bar stands below the head's. */
function barChart(title: string, bars: readonly Bar[]): Html {
  const compared = bars.some(({ base }) => base !== null);
  const step = compared ? ROW + 5 : ROW;
  const highest = Math.max(...bars.flatMap(({ head, base }) => [head, base ?? 0]), Number.MIN_VALUE);
  const scale = (value: number): number => round((value / highest) * (WIDTH - LABEL - NUMBER));
  const rows = bars.map(({ value, head, base }, at) => {
    const top = at * step;
    const label = html`<text class="value" x="0" y="${top + 13}">${barLabel(value)}<title>${value}</title></text>`;
    const shape = html`<rect class="head" x="${LABEL}" y="${top + 4}" width="${scale(head)}" height="${compared ? 9 : 11}"/>`;
    const under =
      base === null
        ? html``
        : html`<rect class="base" x="${LABEL}" y="${top + 14}" width="${scale(base)}" height="4"/>`;
    return html`${label}${shape}${under}<text class="end" x="${WIDTH}" y="${top + 13}">${percent(head)}</text>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${bars.length * step + 4}" role="img" aria-label="${title}">${rows}</svg>`;
}

function barLabel(value: string): string {
  const clean = cleanLine(value, 15);
  return clean === '' ? '(blank)' : clean;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
