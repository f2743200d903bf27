import { z } from 'zod';
import { roleAtLeast, roleOf } from '../auth/access.ts';
import { readBody, readId } from '../http/body.ts';
import { ApiError, notFound, notImplemented } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { MAX_BODY } from '../issues/open.ts';
import { isAssociated } from '../pulls/associated.ts';
import { requirePull } from '../pulls/pull-routes.ts';
import { type PullContext, pullSimpleView } from '../pulls/views.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import type { Review } from './review.ts';
import { reviewView } from './views.ts';

const ReviewBody = z.object({
  commit_id: z.string().optional(),
  body: z.string().default(''),
  event: z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']).optional(),
  comments: z.array(z.unknown()).default([]),
});
const DismissalBody = z.object({ message: z.string(), event: z.literal('DISMISS').optional() });

const STATES = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;

const refused = (...errors: string[]): ApiError => new ApiError(422, 'Unprocessable Entity', errors);

/** @throws ApiError 422 for what GitHub lets nobody say. */
function requireReview(request: ApiRequest, authorId: number, body: z.infer<typeof ReviewBody>): void {
  if (body.comments.length > 0) throw notImplemented('comments on lines in a review');
  if ([...body.body].length > MAX_BODY) throw refused(`Body is too long (maximum is ${MAX_BODY} characters)`);
  const { event } = body;
  if (event === undefined) return;
  if (event !== 'APPROVE' && body.body.trim() === '') throw refused("Body can't be blank");
  if (event === 'COMMENT') return;
  if (request.actor.kind === 'job') throw refused('GitHub Actions is not permitted to approve pull requests.');
  if (requireAccount(request.github, request.actor).id !== authorId) return;
  const deed = event === 'APPROVE' ? 'approve' : 'request changes on';
  throw refused(`Can not ${deed} your own pull request`);
}

function emitReview(
  request: ApiRequest,
  action: 'submitted' | 'dismissed',
  context: PullContext,
  review: Review,
): void {
  const { github, repo, actor } = request;
  const view = reviewView(github, context, review);
  github.emit({
    event: 'pull_request_review',
    action,
    repository: repo,
    sender: requireAccount(github, actor),
    byJob: actor.kind === 'job',
    // Deliveries write the state in lower case, unlike the API, and say when the review last changed.
    payload: {
      review: { ...view, state: review.state.toLowerCase(), updated_at: github.timestamp() },
      pull_request: pullSimpleView(github, context),
    },
  });
}

async function create(request: ApiRequest): Promise<ApiResponse> {
  const { github } = request;
  const context = requirePull(request);
  const { pull, issue } = context;
  const body = readBody(request, ReviewBody);
  requireReview(request, issue.authorId, body);
  const commitId = body.commit_id ?? pull.headSha;
  if (!(await isAssociated(github.git(request.repo), pull, commitId))) {
    throw refused('Commit is not part of the pull request');
  }
  const authorId = requireAccount(github, request.actor).id;
  const draft = { pullId: pull.id, authorId, state: 'PENDING' } as const;
  const now = github.timestamp();
  if (body.event === undefined) {
    if (github.tables.reviews.find(draft) !== undefined) {
      throw refused('User can only have one pending review per pull request');
    }
    const review = github.tables.reviews.insert({ ...draft, body: body.body, commitId, submittedAt: null });
    return { status: 200, body: reviewView(github, context, review) };
  }
  const state = STATES[body.event];
  const review = github.tables.reviews.insert({ ...draft, body: body.body, state, commitId, submittedAt: now });
  github.tables.issues.update(issue.id, { updatedAt: now });
  emitReview(request, 'submitted', requirePull(request), review);
  return { status: 200, body: reviewView(github, context, review) };
}

function list(request: ApiRequest): Promise<ApiResponse> {
  const { github, actor } = request;
  const context = requirePull(request);
  const self = actor.kind === 'anonymous' ? undefined : requireAccount(github, actor).id;
  const reviews = github.tables.reviews
    .list({ pullId: context.pull.id })
    .filter((review) => review.state !== 'PENDING' || review.authorId === self);
  return paginated(request, reviews, (review) => reviewView(github, context, review));
}

function dismiss(request: ApiRequest): ApiResponse {
  const { github, repo, actor } = request;
  const context = requirePull(request);
  const review = github.tables.reviews.get(readId(request, 'review_id'));
  if (review === undefined || review.pullId !== context.pull.id || review.state === 'PENDING') throw notFound();
  if (actor.kind === 'user' && !roleAtLeast(roleOf(github.tables, repo, actor.user), 'write')) {
    throw new ApiError(403, 'Must have the required rights to Repository.');
  }
  const { message } = readBody(request, DismissalBody);
  if (message.trim() === '') throw refused('You need to leave a message indicating why you are dismissing this review');
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw refused(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  }
  const dismissed = github.tables.reviews.update(review.id, { state: 'DISMISSED' });
  github.tables.issues.update(context.issue.id, { updatedAt: github.timestamp() });
  emitReview(request, 'dismissed', requirePull(request), dismissed);
  return { status: 200, body: reviewView(github, context, dismissed) };
}

const read = { permission: 'pull_requests', level: 'read' } as const;
const write = { permission: 'pull_requests', level: 'write' } as const;
const reviews = '/repos/{owner}/{repo}/pulls/{pull_number}/reviews';

export const reviewRoutes: readonly Route[] = [
  { method: 'GET', path: reviews, access: read, handle: list },
  { method: 'POST', path: reviews, access: write, handle: create },
  { method: 'PUT', path: `${reviews}/{review_id}/dismissals`, access: write, handle: dismiss },
];
