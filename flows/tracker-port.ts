import type { TrackedRun } from '../core/training/tracking.ts';

/** A tracking server of the team's, such as MLflow. */
export interface Tracker {
  /**
   * Tells of a run that has ended; what was told before is found again and completed, so it may be repeated.
   *
   * @throws PortError `unavailable`, `rate_limited`, `forbidden`, `malformed`
   */
  track(experiment: string, run: TrackedRun): Promise<{ readonly url: string }>;
}
