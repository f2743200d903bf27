import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseStepMetrics, type StepMetric } from '../../../../core/evaluation/metrics.ts';
import type { CollectorPlan } from '../addresses.ts';

const WINDOW = 1 << 20;
const KEPT = 2000;
const BATCH = 100;
const QUEUED = 5000;

/** Follows TRAINYARD_METRICS, which hostile code writes: it may become a link, a pipe, or endless. Nothing here fails training. */
export class MetricsFollower {
  readonly #file: string;
  readonly #request: typeof fetch;
  readonly #kept: StepMetric[] = [];
  readonly #queue: StepMetric[] = [];
  #offset = 0;

  /** @param request `fetch` */
  constructor(file: string, request: typeof fetch) {
    this.#file = file;
    this.#request = request;
  }

  /** The last 2,000. */
  get points(): readonly StepMetric[] {
    return this.#kept.slice(-KEPT);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Reads what is new, 1 MiB at most, and posts a batch of what waits. */
  async turn(ingest: CollectorPlan['ingest']): Promise<void> {
    for (const point of await this.#read().catch(() => [])) {
      this.#kept.push(point);
      if (ingest !== null && this.#queue.length < QUEUED) this.#queue.push(point);
    }
    if (this.#kept.length > 2 * KEPT) this.#kept.splice(0, this.#kept.length - KEPT);
    if (ingest === null || this.#queue.length === 0) return;
    const batch = this.#queue.splice(0, BATCH);
    await this.#request(ingest.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${ingest.token}`, 'content-type': 'application/x-ndjson' },
      body: batch.map((point) => `${JSON.stringify(point)}\n`).join(''),
      signal: AbortSignal.timeout(5000),
      redirect: 'error',
    }).then(
      (answer) => answer.body?.cancel(),
      () => undefined,
    );
  }

  async #read(): Promise<readonly StepMetric[]> {
    const file = await open(this.#file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return [];
      // Written anew from its beginning.
      if (stat.size < this.#offset) this.#offset = 0;
      const { bytesRead, buffer } = await file.read(Buffer.alloc(WINDOW), 0, WINDOW, this.#offset);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      // A line that fills the whole window never ends: step over it.
      const taken = end === 0 && bytesRead === WINDOW ? WINDOW : end;
      this.#offset += taken;
      return parseStepMetrics(buffer.subarray(0, taken)).points;
    } finally {
      await file.close();
    }
  }
}
