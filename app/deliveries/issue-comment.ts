import { z } from 'zod';
import { sha256Hex } from '../../core/canonical.ts';
import { parseComment } from '../../core/commands/parse.ts';
import { Instant } from '../../core/names.ts';
import { type Converter, Sender } from './delivery.ts';

const Payload = z.object({
  action: z.string(),
  changes: z.object({ body: z.object({ from: z.string() }).nullish() }).nullish(),
  issue: z.object({ number: z.int().positive(), pull_request: z.object({}).nullish() }),
  comment: z.object({
    id: z.int().positive(),
    body: z.string().nullish(),
    user: z.object({ id: z.int().positive(), login: z.string(), type: z.string() }).nullish(),
    created_at: Instant,
    updated_at: Instant,
  }),
  sender: Sender,
});

/**
 * A new comment on a pull request, or an old one that was changed: an edited comment never runs, also not in a later
 * sweep (invariant 2). An issue is no pull request.
 */
export const issueComment: Converter = ({ payload }) => {
  const { action, changes, issue, comment, sender } = Payload.parse(payload);
  if (issue.pull_request == null) return null;
  const about = { id: comment.id, pullRequest: issue.number };
  const lane = { kind: 'pull_request', number: issue.number } as const;
  if (action === 'edited' || action === 'deleted') {
    // Our own comment is edited all the time: only what held a command, or holds one now, is worth remembering.
    const told = [changes?.body?.from ?? '', comment.body ?? ''];
    if (told.every((body) => parseComment(body).length === 0)) return null;
    return { event: { kind: 'comment_changed', ...about, change: action }, lane };
  }
  if (action !== 'created') return null;
  const { body, user } = comment;
  const type = user?.type;
  return {
    event: {
      kind: 'comment',
      ...about,
      sender: sender.login,
      ...(body == null
        ? {}
        : {
            digest: sha256Hex(body),
            comment: {
              body,
              author: user?.login ?? 'ghost',
              authorType: type === 'User' || type === 'Bot' ? type : 'Other',
              authorId: user?.id ?? null,
              createdAt: comment.created_at,
              updatedAt: comment.updated_at,
            },
          }),
    },
    lane,
  };
};
