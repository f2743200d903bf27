import type { StepMetric } from '../../../../core/evaluation/metrics.ts';
import { IngestQueue, postTo } from '../../../live-metrics/ingest.ts';
import { MetricsReader } from '../../../live-metrics/reader.ts';
import type { CollectorPlan } from '../addresses.ts';

const KEPT = 2000;

/** Follows TRAINYARD_METRICS beside the command and posts what is new. Nothing here fails training. */
export class MetricsFollower {
  readonly #reader: MetricsReader;
  readonly #queue: IngestQueue;
  readonly #kept: StepMetric[] = [];
  /** As the address Secret has it now: tokens are renewed while training runs. */
  #ingest: CollectorPlan['ingest'] = null;

  /** @param request `fetch` */
  constructor(file: string, request: typeof fetch) {
    this.#reader = new MetricsReader(file);
    this.#queue = new IngestQueue(async (points) =>
      this.#ingest === null ? true : postTo(this.#ingest.url, this.#ingest.token, request)(points),
    );
  }

  /** The last 2,000. */
  get points(): readonly StepMetric[] {
    return this.#kept.slice(-KEPT);
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  /** Reads what is new and posts a batch of what waits. @param last whether the command has ended */
  async turn(ingest: CollectorPlan['ingest'], last = false): Promise<void> {
    this.#ingest = ingest;
    for (const point of await this.#reader.next(last)) {
      this.#kept.push(point);
      this.#queue.add(point);
    }
    if (this.#kept.length > 2 * KEPT) this.#kept.splice(0, this.#kept.length - KEPT);
    await this.#queue.send();
  }
}
