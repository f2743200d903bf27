import type { Account } from '../accounts/account.ts';
import { type Actor, accountOf } from '../auth/actor.ts';
import { ZERO } from '../git/refs.ts';
import type { LocalGitHub } from '../github.ts';
import type { ApiRequest } from '../http/router.ts';
import { closePullsOfDeletedBranch, syncPulls } from '../pulls/sync.ts';
import { pushPayload } from './push-payload.ts';
import type { Activity, Repository } from './repository.ts';

/** A ref that has moved, and who moved it. `before` or `after` is `ZERO` where it was created or deleted. */
export interface RefChange {
  readonly repository: Repository;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly account: Account;
  readonly byJob: boolean;
  /** Merging a pull request moved it. */
  readonly merged?: boolean;
}

/** The account of a caller that is known to have one. */
export function requireAccount(github: LocalGitHub, actor: Actor): Account {
  const account = accountOf(github.tables, actor);
  if (account === undefined) throw new Error('expected a caller with an account: the route must ask for a token');
  return account;
}

/**
 * Moves a ref for an API caller and tells everybody. The caller holds the repository's lock.
 * @returns false if the ref did not hold `before` any more.
 */
export async function moveRef(request: ApiRequest, ref: string, before: string, after: string): Promise<boolean> {
  const { github, repo, actor } = request;
  if (!(await github.git(repo).updateRef(ref, before, after))) return false;
  const account = requireAccount(github, actor);
  await refMoved(github, { repository: repo, ref, before, after, account, byJob: actor.kind === 'job' });
  return true;
}

function activityType(change: RefChange, forced: boolean): Activity['type'] {
  if (change.before === ZERO) return 'branch_creation';
  if (change.after === ZERO) return 'branch_deletion';
  if (change.merged === true) return 'pr_merge';
  return forced ? 'force_push' : 'push';
}

async function isForced(github: LocalGitHub, change: RefChange): Promise<boolean> {
  if (change.before === ZERO || change.after === ZERO || !change.ref.startsWith('refs/heads/')) return false;
  return !(await github.git(change.repository).isAncestor(change.before, change.after));
}

function emitCreateOrDelete(github: LocalGitHub, change: RefChange): void {
  const created = change.before === ZERO;
  if (!created && change.after !== ZERO) return;
  const isBranch = change.ref.startsWith('refs/heads/');
  github.emit({
    event: created ? 'create' : 'delete',
    repository: change.repository,
    sender: change.account,
    byJob: change.byJob,
    payload: {
      ref: change.ref.replace(/^refs\/(heads|tags)\//, ''),
      ref_type: isBranch ? 'branch' : 'tag',
      pusher_type: 'user',
      ...(created
        ? { master_branch: change.repository.defaultBranch, description: change.repository.description }
        : {}),
    },
  });
}

/**
 * Brings a fork's commits to the repository that it was forked from: GitHub keeps the objects of a whole network
 * together, so that each of them is found by its id through every repository, before any pull request.
 */
async function shareWithNetwork(github: LocalGitHub, fork: Repository, sha: string): Promise<void> {
  const parent = fork.parentId === null ? undefined : github.tables.repositories.get(fork.parentId);
  if (parent === undefined) return;
  const from = github.git(fork).directory;
  await github.git(parent).run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', from, sha]);
}

/**
 * What follows from a ref that has moved: activity, `push`, `create` and `delete` events (branches and tags only: other
 * refs are silent, as on GitHub), pull requests brought up to date. The caller holds the repository's lock.
 */
export async function refMoved(github: LocalGitHub, change: RefChange): Promise<void> {
  const { repository, ref, before, after, account } = change;
  if (!/^refs\/(heads|tags)\//.test(ref)) return;
  const forced = await isForced(github, change);
  const at = github.timestamp();
  github.tables.repositories.update(repository.id, { pushedAt: at });
  if (ref.startsWith('refs/heads/')) {
    const type = activityType(change, forced);
    github.tables.activities.insert({ repositoryId: repository.id, ref, before, after, type, actorId: account.id, at });
  }
  if (after !== ZERO) await shareWithNetwork(github, repository, after);
  emitCreateOrDelete(github, change);
  const payload = await pushPayload(github, change, forced);
  github.emit({ event: 'push', repository, sender: account, byJob: change.byJob, payload });
  if (!ref.startsWith('refs/heads/')) return;
  if (after === ZERO) await closePullsOfDeletedBranch(github, change);
  else await syncPulls(github, change);
}
