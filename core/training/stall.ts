import { z } from 'zod';
import { duration } from '../reports/words.ts';

/** What policy says of a run that stalls; every engine watches for the same. */
export const StallPolicy = z.strictObject({
  /** Seconds without a sign of life; null: a silent run is not called stalled, and a loss that is no number still is. */
  after: z.int().positive().nullable(),
  /** Whether it is also ended. */
  stop: z.boolean(),
});
export type StallPolicy = z.infer<typeof StallPolicy>;

/** For how long a run has shown no sign of life, in seconds. */
export interface Stillness {
  /** Without a log, a metric or a checkpoint. */
  readonly quiet: number;
  /** With all of its GPUs at 0 %, as far as the engine can tell. */
  readonly idle: number;
}

/** @returns why the run counts as stalled, in words; null where it does not */
export function stalledWords({ quiet, idle }: Stillness, { after }: Pick<StallPolicy, 'after'>): string | null {
  if (after === null) return null;
  if (quiet >= after)
    return `Stalled: no log, metric or checkpoint came for ${rounded(quiet)} (train.stall: ${duration(after)})`;
  return idle >= after ? `Stalled: its GPUs have been at 0 % for ${rounded(idle)}` : null;
}

/** Whole minutes above one: what changes with every second would have a check written as often. */
function rounded(seconds: number): string {
  return duration(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60);
}

export interface Look {
  /** Equal for two looks between which there was no sign of life. */
  readonly signs: string;
  /** Share of 0 to 1; null where nothing can tell. */
  readonly gpuUse: number | null;
}

/**
 * Counts for how long a run is still, by a clock that may jump and on a machine that may be suspended: of the time between
 * two looks no more than `longest` seconds count.
 */
export class StillnessCount {
  readonly #longest: number;
  #at: number | null = null;
  #signs: string | null = null;
  #quiet = 0;
  #idle = 0;
  #idled = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** @param at seconds, by any clock */
  look(at: number, { signs, gpuUse }: Look): Stillness {
    const passed = this.#at === null ? 0 : countedGap(at - this.#at, this.#longest);
    this.#quiet = signs === this.#signs ? this.#quiet + passed : 0;
    this.#idle = gpuUse === 0 && this.#idled ? this.#idle + passed : 0;
    [this.#at, this.#signs, this.#idled] = [at, signs, gpuUse === 0];
    return { quiet: this.#quiet, idle: this.#idle };
  }
}

/** Seconds of a gap between two looks that count as watched. */
export function countedGap(seconds: number, longest: number): number {
  return Math.min(Math.max(0, seconds), longest);
}

/** What the machine of a run tells beside its metrics: hostile code may tell it, too, so it says nothing in words of its own. */
export const LiveNote = z.strictObject({
  /** Why it counts as stalled there; null: it does not. */
  stalled: z.enum(['quiet', 'idle', 'loss']).nullable().optional(),
  /** For how long. */
  seconds: z.int().min(0).max(100_000_000).optional(),
  /** Share of 0 to 1 of the busiest of its GPUs. */
  gpu_use: z.number().min(0).max(1).optional(),
});
export type LiveNote = z.infer<typeof LiveNote>;

/** As every engine says it of a log. */
export const LOST_IN_LOG = 'Its log says that the loss is not a number';

/** @returns a note of stalling in words; null where it says nothing of the kind */
export function notedWords({ stalled, seconds = 0 }: LiveNote, { after }: Pick<StallPolicy, 'after'>): string | null {
  switch (stalled) {
    case 'quiet':
      return stalledWords({ quiet: seconds, idle: 0 }, { after: after ?? 0 });
    case 'idle':
      return stalledWords({ quiet: -1, idle: seconds }, { after: after ?? 0 });
    case 'loss':
      return LOST_IN_LOG;
    default:
      return null;
  }
}
