import { z } from 'zod';
import { EXECUTION_BRANCH } from '../../adapters/github/ports.ts';
import { GitId } from '../../core/names.ts';
import { type Converter, Sender } from './delivery.ts';

const Payload = z.object({
  ref: z.string(),
  before: GitId,
  after: GitId,
  created: z.boolean(),
  deleted: z.boolean(),
  sender: Sender,
});

/** A branch that moved, or a tag that was made, moved or deleted. */
export const push: Converter = ({ payload }) => {
  const { ref, before, after, created, deleted, sender } = Payload.parse(payload);
  const lane = { kind: 'repository' } as const;
  if (ref.startsWith('refs/tags/')) {
    const change = deleted ? 'deleted' : created ? 'created' : 'moved';
    return { event: { kind: 'tag', name: ref.slice('refs/tags/'.length), change, sender: sender.login }, lane };
  }
  if (!ref.startsWith('refs/heads/') || deleted) return null;
  const branch = ref.slice('refs/heads/'.length);
  // We move it ourselves at each dispatch.
  if (branch === EXECUTION_BRANCH) return null;
  return { event: { kind: 'push', branch, before, after, sender: sender.login }, lane };
};
