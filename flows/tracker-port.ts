import type { TrackedArtifact } from '../core/training/tracked-artifacts.ts';
import type { TrackedRun } from '../core/training/tracking.ts';

/** A tracking server of the team's, such as MLflow. */
export interface Tracker {
  /**
   * Tells of a run that has ended; what was told before is found again and completed, so it may be repeated. What the
   * server will never take is left out, and the rest told.
   *
   * @throws PortError `unavailable`, `rate_limited`, `forbidden`; `malformed` where it takes nothing of the run
   */
  track(
    experiment: string,
    run: TrackedRun,
    artifacts: readonly TrackedArtifact[],
  ): Promise<{
    readonly url: string;
    /** Why artifacts were not kept there, in words; null where they were. */
    readonly withoutArtifacts: string | null;
    /** What it did not take, and why, in words. */
    readonly leftOut: readonly string[];
  }>;
}
