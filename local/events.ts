import type { Account } from './accounts/account.ts';
import type { Repository } from './repositories/repository.ts';

/** Something that happened in a repository: told to listeners, and to Apps as a signed webhook. */
export interface RepositoryEvent {
  /** GitHub's event name: `push`, `pull_request`, … */
  readonly event: string;
  readonly action?: string;
  readonly repository: Repository;
  readonly sender: Account;
  /**
   * The event's own fields. `action`, `repository`, `sender`, `installation` and `organization` are added for each
   * receiver.
   */
  readonly payload: Readonly<Record<string, unknown>>;
  /** A job's `GITHUB_TOKEN` caused it: such an event starts no workflow, but for the two dispatch events. */
  readonly byJob?: boolean;
  /** Deliver to this App only, for example `check_run.requested_action`. */
  readonly onlyAppId?: number;
}

export type EventListener = (event: RepositoryEvent) => void;
