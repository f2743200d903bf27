import { z } from 'zod';
import { GitId } from '../../core/names.ts';
import type { Pushed, Sweeps, Turns } from '../../flows/ports.ts';
import type { Api } from './api.ts';
import type { Cache } from './cache.ts';
import { checks } from './checks.ts';
import { commentOf, comments, IssueComment } from './comments.ts';
import type { Effects } from './effects.ts';
import { hasCode } from './errors.ts';
import { Listed, pullRequest } from './pull-requests.ts';

const Reaction = z.object({ user: z.object({ login: z.string() }).nullable() });
const Activity = z.object({
  before: GitId,
  after: GitId,
  ref: z.string(),
  actor: z.object({ login: z.string() }).nullable(),
});

const REPOSITORY = '/repos/{owner}/{repo}';
/** Pages of comments in one look: what is left is read by the next one. */
const COMMENT_PAGES = 3;
const CLOSED = 30;
const A_PAGE = 100;

export interface SweepOptions {
  readonly api: Api;
  /** Our login. */
  readonly self: string;
  /** Ids of our sticky comments. */
  readonly known: Cache<number>;
  readonly effects: Effects | null;
  /** Among all processes that write here. */
  readonly turns: Turns;
  readonly wait: (milliseconds: number) => Promise<void>;
}

export function sweeps({ api, self, known, effects, turns, wait }: SweepOptions): Sweeps {
  return {
    async commentsSince(at) {
      const parameters = { since: at, sort: 'updated', direction: 'asc', per_page: A_PAGE };
      const found = [];
      for (let page = 1; page <= COMMENT_PAGES; page += 1) {
        const route = `GET ${REPOSITORY}/issues/comments`;
        const some = await api.get(route, { ...parameters, page }, z.array(IssueComment));
        found.push(...some.map(commentOf));
        if (some.length < A_PAGE) return { comments: found, complete: true };
      }
      return { comments: found, complete: false };
    },
    async hasReacted(comment) {
      const route = `GET ${REPOSITORY}/issues/comments/{comment_id}/reactions`;
      const all = await api.list(route, { comment_id: comment }, z.array(Reaction));
      return all.some(({ user }) => user?.login === self);
    },
    async hasSticky(pullRequest, marker) {
      const route = `GET ${REPOSITORY}/issues/{issue_number}/comments`;
      const all = await api.list(route, { issue_number: pullRequest }, z.array(IssueComment));
      return all.some(({ user, body }) => user?.login === self && body.startsWith(marker));
    },
    async closedPulls() {
      const parameters = { state: 'closed', sort: 'updated', direction: 'desc', per_page: CLOSED };
      const pulls = await api.get(`GET ${REPOSITORY}/pulls`, parameters, z.array(Listed));
      return pulls.map((pull) => pullRequest(pull, null));
    },
    async pushes(branch, from, to) {
      const parameters = { ref: `refs/heads/${branch}`, direction: 'desc', per_page: A_PAGE };
      try {
        const all = await api.get(`GET ${REPOSITORY}/activity`, parameters, z.array(Activity));
        return chain(all.toReversed(), from, to);
      } catch (error) {
        // Older servers do not tell.
        if (hasCode(error, 'not_found', 'forbidden')) return null;
        throw error;
      }
    },
    compared(changed) {
      return {
        checks: checks({ api, self, effects, turns, wait, compared: changed }),
        comments: comments({ api, self, known, effects, compared: changed }),
      };
    },
  };
}

/** The pushes between two commits; null where one of them is not told, or the branch was set back on the way. */
function chain(oldestFirst: readonly z.infer<typeof Activity>[], from: GitId, to: GitId): readonly Pushed[] | null {
  const start = oldestFirst.findLastIndex(({ before }) => before === from);
  if (start < 0) return null;
  const found: Pushed[] = [];
  let at = from;
  for (const { before, after, actor } of oldestFirst.slice(start)) {
    if (before !== at) return null;
    found.push({ before, after, sender: actor?.login ?? null });
    at = after;
    if (at === to) return found;
  }
  return null;
}
