import { z } from 'zod';
import type { RunnerName } from './names.ts';

/** What the one job of the run that may have a runner does, as GitHub says now. */
export type JobSeen =
  | { readonly status: 'queued' }
  /** `runner`: the name of the one that runs it; null where GitHub does not say it yet. */
  | { readonly status: 'in_progress'; readonly runner: string | null }
  | { readonly status: 'completed'; readonly runner: string | null };

/** A runner as GitHub lists it. One that was made for one job is taken off the list when that has ended. */
export interface Registered {
  readonly id: number;
  readonly name: RunnerName;
  readonly online: boolean;
  readonly busy: boolean;
}

/** A machine as its provider lists it. */
export interface MachineSeen {
  readonly name: RunnerName;
  /** `ended`: what ran on it has, or it was reclaimed or never could start; it is still there to be taken away. */
  readonly state: 'starting' | 'running' | 'ended';
  /** Why it ended, or does not come up, in the provider's words; null where there is nothing to say. Foreign text. */
  readonly reason: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Why a runner was taken away, or must be. */
export const Lost = z.enum(['never_came', 'not_taken', 'machine_ended', 'lost_job', 'half_made', 'taken', 'refused']);
export type Lost = z.infer<typeof Lost>;

/** What is remembered of a run's runners between two looks: a hint only. Lost, it is made up for by waiting longer. */
export const RunnerMemory = z.strictObject({
  /** Machines made, or tried to be made, for the job. */
  tries: z.int().min(0),
  /** When the last one was; milliseconds since the epoch. */
  lastTry: z.int().min(0),
  /** The newest generation. */
  generation: z.int().min(0),
  /** Since when a runner is idle though its job waits, or is busy with something else; by name. */
  since: z.record(z.string(), z.strictObject({ what: z.enum(['idle', 'taken']), at: z.int() })),
  /** What became of the last that was lost; null while none was. */
  lost: z.strictObject({ why: Lost, detail: z.string().max(500).nullable() }).nullable(),
});
export type RunnerMemory = z.infer<typeof RunnerMemory>;

export const NO_MEMORY: RunnerMemory = { tries: 0, lastTry: 0, generation: 0, since: {}, lost: null };

export interface Situation {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Null where the ledger names no job that may have a runner: the run has ended, or is none of ours. */
  readonly job: JobSeen | null;
  readonly registered: readonly Registered[];
  readonly machines: readonly MachineSeen[];
  readonly memory: RunnerMemory;
}
