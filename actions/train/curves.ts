import type { StepMetric } from '../../core/evaluation/metrics.ts';
import type { MetricName } from '../../core/names.ts';

/** More metrics than this no plot shows. */
const METRICS = 200;
const POINTS_A_METRIC = 500;

interface Curve {
  points: StepMetric[];
  /** Of so many points one is kept. */
  stride: number;
  seen: number;
  last: StepMetric;
}

/** Keeps the shape of every metric's curve in bounded memory: the points are thinned as they come, the last one stays. */
export class Curves {
  readonly #curves = new Map<MetricName, Curve>();
  #highest: number | null = null;

  /** The highest step seen; null before the first. */
  get step(): number | null {
    return this.#highest;
  }

  /** @returns whether it tells something else than the one before of its metric */
  add(point: StepMetric): boolean {
    this.#highest = Math.max(this.#highest ?? 0, point.step);
    const known = this.#curves.get(point.metric);
    if (known === undefined) {
      if (this.#curves.size < METRICS) {
        this.#curves.set(point.metric, { points: [point], stride: 1, seen: 1, last: point });
      }
      return true;
    }
    const isNew = point.step !== known.last.step || !Object.is(point.value, known.last.value);
    if (known.seen % known.stride === 0) known.points.push(point);
    known.seen += 1;
    known.last = point;
    if (known.points.length < POINTS_A_METRIC) return isNew;
    known.points = known.points.filter((_point, index) => index % 2 === 0);
    known.stride *= 2;
    return isNew;
  }

  /** The last value of each metric. */
  last(): readonly StepMetric[] {
    return [...this.#curves.values()].map(({ last }) => last);
  }

  /** At most so many points over all metrics, by step. */
  points(most: number): readonly StepMetric[] {
    const share = Math.max(2, Math.floor(most / Math.max(1, this.#curves.size)));
    return [...this.#curves.values()]
      .flatMap(({ points, last }) => {
        const all = points.at(-1) === last ? points : [...points, last];
        const every = Math.ceil(all.length / share);
        return all.filter((_point, index) => (all.length - 1 - index) % every === 0);
      })
      .sort((a, b) => a.step - b.step)
      .slice(-most);
  }
}
