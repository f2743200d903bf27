/** A live metric of a run, with the attempt that posted it. */
export interface AttemptPoint {
  readonly metric: string;
  readonly step: number;
  readonly value: number;
  /** Counts from 1, and is absent in the first. */
  readonly attempt?: number;
}

/** Where a further attempt went on. */
export interface AttemptBegin {
  readonly attempt: number;
  /** The first step that it reported. */
  readonly step: number;
}

export interface JoinedAttempts<Point> {
  readonly points: readonly Point[];
  /** In the order of attempts, the first left out; only of those that reported something that still counts. */
  readonly begins: readonly AttemptBegin[];
}

/**
 * One history of a run from what all of its attempts reported. An attempt goes on from a checkpoint, so it repeats steps
 * that the one before had done after it: what an attempt reported at or after the step where a later one went on is no
 * part of how the result came about, and is left out.
 */
export function joinAttempts<Point extends AttemptPoint>(points: readonly Point[]): JoinedAttempts<Point> {
  const firsts = new Map<number, number>();
  for (const { attempt = 1, step } of points) firsts.set(attempt, Math.min(step, firsts.get(attempt) ?? step));
  const newestFirst = [...firsts].sort(([a], [b]) => b - a);
  const ends = new Map<number, number>();
  let end = Number.POSITIVE_INFINITY;
  const begins: AttemptBegin[] = [];
  for (const [attempt, step] of newestFirst) {
    ends.set(attempt, end);
    if (attempt > 1 && step < end) begins.push({ attempt, step });
    end = Math.min(end, step);
  }
  return {
    points: points.filter(({ attempt = 1, step }) => step < (ends.get(attempt) ?? 0)),
    begins: begins.reverse(),
  };
}
