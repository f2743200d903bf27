import { z } from 'zod';
import { GitId, Instant } from '../../core/names.ts';
import { type Converter, Sender } from './delivery.ts';

const Action = z.enum(['opened', 'synchronize', 'reopened', 'edited', 'closed', 'ready_for_review']);
const Payload = z.object({
  /** Of `edited`: what was changed. The base is an object there exactly when the request was pointed elsewhere. */
  changes: z.object({ base: z.object({}).nullish() }).nullish(),
  number: z.int().positive(),
  pull_request: z.object({
    head: z.object({ sha: GitId, repo: z.object({ full_name: z.string() }).nullable() }),
    updated_at: Instant,
  }),
  sender: Sender,
});

export const pullRequest: Converter = ({ payload }) => {
  const action = z.object({ action: z.string() }).parse(payload).action;
  if (action === 'labeled' || action === 'unlabeled') {
    const { number } = z.object({ number: z.int().positive() }).parse(payload);
    return { event: { kind: 'requirements_changed', number }, lane: { kind: 'pull_request', number } };
  }
  const known = Action.safeParse(action);
  if (!known.success) return null;
  const { number, changes, pull_request: pull, sender } = Payload.parse(payload);
  return {
    event: {
      kind: 'pull_request',
      action: known.data,
      number,
      sha: pull.head.sha,
      headRepository: pull.head.repo?.full_name ?? null,
      retargeted: known.data === 'edited' && changes?.base != null,
      at: pull.updated_at,
      sender: sender.login,
    },
    lane: { kind: 'pull_request', number },
  };
};
