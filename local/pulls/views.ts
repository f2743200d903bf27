import { nodeId, userOrNull } from '../accounts/views.ts';
import { isGood, latestRuns } from '../checks/check-run.ts';
import type { LocalGitHub } from '../github.ts';
import type { Issue } from '../issues/issue.ts';
import { authorAssociation, labelsView } from '../issues/views.ts';
import type { Repository } from '../repositories/repository.ts';
import { repositoryApiUrl, repositoryPageUrl, repositoryView } from '../repositories/views.ts';
import type { Pull } from './pull.ts';

type Json = Record<string, unknown>;

/** A pull request with its issue row and repositories. */
export interface PullContext {
  readonly repository: Repository;
  /** The repository of the head branch; `undefined` once it is deleted. */
  readonly headRepository: Repository | undefined;
  readonly issue: Issue;
  readonly pull: Pull;
}

/** @throws Error if the rows do not belong together: they are written together. */
export function pullContext(github: LocalGitHub, pull: Pull): PullContext {
  const repository = github.tables.repositories.get(pull.repositoryId);
  const issue = github.tables.issues.get(pull.issueId);
  if (repository === undefined || issue === undefined) throw new Error(`pull request ${pull.id} has lost its rows`);
  return { repository, headRepository: github.tables.repositories.get(pull.headRepositoryId), issue, pull };
}

function sideView(github: LocalGitHub, repository: Repository | undefined, ref: string, sha: string): Json {
  return {
    label: `${repository?.owner ?? 'unknown'}:${ref}`,
    ref,
    sha,
    user: userOrNull(github, repository?.ownerId ?? null),
    repo: repository === undefined ? null : repositoryView(github, repository),
  };
}

function linksView(api: string, page: string, number: number, headSha: string): { urls: Json; links: Json } {
  const url = `${api}/pulls/${number}`;
  const urls = {
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: `${api}/issues/${number}`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${number}/comments`,
    statuses_url: `${api}/statuses/${headSha}`,
  };
  const href = (address: string): Json => ({ href: address });
  return {
    urls,
    links: {
      self: href(url),
      html: href(page),
      issue: href(urls.issue_url),
      comments: href(urls.comments_url),
      review_comments: href(urls.review_comments_url),
      review_comment: href(urls.review_comment_url),
      commits: href(urls.commits_url),
      statuses: href(urls.statuses_url),
    },
  };
}

/** GitHub's `pull-request-simple`: as lists show it. */
export function pullSimpleView(github: LocalGitHub, context: PullContext): Json {
  const { repository, headRepository, issue, pull } = context;
  const page = `${repositoryPageUrl(github, repository)}/pull/${pull.number}`;
  const { urls, links } = linksView(repositoryApiUrl(github, repository), page, pull.number, pull.headSha);
  return {
    ...urls,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: userOrNull(github, issue.authorId),
    body: issue.body,
    labels: labelsView(github, repository, issue.labels),
    milestone: null,
    active_lock_reason: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: sideView(github, headRepository, pull.headRef, pull.headSha),
    base: sideView(github, repository, pull.baseRef, pull.baseSha),
    _links: links,
    author_association: authorAssociation(github, repository, issue.authorId),
    auto_merge: null,
    draft: pull.draft,
  };
}

function mergeableState(github: LocalGitHub, { pull, issue, repository }: PullContext): string {
  if (issue.state === 'closed') return 'unknown';
  if (!pull.mergeable) return 'dirty';
  if (pull.draft) return 'draft';
  const runs = github.tables.checkRuns.list({ repositoryId: repository.id, headSha: pull.headSha });
  return latestRuns(runs).every(isGood) ? 'clean' : 'unstable';
}

/** GitHub's `pull-request`. */
export function pullView(github: LocalGitHub, context: PullContext): Json {
  const { issue, pull } = context;
  const open = issue.state === 'open';
  return {
    ...pullSimpleView(github, context),
    merged: pull.mergedAt !== null,
    mergeable: open ? pull.mergeable : null,
    rebaseable: open ? pull.mergeable : null,
    mergeable_state: mergeableState(github, context),
    merged_by: userOrNull(github, pull.mergedById),
    comments: github.tables.comments.count({ issueId: issue.id }),
    review_comments: 0,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: pull.commits,
    additions: pull.additions,
    deletions: pull.deletions,
    changed_files: pull.changedFiles,
  };
}
