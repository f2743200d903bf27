import { z } from 'zod';
import { sha256Hex } from '../../core/canonical.ts';
import { type Converter, Sender } from './delivery.ts';

const Payload = z.object({
  action: z.string(),
  issue: z.object({ number: z.int().positive(), pull_request: z.object({}).nullish() }),
  comment: z.object({ id: z.int().positive(), body: z.string().nullish() }),
  sender: Sender,
});

/** A new comment on a pull request. An edited comment never runs (invariant 2); an issue is no pull request. */
export const issueComment: Converter = ({ payload }) => {
  const { action, issue, comment, sender } = Payload.parse(payload);
  if (action !== 'created' || issue.pull_request == null) return null;
  return {
    event: {
      kind: 'comment',
      id: comment.id,
      pullRequest: issue.number,
      sender: sender.login,
      ...(comment.body == null ? {} : { digest: sha256Hex(comment.body) }),
    },
    lane: { kind: 'pull_request', number: issue.number },
  };
};
