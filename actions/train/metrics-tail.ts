import { IngestQueue, type PostMetrics } from '../../adapters/live-metrics/ingest.ts';
import { MetricsReader, type MetricsTrouble } from '../../adapters/live-metrics/reader.ts';
import type { StepMetric } from '../../core/evaluation/metrics.ts';
import type { MetricName } from '../../core/names.ts';
import { isLoss, notNumberWords } from '../../core/training/loss.ts';
import { Curves } from './curves.ts';
import { DvcliveReader } from './dvclive-reader.ts';
import type { Present } from './present.ts';

/** Milliseconds: with the App's own pause between two renderings, what was reported is in the check within five seconds. */
export const METRICS_INTERVAL_MS = 1000;
const KEPT_POINTS = 2000;
const LAST_BATCHES = 5;
/** Losses that are watched at once. */
const LOSSES = 50;

export interface MetricsTail {
  /** The highest step so far; null before the first. */
  step(): number | null;
  /** How many points have told something new: another step, or another value at one. */
  news(): number;
  /** Says which loss is not a number any more; null where none is. */
  lostLoss(): string | null;
  /** Reads what is left. */
  stop(): Promise<FollowedMetrics>;
}

export interface FollowedMetrics {
  /** At most 2,000, over all of training. */
  readonly points: readonly StepMetric[];
  readonly trouble: MetricsTrouble;
  /** Settled when what is left was posted, or given up. */
  readonly posted: Promise<void>;
}

export interface FollowOptions {
  readonly file: string;
  /** The working directory, where DVCLive may write metrics of its own. */
  readonly tree: string;
  /** What lay there before; nothing where it is left out. */
  readonly present?: Present;
  /** Null: nobody is told. */
  readonly post: PostMetrics | null;
  readonly intervalMs: number;
  /** The newest value of each metric, after each interval that brought some. */
  readonly onNews?: (last: readonly StepMetric[]) => void;
}

/**
 * Follows TRAINYARD_METRICS, and what DVCLive writes, while training runs. Every interval the new complete lines are read and one batch is
 * posted: metrics are for display, so nothing here ever fails training or holds it up.
 */
export function followMetrics({ file, tree, present, post, intervalMs, onNews }: FollowOptions): MetricsTail {
  const reader = new MetricsReader(file);
  const dvclive = new DvcliveReader(tree, present);
  const curves = new Curves();
  const losses = new Map<MetricName, number>();
  let news = 0;
  const queue = post === null ? null : new IngestQueue(post);
  let stopped = false;
  let wake: (() => void) | undefined;

  const read = async (last: boolean): Promise<void> => {
    const points = [...(await reader.next(last)), ...(await dvclive.next(last))];
    for (const point of points) {
      if (curves.add(point)) news += 1;
      watchLoss(losses, point);
      queue?.add(point);
    }
    if (points.length > 0) onNews?.(curves.last());
  };
  /** A few batches more: the last metrics are those that people look for. */
  const postRest = async (): Promise<void> => {
    for (let round = 0; round < LAST_BATCHES && (queue?.waiting ?? 0) > 0; round += 1) await queue?.send();
  };

  const loop = (async () => {
    while (!stopped) {
      await read(false);
      await queue?.send();
      if (stopped) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, intervalMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();

  return {
    step: () => curves.step,
    news: () => news,
    lostLoss() {
      const [lost] = losses;
      return lost === undefined ? null : notNumberWords(...lost);
    },
    async stop() {
      stopped = true;
      wake?.();
      await loop;
      await read(true);
      return { points: curves.points(KEPT_POINTS), trouble: reader.trouble, posted: postRest() };
    },
  };
}

/** Keeps the step from which on each loss is no number. */
function watchLoss(losses: Map<MetricName, number>, { metric, step, value }: StepMetric): void {
  if (Number.isFinite(value)) losses.delete(metric);
  else if (!losses.has(metric) && losses.size < LOSSES && isLoss(metric)) losses.set(metric, step);
}
