import { z } from 'zod';
import { readBody, readId } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import { requireComment, requireIssue } from './comment-routes.ts';
import { ReactionContent } from './issue.ts';
import { reactionView } from './views.ts';

const ReactionBody = z.object({ content: ReactionContent });

/** What is reacted to: an issue, or a comment on it. */
interface Target {
  readonly issueId: number;
  readonly commentId: number | null;
}

const ofComment = (request: ApiRequest): Target => {
  const { issue, comment } = requireComment(request);
  return { issueId: issue.id, commentId: comment.id };
};
const ofIssue = (request: ApiRequest): Target => ({ issueId: requireIssue(request).id, commentId: null });

/** One account reacts once with each content: a repeat answers 200 with the reaction that is there. */
function create(request: ApiRequest, target: Target): ApiResponse {
  const { github } = request;
  const { content } = readBody(request, ReactionBody);
  const key = { ...target, content, authorId: requireAccount(github, request.actor).id };
  const known = github.tables.reactions.find(key);
  if (known !== undefined) return { status: 200, body: reactionView(github, known) };
  const reaction = github.tables.reactions.insert({ ...key, createdAt: github.timestamp() });
  return { status: 201, body: reactionView(github, reaction) };
}

function list(request: ApiRequest, target: Target): Promise<ApiResponse> {
  const { github, query } = request;
  const content = query.get('content');
  const found = github.tables.reactions
    .list({ ...target })
    .filter((one) => content === null || one.content === content);
  return paginated(request, found, (one) => reactionView(github, one));
}

function remove(request: ApiRequest, target: Target): ApiResponse {
  const { reactions } = request.github.tables;
  const reaction = reactions.get(readId(request, 'reaction_id'));
  if (reaction?.issueId !== target.issueId || reaction.commentId !== target.commentId) throw notFound();
  if (reaction.authorId !== requireAccount(request.github, request.actor).id) throw new ApiError(403, 'Forbidden');
  reactions.delete(reaction.id);
  return { status: 204 };
}

const read = { permission: ['issues', 'pull_requests'], level: 'read' } as const;
const write = { permission: ['issues', 'pull_requests'], level: 'write' } as const;

const comment = '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
const issue = '/repos/{owner}/{repo}/issues/{issue_number}/reactions';

export const reactionRoutes: readonly Route[] = [
  { method: 'GET', path: comment, access: read, handle: (request) => list(request, ofComment(request)) },
  { method: 'POST', path: comment, access: write, handle: (request) => create(request, ofComment(request)) },
  {
    method: 'DELETE',
    path: `${comment}/{reaction_id}`,
    access: write,
    handle: (request) => remove(request, ofComment(request)),
  },
  { method: 'GET', path: issue, access: read, handle: (request) => list(request, ofIssue(request)) },
  { method: 'POST', path: issue, access: write, handle: (request) => create(request, ofIssue(request)) },
];
