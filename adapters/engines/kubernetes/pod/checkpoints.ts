import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OUTPUT_LIMITS, packOutput } from '../../../archives/output.ts';
import { listCheckpoint, markOf } from '../../../checkpoints/listing.ts';
import type { Address } from '../addresses.ts';
import { upload } from './transfer.ts';

/**
 * Saves the checkpoint directory whenever it has changed and come to rest: looked at twice with the same result, and once
 * more after it was packed. The store replaces the object as a whole, so a save is there or not.
 */
export class CheckpointKeeper {
  readonly #directory: string;
  readonly #scratch: string;
  #seen = '';
  #saved = '';
  /** Why the last one was not kept; null where it was, or nothing had to be. */
  problem: string | null = null;

  constructor(directory: string, scratch: string) {
    this.#directory = directory;
    this.#scratch = scratch;
  }

  /** @param atRest nothing writes any more. @returns whether something was saved @throws what keeps it from being saved */
  async turn(address: () => Promise<Address>, atRest: boolean): Promise<boolean> {
    const mark = markOf(await listCheckpoint(this.#directory));
    const settled = atRest || mark === this.#seen;
    this.#seen = mark;
    if (mark === '' || mark === this.#saved || !settled) return false;
    const archive = join(this.#scratch, 'checkpoint.tar');
    try {
      const packed = await packOutput(this.#directory, archive, OUTPUT_LIMITS);
      if (packed.kind === 'empty') return false;
      if (packed.kind !== 'packed') throw new Error(packed.message);
      if (markOf(await listCheckpoint(this.#directory)) !== mark) return false;
      await upload(address, archive);
      this.#saved = mark;
      return true;
    } finally {
      await rm(archive, { force: true });
    }
  }
}
