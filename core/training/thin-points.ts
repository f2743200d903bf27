import { type AttemptPoint, joinAttempts } from './attempts.ts';

/** Metrics of one run of which points are kept: more no plot shows. */
export const METRICS_A_RUN = 200;

/**
 * As many points of a run as a curve needs, evenly over the steps of every attempt: each metric gets an equal share and
 * keeps its first and its last point, and each attempt that of its first step, so that where it went on stays known.
 *
 * @param points in the order in which they came; of metrics beyond the first 200 none is kept
 * @returns at most `most` of them and one for each attempt, in the same order
 */
export function thinPoints<Point extends AttemptPoint>(points: readonly Point[], most: number): readonly Point[] {
  const curves = new Map<string, Point[]>();
  // What a later attempt has done again is no part of any curve.
  for (const point of joinAttempts(points).points) {
    const curve = curves.get(point.metric);
    if (curve !== undefined) curve.push(point);
    else if (curves.size < METRICS_A_RUN) curves.set(point.metric, [point]);
  }
  const share = Math.max(2, Math.floor(most / Math.max(1, curves.size)));
  const kept = new Set<Point>();
  const begins = new Map<number, Point>();
  for (const curve of curves.values()) {
    const bySteps = curve.toSorted((a, b) => a.step - b.step);
    for (const point of evenly(bySteps, share)) kept.add(point);
    for (const point of bySteps) {
      const { attempt = 1, step } = point;
      if (step < (begins.get(attempt)?.step ?? Number.POSITIVE_INFINITY)) begins.set(attempt, point);
    }
  }
  for (const point of begins.values()) kept.add(point);
  return points.filter((point) => kept.has(point));
}

/**
 * Leaves out what follows the point before by less than some distance, which doubles until few enough are left: one step
 * far off does not cost the others their place, as it would if the whole range were divided.
 */
function evenly<Point extends AttemptPoint>(curve: readonly Point[], most: number): readonly Point[] {
  let kept = curve;
  for (let gap = 2; kept.length > most; gap *= 2) {
    let before = Number.NEGATIVE_INFINITY;
    const last = kept.length - 1;
    kept = kept.filter(({ step }, index) => {
      if (index < last && step - before < gap) return false;
      before = step;
      return true;
    });
  }
  return kept;
}
