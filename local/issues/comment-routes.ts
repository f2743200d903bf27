import { z } from 'zod';
import { roleAtLeast, roleOf } from '../auth/access.ts';
import { appOf } from '../auth/actor.ts';
import { readBody, readId } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import { type Author, createComment, deleteComment, editComment } from './comments.ts';
import type { Comment, Issue } from './issue.ts';
import { commentView } from './views.ts';

const CommentBody = z.object({ body: z.string().min(1) });

/** The caller as author of a comment. */
export function authorOf(request: ApiRequest): Author {
  return {
    account: requireAccount(request.github, request.actor),
    byJob: request.actor.kind === 'job',
    appId: appOf(request.actor)?.id ?? null,
  };
}

/** The issue (or pull request) that the path names. @throws ApiError 404 */
export function requireIssue(request: ApiRequest): Issue {
  const number = readId(request, 'issue_number');
  const issue = request.github.tables.issues.find({ repositoryId: request.repo.id, number });
  if (issue === undefined) throw notFound();
  return issue;
}

/** The comment that the path names, and its issue. @throws ApiError 404 */
export function requireComment(request: ApiRequest): { comment: Comment; issue: Issue } {
  const comment = request.github.tables.comments.get(readId(request, 'comment_id'));
  const issue = comment && request.github.tables.issues.get(comment.issueId);
  if (comment === undefined || issue === undefined || comment.repositoryId !== request.repo.id) throw notFound();
  return { comment, issue };
}

/** A person may change their own comments, and everybody's with write access; an App with the permission likewise. */
function requireEditor(request: ApiRequest, comment: Comment): void {
  const { actor } = request;
  if (actor.kind !== 'user' || actor.user.id === comment.authorId) return;
  if (roleAtLeast(roleOf(request.github.tables, request.repo, actor.user), 'write')) return;
  throw new ApiError(403, 'Must have admin rights to Repository.');
}

function create(request: ApiRequest): ApiResponse {
  const { github, repo } = request;
  const issue = requireIssue(request);
  const comment = createComment(github, repo, issue, readBody(request, CommentBody).body, authorOf(request));
  return { status: 201, body: commentView(github, repo, issue, comment) };
}

function list(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo, query } = request;
  const issue = requireIssue(request);
  const since = query.get('since');
  const comments = github.tables.comments
    .list({ issueId: issue.id })
    .filter((comment) => since === null || Date.parse(comment.updatedAt) >= Date.parse(since));
  return paginated(request, comments, (comment) => commentView(github, repo, issue, comment));
}

function listOfRepository(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo, query } = request;
  const since = query.get('since');
  const field = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const comments = github.tables.comments
    .list({ repositoryId: repo.id })
    .filter((comment) => since === null || Date.parse(comment.updatedAt) >= Date.parse(since))
    .sort((a, b) => a[field].localeCompare(b[field]) || a.id - b.id);
  // Ascending by id unless a sort is asked for, which is descending unless told.
  const descending = query.has('sort') && query.get('direction') !== 'asc';
  return paginated(request, descending ? comments.reverse() : comments, (comment) => {
    const issue = github.tables.issues.get(comment.issueId);
    return issue === undefined ? null : commentView(github, repo, issue, comment);
  });
}

function get(request: ApiRequest): ApiResponse {
  const { comment, issue } = requireComment(request);
  return { status: 200, body: commentView(request.github, request.repo, issue, comment) };
}

function update(request: ApiRequest): ApiResponse {
  const { github, repo } = request;
  const { comment, issue } = requireComment(request);
  requireEditor(request, comment);
  const edited = editComment(github, repo, issue, comment, readBody(request, CommentBody).body, authorOf(request));
  return { status: 200, body: commentView(github, repo, issue, edited) };
}

function remove(request: ApiRequest): ApiResponse {
  const { comment, issue } = requireComment(request);
  requireEditor(request, comment);
  deleteComment(request.github, request.repo, issue, comment, authorOf(request));
  return { status: 204 };
}

const read = { permission: ['issues', 'pull_requests'], level: 'read' } as const;
const write = { permission: ['issues', 'pull_requests'], level: 'write' } as const;
const one = '/repos/{owner}/{repo}/issues/comments/{comment_id}';
const ofIssue = '/repos/{owner}/{repo}/issues/{issue_number}/comments';

export const commentRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/issues/comments', access: read, handle: listOfRepository },
  { method: 'GET', path: ofIssue, access: read, handle: list },
  { method: 'POST', path: ofIssue, access: write, handle: create },
  { method: 'GET', path: one, access: read, handle: get },
  { method: 'PATCH', path: one, access: write, handle: update },
  { method: 'DELETE', path: one, access: write, handle: remove },
];
