import { parseStepMetrics, type StepMetric } from '../../core/evaluation/metrics.ts';
import { GrowingFile } from './growing-file.ts';

/** What became of the lines that were no metrics, or were not read. */
export interface MetricsTrouble {
  readonly lines: number;
  /** The first of them, in words. */
  readonly problem: string | null;
  /** Bytes that were stepped over. */
  readonly skipped: number;
}

/** Reads what training appends to TRAINYARD_METRICS. */
export class MetricsReader {
  readonly #file: GrowingFile;
  #lines = 0;
  #problem: string | null = null;

  constructor(file: string) {
    this.#file = new GrowingFile(file);
  }

  get trouble(): MetricsTrouble {
    return { lines: this.#lines, problem: this.#problem, skipped: this.#file.skipped };
  }

  /** @param last whether nothing writes any more, so that a line without its end is one, too */
  async next(last = false): Promise<readonly StepMetric[]> {
    const { points, skipped, problem } = parseStepMetrics(await this.#file.next(last));
    this.#lines += skipped;
    this.#problem ??= problem;
    return points;
  }
}
