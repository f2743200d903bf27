import type { Account } from '../accounts/account.ts';
import type { LocalGitHub } from '../github.ts';
import type { RefChange } from '../repositories/ref-changes.ts';
import { bringHead, refreshPreview } from './preview.ts';
import type { Pull } from './pull.ts';
import { pullContext, pullView } from './views.ts';

/** GitHub sends these events before it has tried the merge: only a later question gets the answer. */
function uncomputed(action: string): Record<string, unknown> {
  if (!['opened', 'reopened', 'synchronize'].includes(action)) return {};
  return { mergeable: null, rebaseable: null, mergeable_state: 'unknown' };
}

/** Tells that something happened to a pull request. */
export function emitPull(
  github: LocalGitHub,
  pull: Pull,
  action: string,
  by: { account: Account; byJob: boolean },
  more: Record<string, unknown> = {},
): void {
  const context = pullContext(github, pull);
  github.emit({
    event: 'pull_request',
    action,
    repository: context.repository,
    sender: by.account,
    byJob: by.byJob,
    payload: { number: pull.number, pull_request: { ...pullView(github, context), ...uncomputed(action) }, ...more },
  });
}

const isOpen = (github: LocalGitHub, pull: Pull): boolean => github.tables.issues.get(pull.issueId)?.state === 'open';

async function headMoved(github: LocalGitHub, pull: Pull, change: RefChange): Promise<void> {
  const { repository } = pullContext(github, pull);
  await bringHead(github, repository, change.repository, pull.number, change.after);
  const baseSha = (await github.git(repository).ref(`refs/heads/${pull.baseRef}`)) ?? pull.baseSha;
  github.tables.issues.update(pull.issueId, { updatedAt: github.timestamp() });
  const moved = github.tables.pulls.update(pull.id, { headSha: change.after, baseSha });
  const fresh = await refreshPreview(github, repository, moved);
  emitPull(github, fresh, 'synchronize', change, { before: change.before, after: change.after });
}

/** Closes a pull request; as merged if `mergeSha` is given. */
export function closePull(
  github: LocalGitHub,
  pull: Pull,
  by: { account: Account; byJob: boolean },
  mergeSha?: string,
): Pull {
  const at = github.timestamp();
  github.tables.issues.update(pull.issueId, {
    state: 'closed',
    closedAt: at,
    updatedAt: at,
    closedById: by.account.id,
  });
  const merged = mergeSha === undefined ? {} : { mergedAt: at, mergedById: by.account.id, mergeSha };
  const closed = github.tables.pulls.update(pull.id, merged);
  emitPull(github, closed, 'closed', by);
  return closed;
}

async function baseMoved(github: LocalGitHub, pull: Pull, change: RefChange): Promise<void> {
  const git = github.git(change.repository);
  if (await git.isAncestor(pull.headSha, change.after)) closePull(github, pull, change, change.after);
  else await refreshPreview(github, change.repository, pull);
}

/** Brings every open pull request up to date that has the moved branch as head or base. */
export async function syncPulls(github: LocalGitHub, change: RefChange): Promise<void> {
  const branch = change.ref.slice('refs/heads/'.length);
  const { pulls } = github.tables;
  for (const pull of pulls.list({ headRepositoryId: change.repository.id, headRef: branch })) {
    if (!isOpen(github, pull)) continue;
    // The caller holds the lock of the repository that was pushed to; a fork's pull request lives in another one.
    if (pull.repositoryId === change.repository.id) await headMoved(github, pull, change);
    else await github.git(pullContext(github, pull).repository).exclusively(() => headMoved(github, pull, change));
  }
  for (const pull of pulls.list({ repositoryId: change.repository.id, baseRef: branch })) {
    if (isOpen(github, pull)) await baseMoved(github, pull, change);
  }
}

/** GitHub closes the pull requests of a branch that is deleted. */
export async function closePullsOfDeletedBranch(github: LocalGitHub, change: RefChange): Promise<void> {
  const branch = change.ref.slice('refs/heads/'.length);
  const { pulls } = github.tables;
  const affected = [
    ...pulls.list({ headRepositoryId: change.repository.id, headRef: branch }),
    ...pulls.list({ repositoryId: change.repository.id, baseRef: branch }),
  ];
  for (const pull of affected) {
    if (isOpen(github, pull)) closePull(github, pull, change);
  }
}
