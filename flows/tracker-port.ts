import type { TrackedArtifact } from '../core/training/tracked-artifacts.ts';
import type { TrackedRun } from '../core/training/tracking.ts';

/** A tracking server of the team's, such as MLflow. */
export interface Tracker {
  /**
   * Tells of a run that has ended; what was told before is found again and completed, so it may be repeated.
   *
   * @throws PortError `unavailable`, `rate_limited`, `forbidden`, `malformed`
   */
  track(
    experiment: string,
    run: TrackedRun,
    artifacts: readonly TrackedArtifact[],
  ): Promise<{
    readonly url: string;
    /** Why artifacts were not kept there, in words; null where they were. */
    readonly withoutArtifacts: string | null;
  }>;
}
