import type { GitId, Instant } from '../core/names.ts';
import type { Checks, Comment, Comments, PullRequest } from './ports.ts';

/** One push to a branch, as GitHub's own record of the repository's activity has it. */
export interface Pushed {
  readonly before: GitId;
  readonly after: GitId;
  /** Null for an account that is gone. */
  readonly sender: string | null;
}

/** Told of something that was not as it should be, and is now: in words, unescaped. */
export type Changed = (what: string) => void;

/** What whoever repairs asks GitHub, so as not to rest on deliveries or on what we remember. All are bounded. */
export interface Sweeps {
  /**
   * Comments of the whole repository, on issues too, that were made or edited since then, the longest unchanged first.
   * `complete`: there are no more.
   */
  commentsSince(at: Instant): Promise<{ readonly comments: readonly Comment[]; readonly complete: boolean }>;
  /** Whether we have reacted to the comment: then one of us has read it. */
  hasReacted(comment: number): Promise<boolean>;
  /** Whether a comment of ours that starts with the marker is there. */
  hasSticky(pullRequest: number, marker: string): Promise<boolean>;
  /** Closed pull requests, the one of which something was heard last first: some dozens at most. */
  closedPulls(): Promise<readonly PullRequest[]>;
  /** Pushes to a branch that lead from one commit to another, the oldest first; null where GitHub does not tell them all. */
  pushes(branch: string, from: GitId, to: GitId): Promise<readonly Pushed[] | null>;
  /**
   * Checks and comments that are compared with what GitHub shows now, not with what we remember to have written.
   * @param changed told of each that was written
   */
  compared(changed: Changed): { readonly checks: Checks; readonly comments: Comments };
}
