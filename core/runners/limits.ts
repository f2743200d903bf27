const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** All in milliseconds. */
export const RUNNER_LIMITS = {
  /** A machine that has not come up by then never will: a spot class may be empty, an image too large. */
  boot: 15 * MINUTE,
  /** GitHub gives a waiting job to an idle runner within seconds, and asks another after 60. */
  pickUp: 5 * MINUTE,
  /** What was made a moment ago may be missing from GitHub's list. */
  visible: 2 * MINUTE,
  /** A runner may be busy before its job is shown as begun. */
  taken: 2 * MINUTE,
  /** After the first machine; doubled for each further one. */
  firstPause: 30 * SECOND,
  longestPause: 15 * MINUTE,
} as const;

/**
 * How long after the last machine another may be made: a cluster without quota is not asked every minute for days.
 *
 * @param tries machines made so far for the job that waits
 */
export function pauseAfter(tries: number): number {
  if (tries === 0) return 0;
  return Math.min(RUNNER_LIMITS.firstPause * 2 ** Math.min(tries - 1, 10), RUNNER_LIMITS.longestPause);
}

/** A machine's end, whatever else happens: the job's own time, and what setup, uploads and coming up may take. Seconds. */
export function machineDeadline(timeoutSeconds: number): number {
  return timeoutSeconds + 2 * 3600;
}
