import { formatNumber } from '../evaluation/numbers.ts';
import { notNumberFrom } from '../training/loss.ts';
import { cleanLine, escapeHtml } from './markdown.ts';
import type { AttemptView, CurveView, StepPoint } from './view.ts';

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

/**
 * Learning curves from `top` down; metrics that measure the same thing (`train_loss`, `validation_loss`) share a panel.
 * Where training reports its `epoch`, that names the steps and is no curve of its own, unless it is the only one.
 */
export function curvePanels(curves: readonly CurveView[], attempts: readonly AttemptView[], top: number): Panels {
  const epoch = curves.length > 1 ? curves.find(({ metric }) => metric === 'epoch') : undefined;
  const epochs = finite(epoch?.points ?? []);
  const groups = new Map<string, Series[]>();
  for (const curve of curves) {
    if (finite(curve.points).length < 2 || curve === epoch) continue;
    const kind = curve.metric.replace(/^(train|training|val|valid|validation|test|holdout)[_.-]/i, '');
    const group = groups.get(kind) ?? [];
    if (group.length < MAX_SERIES) group.push({ ...curve, points: thin(curve.points), lost: lostWords(curve.points) });
    groups.set(kind, group);
  }
  const parts: string[] = [];
  let at = top;
  for (const group of [...groups.values()].slice(0, MAX_PANELS)) {
    parts.push(panel(group, { attempts, epochs }, at));
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

const finite = (points: readonly StepPoint[]): readonly StepPoint[] =>
  points.filter(({ value }) => Number.isFinite(value));

/** What a curve's name is followed by where its end is not a number. */
export function lostWords(points: readonly StepPoint[]): string {
  const lost = notNumberFrom(points);
  return lost === null ? '' : `, not a number from step ${formatNumber(lost)}`;
}

interface Series extends CurveView {
  /** As `lostWords` says. */
  readonly lost: string;
}

/** What tells how far training was. */
interface Course {
  readonly attempts: readonly AttemptView[];
  readonly epochs: readonly StepPoint[];
}

function panel(group: readonly Series[], course: Course, top: number): string {
  const [plotTop, plotBottom] = [top + 26, top + 26 + HEIGHT];
  const points = group.flatMap((curve) => curve.points);
  const [x, y] = [rangeOf(points.map((point) => point.step)), rangeOf(finite(points).map((point) => point.value))];
  const toX = (step: number): number => tenth(LEFT + ((step - x.low) / x.span) * (RIGHT - LEFT));
  const toY = (value: number): number => tenth(plotBottom - ((value - y.low) / y.span) * (plotBottom - plotTop));
  return [
    ...keys(group, top),
    ...grid(y, toY),
    `<text class="small muted" x="${LEFT}" y="${plotBottom + 18}">${stepText(x.low, course)}</text>`,
    `<text class="small muted end" x="${RIGHT}" y="${plotBottom + 18}">${stepText(x.high, course)}</text>`,
    ...attemptMarks(x, toX, course, plotTop, plotBottom),
    ...group.map((curve, index) => line(curve, index, toX, toY)),
  ].join('');
}

/** `step 400`, and `step 400 (epoch 8)` where training says so. */
function stepText(step: number, { epochs }: Course): string {
  const epoch = epochs.findLast((point) => point.step <= step);
  return `step ${formatNumber(step)}${epoch === undefined ? '' : ` (epoch ${formatNumber(epoch.value)})`}`;
}

/** Pixels between two marks below which the later one has no label: they would run into each other. */
const LABEL = 66;

/** A dashed line where each further attempt went on, with its number below as far as there is room. */
function attemptMarks(
  x: Range,
  toX: (step: number) => number,
  { attempts, epochs }: Course,
  top: number,
  bottom: number,
): readonly string[] {
  // The steps of the axis' ends stand at the left and at the right.
  const side = epochs.length > 0 ? 130 : 80;
  let free = LEFT + side;
  return attempts
    .filter(({ step }) => step >= x.low && step <= x.high)
    .map(({ attempt, step }) => {
      const at = toX(step);
      const mark = `<line class="attempt" x1="${at}" x2="${at}" y1="${top}" y2="${bottom}"/>`;
      if (at - LABEL / 2 < free || at + LABEL / 2 > RIGHT - side) return mark;
      free = at + LABEL / 2;
      return `${mark}<text class="small muted" text-anchor="middle" x="${at}" y="${bottom + 18}">attempt ${attempt}</text>`;
    });
}

/** The names of the curves in their colours, with a dash pattern besides colour to tell them apart. */
function keys(group: readonly Series[], top: number): readonly string[] {
  let x = LEFT;
  return group.map((curve, index) => {
    const name = `${cleanLine(curve.metric, 30)}${curve.lost}`;
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
  // Where there is no number, there is a gap.
  let pen = 'M';
  const path = curve.points.flatMap(({ step, value }) => {
    const drawn = Number.isFinite(value) ? [`${pen}${toX(step)} ${toY(value)}`] : [];
    pen = drawn.length === 0 ? 'M' : 'L';
    return drawn;
  });
  const last = finite(curve.points).at(-1);
  const dot =
    last === undefined ? '' : `<circle class="f${index}" cx="${toX(last.step)}" cy="${toY(last.value)}" r="3"/>`;
  return `<path class="curve c${index}" d="${path.join('')}"${dash(index)}/>${dot}`;
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
  if (low > high) return { low: 0, high: 1, span: 1 };
  if (low === high) return { low: low - 0.5, high: high + 0.5, span: 1 };
  return { low, high, span: high - low };
}

function tenth(value: number): number {
  return Math.round(Math.max(-1e4, Math.min(1e4, value)) * 10) / 10;
}
