import { z } from 'zod';
import { type Converter, Sender } from './delivery.ts';

const Payload = z.object({ ref: z.string(), ref_type: z.string(), sender: Sender });

/** `create` and `delete` of tags, which come beside the push: a flow that runs twice converges. */
const tag =
  (change: 'created' | 'deleted'): Converter =>
  ({ payload }) => {
    const { ref, ref_type: type, sender } = Payload.parse(payload);
    if (type !== 'tag') return null;
    return { event: { kind: 'tag', name: ref, change, sender: sender.login }, lane: { kind: 'repository' } };
  };

export const create = tag('created');
export const remove = tag('deleted');
