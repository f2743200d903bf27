import { lstat } from 'node:fs/promises';
import { gpuUseIn } from '../../../../core/training/gpu-use.ts';
import { readSmall } from '../../../archives/stage-output.ts';
import { tellTo } from '../../../live-metrics/ingest.ts';
import type { CollectorPlan } from '../addresses.ts';

/** Of the file; a machine has sixteen GPUs, with a line for each. */
const MAX_BYTES = 64 * 1024;

/**
 * Tells the App how busy the container's GPUs are, each time that its launcher has written it down. The command may write
 * there, too, and deceives nobody but itself. Nothing here fails training.
 */
export class GpuUse {
  readonly #file: string;
  readonly #request: typeof fetch;
  #toldAt = 0;

  /** @param request `fetch` */
  constructor(file: string, request: typeof fetch) {
    [this.#file, this.#request] = [file, request];
  }

  async turn(ingest: CollectorPlan['ingest']): Promise<void> {
    if (ingest === null) return;
    const writtenAt = (await lstat(this.#file).catch(() => null))?.mtimeMs ?? this.#toldAt;
    if (writtenAt === this.#toldAt) return;
    const said = await readSmall(this.#file, MAX_BYTES).catch(() => null);
    const use = said === null ? null : gpuUseIn(said.toString('utf8'), undefined);
    const tell = tellTo(ingest.url, ingest.token, this.#request);
    if (use === null || (await tell({ gpu_use: use }).catch(() => false))) this.#toldAt = writtenAt;
  }
}
