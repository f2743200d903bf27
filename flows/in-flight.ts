import type { GitId, Instant, RunId } from '../core/names.ts';

export interface Sighting {
  readonly pullRequest: number;
  /** What the delivery told of: only the sender of `head` has pushed it. */
  readonly event: 'head' | 'reopened' | 'base';
  readonly sha: GitId;
  readonly headRepository: string | null;
  /** GitHub's `pull_request.updated_at` of the delivery: one-second resolution, never a date from git. */
  readonly at: Instant;
  readonly sender: string;
}

/** The answer to a command, shown in the sticky comment. */
export interface Notice {
  readonly pullRequest: number;
  /** Comment id and line: replays of a delivery overwrite themselves. */
  readonly key: string;
  readonly at: Instant;
  readonly author: string;
  readonly command: string;
  readonly tone: 'ok' | 'refused' | 'info';
  readonly message: string;
}

/** GitHub kept what is handled now waiting. */
export interface Late {
  readonly since: Instant;
  /** When it is handled at last. */
  readonly handled: Instant;
  /** It refused requests for its limits, or did not answer. */
  readonly why: 'limited' | 'unanswered';
}

export interface StepMetric {
  readonly step: number;
  readonly metric: string;
  readonly value: number;
  /** Which attempt at the run's training reported it: counts from 1, and is absent in the first. */
  readonly attempt?: number;
}

/** What is only in flight (invariant 10): with an App its database, without one GitHub's own events. */
export interface InFlight {
  recordSighting(sighting: Sighting): Promise<void>;
  sightings(pullRequest: number): Promise<readonly Sighting[]>;
  putNotice(notice: Notice): Promise<void>;
  /** Newest last, at most the last ten. */
  notices(pullRequest: number): Promise<readonly Notice[]>;
  /** Results of data checks by dataset for a commit, as validated JSON text. */
  putValidation(commit: GitId, dataset: string, state: string): Promise<void>;
  validations(commit: GitId): Promise<Readonly<Record<string, string>>>;
  stepMetrics(run: RunId): Promise<readonly StepMetric[]>;
  /** How far something has been handled, as it was last put; null when nothing is known of it. */
  progress(key: string): Promise<string | null>;
  /** All that is known of keys that begin so, by key. */
  progressBelow(prefix: string): Promise<Readonly<Record<string, string>>>;
  putProgress(key: string, value: string): Promise<void>;
}
