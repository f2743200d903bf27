import { roleAtLeast, roleOf } from '../auth/access.ts';
import { ApiError, invalid } from '../http/errors.ts';
import type { ApiRequest } from '../http/router.ts';
import { requireBody, requireTitle } from '../issues/open.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import { bringHead, refreshPreview } from './preview.ts';
import type { Pull } from './pull.ts';
import { closePull, emitPull } from './sync.ts';
import type { PullContext } from './views.ts';

export interface PullChanges {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: 'open' | 'closed' | undefined;
  readonly base?: string | undefined;
  readonly maintainerCanModify?: boolean | undefined;
}

/** A person may change a pull request if they wrote it or may write to the repository. @throws ApiError 403 */
function requireEditor(request: ApiRequest, authorId: number): void {
  if (request.actor.kind !== 'user' || request.actor.user.id === authorId) return;
  if (roleAtLeast(roleOf(request.github.tables, request.repo, request.actor.user), 'triage')) return;
  throw new ApiError(403, 'Must have the required rights to Repository.');
}

async function retarget(request: ApiRequest, pull: Pull, base: string): Promise<Pull> {
  const git = request.github.git(request.repo);
  const baseSha = await git.ref(`refs/heads/${base}`);
  if (baseSha === undefined) {
    throw new ApiError(422, 'Validation Failed', [{ resource: 'PullRequest', field: 'base', code: 'invalid' }]);
  }
  if (await git.isAncestor(pull.headSha, baseSha)) {
    const message = `There are no new commits between base branch '${base}' and head branch '${pull.headRef}'`;
    throw new ApiError(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', field: 'base', message }]);
  }
  const moved = request.github.tables.pulls.update(pull.id, { baseRef: base, baseSha });
  return refreshPreview(request.github, request.repo, moved);
}

/** What an `edited` event says of the values before. */
function describeEdit({ issue, pull }: PullContext, changes: PullChanges): Record<string, unknown> {
  const edits: Record<string, unknown> = {};
  if (changes.title !== undefined && changes.title !== issue.title) edits['title'] = { from: issue.title };
  if (changes.body !== undefined && changes.body !== issue.body) edits['body'] = { from: issue.body ?? '' };
  if (changes.base !== undefined && changes.base !== pull.baseRef) {
    edits['base'] = { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } };
  }
  return edits;
}

async function reopen(request: ApiRequest, { pull, headRepository, repository }: PullContext): Promise<Pull> {
  const { github } = request;
  const head = headRepository && (await github.git(headRepository).ref(`refs/heads/${pull.headRef}`));
  const kept =
    head !== undefined && headRepository && (await github.git(headRepository).isAncestor(pull.headSha, head));
  if (pull.mergedAt !== null || headRepository === undefined || head === undefined || kept !== true) {
    const why = kept === false ? `The ${pull.headRef} branch was force-pushed or recreated.` : 'It cannot be reopened.';
    const message = `state cannot be changed. ${why}`;
    throw new ApiError(422, 'Validation Failed', [
      { resource: 'PullRequest', code: 'custom', field: 'state', message },
    ]);
  }
  github.tables.issues.update(pull.issueId, {
    state: 'open',
    closedAt: null,
    closedById: null,
    updatedAt: github.timestamp(),
  });
  await bringHead(github, repository, headRepository, pull.number, head);
  const fresh = await refreshPreview(github, repository, github.tables.pulls.update(pull.id, { headSha: head }));
  emitPull(github, fresh, 'reopened', by(request));
  return fresh;
}

const by = (request: ApiRequest) => ({
  account: requireAccount(request.github, request.actor),
  byJob: request.actor.kind === 'job',
});

/** Changes title, body, base or state, with the events that follow. The caller holds the repository's lock. */
export async function updatePull(request: ApiRequest, context: PullContext, changes: PullChanges): Promise<Pull> {
  const { github } = request;
  const { issue } = context;
  let { pull } = context;
  requireEditor(request, issue.authorId);
  if (changes.title !== undefined) requireTitle('PullRequest', changes.title);
  requireBody('PullRequest', changes.body);
  const edits = describeEdit(context, changes);
  if (edits['base'] !== undefined && issue.state === 'closed') {
    throw invalid('PullRequest', 'base', 'Cannot change the base branch of a closed pull request.');
  }
  if (edits['base'] !== undefined && changes.base !== undefined) pull = await retarget(request, pull, changes.base);
  github.tables.issues.update(issue.id, {
    title: changes.title ?? issue.title,
    body: changes.body === undefined ? issue.body : changes.body,
    updatedAt: github.timestamp(),
  });
  if (changes.maintainerCanModify !== undefined) {
    pull = github.tables.pulls.update(pull.id, { maintainerCanModify: changes.maintainerCanModify });
  }
  if (Object.keys(edits).length > 0) emitPull(github, pull, 'edited', by(request), { changes: edits });
  if (changes.state === 'closed' && issue.state === 'open') pull = closePull(github, pull, by(request));
  if (changes.state === 'open' && issue.state === 'closed') pull = await reopen(request, { ...context, pull });
  return pull;
}
