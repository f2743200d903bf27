import { z } from 'zod';
import { type Converter, Sender, senderOf } from './delivery.ts';

/** GitHub gives the event type of a repository_dispatch as the action. */
const Payload = z.object({
  action: z.string(),
  client_payload: z.record(z.string(), z.unknown()).nullish(),
  sender: Sender,
});
const Type = z.enum(['train', 'promote', 'reconcile']);
const PREFIX = 'trainyard-';

export const repositoryDispatch: Converter = ({ id, receivedAt, payload }) => {
  const { action, client_payload: asked, sender } = Payload.parse(payload);
  if (!action.startsWith(PREFIX)) return null;
  const type = Type.safeParse(action.slice(PREFIX.length));
  if (!type.success) return null;
  return {
    event: { kind: 'request', type: type.data, payload: asked ?? {}, ...senderOf(sender), id, at: receivedAt },
    lane: { kind: 'repository' },
  };
};
