import { formatNumber } from '../evaluation/numbers.ts';
import { cleanLine, escapeHtml } from './markdown.ts';
import type { CurveView, StepPoint } from './view.ts';

const LEFT = 78;
const RIGHT = 736;
const HEIGHT = 120;
const MAX_SERIES = 4;
const MAX_PANELS = 3;
/** More points than pixels show nothing more. */
const MAX_POINTS = 600;

export interface Panels {
  readonly parts: readonly string[];
  /** Where the last panel ends, in pixels. */
  readonly bottom: number;
}

/** Learning curves from `top` down; metrics that measure the same thing (`train_loss`, `validation_loss`) share a panel. */
export function curvePanels(curves: readonly CurveView[], top: number): Panels {
  const groups = new Map<string, CurveView[]>();
  for (const curve of curves) {
    if (curve.points.length < 2) continue;
    const kind = curve.metric.replace(/^(train|training|val|valid|validation|test|holdout)[_.-]/i, '');
    const group = groups.get(kind) ?? [];
    if (group.length < MAX_SERIES) group.push({ ...curve, points: thin(curve.points) });
    groups.set(kind, group);
  }
  const parts: string[] = [];
  let at = top;
  for (const group of [...groups.values()].slice(0, MAX_PANELS)) {
    parts.push(panel(group, at));
    at += HEIGHT + 62;
  }
  return { parts, bottom: parts.length === 0 ? top : at - 8 };
}

function thin(points: readonly StepPoint[]): readonly StepPoint[] {
  if (points.length <= MAX_POINTS) return points;
  const step = (points.length - 1) / (MAX_POINTS - 1);
  return Array.from({ length: MAX_POINTS }, (_, index) => points[Math.round(index * step)]).filter(
    (point) => point !== undefined,
  );
}

function panel(group: readonly CurveView[], top: number): string {
  const [plotTop, plotBottom] = [top + 26, top + 26 + HEIGHT];
  const points = group.flatMap((curve) => curve.points);
  const [x, y] = [rangeOf(points.map((point) => point.step)), rangeOf(points.map((point) => point.value))];
  const toX = (step: number): number => tenth(LEFT + ((step - x.low) / x.span) * (RIGHT - LEFT));
  const toY = (value: number): number => tenth(plotBottom - ((value - y.low) / y.span) * (plotBottom - plotTop));
  return [
    ...keys(group, top),
    ...grid(y, toY),
    `<text class="small muted" x="${LEFT}" y="${plotBottom + 18}">step ${formatNumber(x.low)}</text>`,
    `<text class="small muted end" x="${RIGHT}" y="${plotBottom + 18}">step ${formatNumber(x.high)}</text>`,
    ...group.map((curve, index) => line(curve, index, toX, toY)),
  ].join('');
}

/** The names of the curves in their colours, with a dash pattern besides colour to tell them apart. */
function keys(group: readonly CurveView[], top: number): readonly string[] {
  let x = LEFT;
  return group.map((curve, index) => {
    const name = cleanLine(curve.metric, 30);
    const at = x;
    x += 52 + name.length * 7;
    const key = `<line class="curve c${index}" x1="${at}" x2="${at + 20}" y1="${top + 8}" y2="${top + 8}"${dash(index)}/>`;
    return `${key}<text class="small" x="${at + 27}" y="${top + 12}">${escapeHtml(name)}</text>`;
  });
}

function dash(index: number): string {
  const pattern = ['', '6 4', '2 4', '8 3 2 3'][index];
  return pattern ? ` stroke-dasharray="${pattern}"` : '';
}

function grid(y: Range, toY: (value: number) => number): readonly string[] {
  return [y.low, y.low + y.span / 2, y.high].map((value) => {
    const at = toY(value);
    const label = `<text class="small muted end" x="${LEFT - 10}" y="${at + 4}">${formatNumber(Number(value.toPrecision(3)))}</text>`;
    return `<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${at}" y2="${at}"/>${label}`;
  });
}

function line(curve: CurveView, index: number, toX: (step: number) => number, toY: (value: number) => number): string {
  const path = curve.points.map(({ step, value }, at) => `${at === 0 ? 'M' : 'L'}${toX(step)} ${toY(value)}`).join('');
  const last = curve.points.at(-1);
  const dot =
    last === undefined ? '' : `<circle class="f${index}" cx="${toX(last.step)}" cy="${toY(last.value)}" r="3"/>`;
  return `<path class="curve c${index}" d="${path}"${dash(index)}/>${dot}`;
}

interface Range {
  readonly low: number;
  readonly high: number;
  /** Never 0, so that equal values can be placed. */
  readonly span: number;
}

function rangeOf(values: readonly number[]): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    // Beyond this, sums and differences leave the range of numbers; the chart then shows the edge.
    const bounded = Math.max(-1e300, Math.min(1e300, value));
    low = Math.min(low, bounded);
    high = Math.max(high, bounded);
  }
  if (low === high) return { low: low - 0.5, high: high + 0.5, span: 1 };
  return { low, high, span: high - low };
}

function tenth(value: number): number {
  return Math.round(Math.max(-1e4, Math.min(1e4, value)) * 10) / 10;
}
