import { nodeId, userOrNull } from '../accounts/views.ts';
import type { LocalGitHub } from '../github.ts';
import { authorAssociation } from '../issues/views.ts';
import type { PullContext } from '../pulls/views.ts';
import { repositoryApiUrl, repositoryPageUrl } from '../repositories/views.ts';
import type { Review } from './review.ts';

/** GitHub's `pull-request-review`. */
export function reviewView(
  github: LocalGitHub,
  { repository, pull }: PullContext,
  review: Review,
): Record<string, unknown> {
  const pullUrl = `${repositoryApiUrl(github, repository)}/pulls/${pull.number}`;
  const page = `${repositoryPageUrl(github, repository)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: userOrNull(github, review.authorId),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: pullUrl,
    author_association: authorAssociation(github, repository, review.authorId),
    _links: { html: { href: page }, pull_request: { href: pullUrl } },
    ...(review.submittedAt === null ? {} : { submitted_at: review.submittedAt }),
    commit_id: review.commitId,
  };
}
