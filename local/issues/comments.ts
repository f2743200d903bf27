import type { Account } from '../accounts/account.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import type { Comment, Issue } from './issue.ts';
import { requireBody } from './open.ts';
import { commentView, issueView } from './views.ts';

/** Who acts: the account, whether through a job's token, and the App, if one wrote it. */
export interface Author {
  readonly account: Account;
  readonly byJob: boolean;
  readonly appId?: number | null;
}

function emitComment(
  github: LocalGitHub,
  action: 'created' | 'edited' | 'deleted',
  repository: Repository,
  issue: Issue,
  comment: Comment,
  by: Author,
  more: Record<string, unknown> = {},
): void {
  github.emit({
    event: 'issue_comment',
    action,
    repository,
    sender: by.account,
    byJob: by.byJob,
    payload: {
      issue: issueView(github, repository, issue),
      comment: commentView(github, repository, issue, comment),
      ...more,
    },
  });
}

/** Comments on an issue or pull request. @throws ApiError 422 if the body is empty or longer than 65,536 characters. */
export function createComment(
  github: LocalGitHub,
  repository: Repository,
  issue: Issue,
  body: string,
  by: Author,
): Comment {
  requireBody('IssueComment', body);
  const now = github.timestamp();
  const comment = github.tables.comments.insert({
    repositoryId: repository.id,
    issueId: issue.id,
    authorId: by.account.id,
    appId: by.appId ?? null,
    body,
    createdAt: now,
    updatedAt: now,
  });
  const updated = github.tables.issues.update(issue.id, { updatedAt: now });
  emitComment(github, 'created', repository, updated, comment, by);
  return comment;
}

/** Replaces a comment's body. @throws ApiError 422 as for a new one. */
export function editComment(
  github: LocalGitHub,
  repository: Repository,
  issue: Issue,
  comment: Comment,
  body: string,
  by: Author,
): Comment {
  requireBody('IssueComment', body);
  const edited = github.tables.comments.update(comment.id, { body, updatedAt: github.timestamp() });
  emitComment(github, 'edited', repository, issue, edited, by, { changes: { body: { from: comment.body } } });
  return edited;
}

export function deleteComment(
  github: LocalGitHub,
  repository: Repository,
  issue: Issue,
  comment: Comment,
  by: Author,
): void {
  for (const reaction of github.tables.reactions.list({ commentId: comment.id }))
    github.tables.reactions.delete(reaction.id);
  github.tables.comments.delete(comment.id);
  emitComment(github, 'deleted', repository, issue, comment, by);
}
