import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseStepMetrics, type StepMetric } from '../../core/evaluation/metrics.ts';

const READ_BYTES = 1 << 20;
/** What training may write in all before we stop reading. */
const TOTAL_BYTES = 64 << 20;
const KEPT_POINTS = 2000;
const BATCH_POINTS = 100;
const QUEUE_POINTS = 5000;

/** Takes a batch of points; what it throws is ignored. */
export type PostMetrics = (points: readonly StepMetric[]) => Promise<void>;

export interface MetricsTail {
  /** Reads and posts what is left. @returns the last 2,000 points */
  stop(): Promise<readonly StepMetric[]>;
}

/**
 * Follows TRAINYARD_METRICS while training runs. Every interval the new complete lines are read and one batch is
 * posted: metrics are for display, so nothing here ever fails training or holds it up.
 */
export function followMetrics(file: string, post: PostMetrics | null, intervalMs: number): MetricsTail {
  const reader = new MetricsReader(file);
  const queue: StepMetric[] = [];
  const kept: StepMetric[] = [];
  let stopped = false;

  const pass = async (): Promise<void> => {
    for (const point of await reader.next()) {
      kept.push(point);
      if (queue.length < QUEUE_POINTS) queue.push(point);
    }
    if (kept.length > 2 * KEPT_POINTS) kept.splice(0, kept.length - KEPT_POINTS);
    if (post === null || queue.length === 0) return;
    const batch = queue.splice(0, BATCH_POINTS);
    await post(batch).catch(() => undefined);
  };

  let wake: (() => void) | undefined;
  const loop = (async () => {
    while (!stopped) {
      await pass();
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
    async stop() {
      stopped = true;
      wake?.();
      await loop;
      // A few batches more: the last metrics are those that people look for.
      for (let round = 0; round < 5; round += 1) {
        await pass();
        if (queue.length === 0) break;
      }
      return kept.slice(-KEPT_POINTS);
    },
  };
}

/** Reads the complete new lines of a file that hostile code writes: it may also become a link, a pipe, or endless. */
class MetricsReader {
  readonly #file: string;
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  async next(): Promise<readonly StepMetric[]> {
    if (this.#offset >= TOTAL_BYTES) return [];
    const bytes = await readFrom(this.#file, this.#offset).catch(() => Buffer.alloc(0));
    const end = bytes.lastIndexOf(0x0a) + 1;
    // A line that fills the whole window never ends: step over it.
    const taken = end === 0 && bytes.length === READ_BYTES ? READ_BYTES : end;
    this.#offset += taken;
    return parseStepMetrics(bytes.subarray(0, taken)).points;
  }
}

async function readFrom(path: string, offset: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) return Buffer.alloc(0);
    const buffer = Buffer.alloc(READ_BYTES);
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Posts batches as JSON Lines with a bearer token. @param request `fetch` */
export function postTo(url: string, token: string, request: typeof fetch): PostMetrics {
  return async (points) => {
    await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: points.map((point) => `${JSON.stringify(point)}\n`).join(''),
      signal: AbortSignal.timeout(5000),
      redirect: 'error',
    });
  };
}
