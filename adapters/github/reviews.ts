import { z } from 'zod';
import { GitId, Instant } from '../../core/names.ts';
import type { Review, Reviews } from '../../flows/ports.ts';
import type { Api } from './api.ts';

const STATES = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
  PENDING: 'pending',
} as const;

const Listed = z.object({
  user: z.object({ login: z.string(), type: z.string() }).nullable(),
  /** One that GitHub adds later must not pass for an approval, nor be dropped unseen: it is an error. */
  state: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED', 'PENDING']),
  commit_id: GitId.nullish(),
  submitted_at: Instant.nullish(),
});

/** Reviews by REST, in the order in which they were submitted. One that is not submitted yet counts nothing. */
export function reviews(api: Api): Reviews {
  return {
    async list(pullRequest) {
      const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews';
      const all = await api.list(route, { pull_number: pullRequest }, z.array(Listed), 20);
      return all.flatMap((review): Review[] => {
        const { user, submitted_at: at } = review;
        if (user === null || at == null) return [];
        const userType = user.type === 'User' || user.type === 'Bot' ? user.type : 'Other';
        return [{ user: user.login, userType, state: STATES[review.state], commit: review.commit_id ?? null, at }];
      });
    },
  };
}
