import { quoteNonFinite, type StepMetric } from '../../core/evaluation/metrics.ts';
import type { MetricName } from '../../core/names.ts';
import type { LiveNote } from '../../core/training/stall.ts';
import { METRICS_A_RUN } from '../../core/training/thin-points.ts';

/** The App takes 500 lines and 64 KiB at once (app/ingest). */
const BATCH_POINTS = 400;
/**
 * After so many points, every other one is sent, and so on: a training has its end shown however long it is, and ten
 * million lines are some 6,000 points.
 */
const POINTS_A_STRIDE = 400;
const MAX_STEP = 1_000_000_000;
const TIMEOUT_MS = 4000;

/** Takes a batch of points. @returns false when the same may be tried again */
export type PostMetrics = (points: readonly StepMetric[]) => Promise<boolean>;

/** What is to be sent, in bounded memory; metrics are for display, so nothing here fails training or holds it up. */
export class IngestQueue {
  readonly #post: PostMetrics;
  readonly #seen = new Map<MetricName, number>();
  #queue: StepMetric[] = [];
  #taken = 0;

  constructor(post: PostMetrics) {
    this.#post = post;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  add(point: StepMetric): void {
    if (point.step > MAX_STEP) return;
    const seen = this.#seen.get(point.metric) ?? 0;
    if (seen === 0 && this.#seen.size === METRICS_A_RUN) return;
    this.#seen.set(point.metric, seen + 1);
    if (seen % 2 ** Math.floor(this.#taken / POINTS_A_STRIDE) !== 0) return;
    this.#taken += 1;
    this.#queue.push(point);
  }

  /** Sends one batch. What could not be sent is tried again at the next call. */
  async send(): Promise<void> {
    if (this.#queue.length === 0) return;
    const batch = this.#queue.slice(0, BATCH_POINTS);
    const done = await this.#post(batch).catch(() => false);
    if (done) this.#queue = this.#queue.slice(batch.length);
  }
}

/** Posts batches as JSON Lines with a bearer token. @param request `fetch` */
export function postTo(url: string, token: string, request: typeof fetch): PostMetrics {
  return posting(url, token, request);
}

/** Tells what there is beside metrics. @returns false when the same may be tried again */
export type TellNote = (note: LiveNote) => Promise<boolean>;

/** As `postTo`, for notes. */
export function tellTo(url: string, token: string, request: typeof fetch): TellNote {
  const post = posting(url, token, request);
  return (note) => post([note]);
}

function posting(url: string, token: string, request: typeof fetch): (lines: readonly object[]) => Promise<boolean> {
  return async (lines) => {
    const response = await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => `${JSON.stringify(line, quoteNonFinite)}\n`).join(''),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
    await response.body?.cancel();
    // What is refused as such (a stale token, a run that ended) stays refused.
    return response.status !== 429 && response.status < 500;
  };
}
