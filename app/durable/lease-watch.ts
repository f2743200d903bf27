/** A process as the database knows it. */
export interface Executor {
  readonly executor: string;
  /** How often it has renewed its lease. */
  readonly renewals: number;
  /** Milliseconds that its lease lasts from each renewal. */
  readonly lease: number;
}

export interface LeaseWatch {
  /**
   * @param executors all that the database knows
   * @param at milliseconds on our own monotonic clock, taken after their answer came in
   * @returns those that have not renewed for as long as their lease lasts
   */
  look(executors: readonly Executor[], at: number): readonly Executor[];
}

/**
 * Tells by our own clock alone which leases have run out: what was seen unchanged for as long as it lasts was last
 * renewed before that. So no clock that somebody sets decides, neither the database's nor another machine's.
 */
export function leaseWatch(): LeaseWatch {
  let seen = new Map<string, { readonly renewals: number; readonly since: number }>();
  let last = Number.NEGATIVE_INFINITY;
  return {
    look(executors, at) {
      // Whoever could not look may have been alone with it, or nobody could renew: everybody gets a new lease's time.
      const pause = at - last;
      last = at;
      const before = seen;
      seen = new Map();
      return executors.filter(({ executor, renewals, lease }) => {
        const known = before.get(executor);
        const same = known !== undefined && known.renewals === renewals && pause <= lease / 2;
        const since = same ? known.since : at;
        seen.set(executor, { renewals, since });
        return at - since >= lease;
      });
    },
  };
}
