import type { Account } from '../accounts/account.ts';
import type { LocalGitHub } from '../github.ts';
import { ApiError, invalid } from '../http/errors.ts';
import { insertIssue } from '../issues/open.ts';
import type { Repository } from '../repositories/repository.ts';
import { bringHead, refreshPreview } from './preview.ts';
import type { Pull } from './pull.ts';
import { emitPull } from './sync.ts';

export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  /** `branch`, or `owner:branch` of a fork. */
  readonly head: string;
  /** `owner/name` or `name` of the head repository, where the owner has several. */
  readonly headRepo?: string | undefined;
  readonly base: string;
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
}

/** The repository and branch that `head` names. @throws ApiError 422 if it is outside the network or missing. */
function findHead(
  github: LocalGitHub,
  repository: Repository,
  request: NewPull,
): { headRepository: Repository; branch: string } {
  const colon = request.head.indexOf(':');
  const owner = colon < 0 ? repository.owner : request.head.slice(0, colon);
  const branch = request.head.slice(colon + 1);
  const name = request.headRepo?.split('/').at(-1);
  const candidates = github.tables.repositories.list({ owner, ...(name === undefined ? {} : { name }) });
  const headRepository = candidates.find((one) => one.id === repository.id || one.parentId === repository.id);
  if (headRepository === undefined)
    throw invalid('PullRequest', 'head', `No fork of this repository belongs to ${owner}.`);
  return { headRepository, branch };
}

async function requireDifference(
  github: LocalGitHub,
  repository: Repository,
  pull: NewPull,
  base: string,
  head: string,
): Promise<void> {
  const git = github.git(repository);
  if (await git.isAncestor(head, base)) {
    throw new ApiError(422, 'Validation Failed', [
      { resource: 'PullRequest', code: 'custom', message: `No commits between ${pull.base} and ${pull.head}` },
    ]);
  }
}

function requireNew(
  github: LocalGitHub,
  repository: Repository,
  headRepository: Repository,
  branch: string,
  base: string,
): void {
  const key = { repositoryId: repository.id, headRepositoryId: headRepository.id, headRef: branch, baseRef: base };
  const open = github.tables.pulls.list(key).some((one) => github.tables.issues.get(one.issueId)?.state === 'open');
  if (!open) return;
  const message = `A pull request already exists for ${headRepository.owner}:${branch}.`;
  throw new ApiError(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
}

async function importFork(
  github: LocalGitHub,
  repository: Repository,
  headRepository: Repository,
  sha: string,
): Promise<void> {
  if (headRepository.id === repository.id) return;
  const from = github.git(headRepository).directory;
  await github.git(repository).run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', from, sha]);
}

/**
 * Opens a pull request. The caller holds the repository's lock.
 * @throws ApiError 422 for an unknown head or base, nothing to merge, or one that is open already.
 */
export async function openPull(
  github: LocalGitHub,
  repository: Repository,
  request: NewPull,
  by: { account: Account; byJob: boolean },
): Promise<Pull> {
  const { headRepository, branch } = findHead(github, repository, request);
  const headSha = await github.git(headRepository).ref(`refs/heads/${branch}`);
  const baseSha = await github.git(repository).ref(`refs/heads/${request.base}`);
  const missing = headSha === undefined ? 'head' : 'base';
  if (headSha === undefined || baseSha === undefined) {
    throw new ApiError(422, 'Validation Failed', [{ resource: 'PullRequest', field: missing, code: 'invalid' }]);
  }
  requireNew(github, repository, headRepository, branch, request.base);
  await importFork(github, repository, headRepository, headSha);
  await requireDifference(github, repository, request, baseSha, headSha);
  const { title, body } = request;
  const issue = insertIssue(github, repository, { title, body, labels: [], isPull: true, authorId: by.account.id });
  const pull = github.tables.pulls.insert({
    issueId: issue.id,
    repositoryId: repository.id,
    number: issue.number,
    draft: request.draft,
    headRepositoryId: headRepository.id,
    headRef: branch,
    headSha,
    baseRef: request.base,
    baseSha,
    mergeable: false,
    mergeSha: null,
    mergedAt: null,
    mergedById: null,
    maintainerCanModify: request.maintainerCanModify,
    commits: 0,
    additions: 0,
    deletions: 0,
    changedFiles: 0,
  });
  await bringHead(github, repository, headRepository, pull.number, headSha);
  const fresh = await refreshPreview(github, repository, pull);
  emitPull(github, fresh, 'opened', by);
  return fresh;
}
