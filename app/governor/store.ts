import type { Limits } from './limits.ts';

/** The limits of an installation as they were at `now`, milliseconds since the epoch on the store's clock. */
export interface Stored {
  readonly limits: Limits;
  /** Counts the changes. */
  readonly version: number;
  readonly now: number;
}

/** Where replicas keep what they know together. */
export interface LimitStore {
  read(installation: number): Promise<Stored>;
  /**
   * Puts the limits in place of those of `version`, in one step. Null, and nothing done, when somebody else came
   * between or the store's clock is not at `decidedAt`: what was decided does not hold any more.
   */
  swap(installation: number, version: number, limits: Limits, decidedAt: number): Promise<Stored | null>;
}

/** Milliseconds by which a decision may be older than its being stored. */
export const DECIDED_WITHIN = 1000;
