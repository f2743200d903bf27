import { type AttemptPoint, joinAttempts } from './attempts.ts';

/**
 * `loss: nan`, `val_loss=NaN`, `"train/loss": "inf"`, `train-logloss:nan`, `loss_step=tensor(nan, …)`: of the forms that
 * frameworks print. What a log calls its best loss is infinite before there is any.
 */
const NO_NUMBER =
  /(?<!\b(?:best|lowest|min(?:imum)?)[ _.-]{0,2}(?:(?:val|valid|validation|train|test|eval)[ _./-])?)loss(?:_(?:step|epoch))?["']?\s{0,3}[:=]?\s{0,3}["']?(?:[\w.]{1,20}\()?[-+]?(?:nan|inf(?:inity)?)\b/i;
/** Characters that a loss and its value may have between them, with both. */
const LONGEST = 120;

/** Whether a log says that a loss is not a number, or infinite. A hostile log can only have its own run flagged. */
export function losesNumber(text: string): boolean {
  return NO_NUMBER.test(text);
}

/** Names of losses: `loss`, `train.loss_step`, `validation_logloss`; what a name calls the best one is infinite at first. */
const LOSS_NAME = /[Ll](?:oss|OSS)(?:es)?(?![a-z]|[_.-]scale)/;
const BEST = /(?:^|[^a-z])(?:[Bb]est|[Ll]owest|[Mm]in(?:imum)?)(?![a-z])/;

export function isLoss(metric: string): boolean {
  return LOSS_NAME.test(metric) && !BEST.test(metric);
}

/**
 * The step from which on a curve has no finite value any more; null where its last value is one.
 * @param points in the order of steps
 */
export function notNumberFrom(points: readonly { readonly step: number; readonly value: number }[]): number | null {
  const last = points.findLastIndex(({ value }) => Number.isFinite(value));
  return points[last + 1]?.step ?? null;
}

/** Says of the first loss that is not a number at its newest step since when; null where there is none. */
export function lostLoss(points: readonly AttemptPoint[]): string | null {
  const curves = new Map<string, AttemptPoint[]>();
  for (const point of joinAttempts(points).points) {
    if (!isLoss(point.metric)) continue;
    const curve = curves.get(point.metric);
    if (curve === undefined) curves.set(point.metric, [point]);
    else curve.push(point);
  }
  for (const [metric, curve] of curves) {
    const step = notNumberFrom(curve.toSorted((a, b) => a.step - b.step));
    if (step !== null) return notNumberWords(metric, step);
  }
  return null;
}

/** As every engine says it. @param step the first that has none */
export function notNumberWords(metric: string, step: number): string {
  return `Its loss is not a number: ${metric} from step ${step}`;
}

/** The end of a log's piece that belongs to a line of the next one. */
export function lineBegun(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1).slice(-LONGEST);
}
