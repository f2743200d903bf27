import { z } from 'zod';
import { GitId } from '../../core/names.ts';
import { type Converter, Sender, senderOf } from './delivery.ts';

const Payload = z.object({
  action: z.string(),
  check_run: z.object({ name: z.string(), external_id: z.string().nullable(), head_sha: GitId }),
  requested_action: z.object({ identifier: z.string() }).nullish(),
  sender: Sender,
});

/** Somebody pressed a button of our check. "Re-run" has the identifier `rerequested`. */
export const checkRun: Converter = ({ payload }) => {
  const { action, check_run: check, requested_action: requested, sender } = Payload.parse(payload);
  if (action !== 'requested_action' && action !== 'rerequested') return null;
  const identifier = action === 'rerequested' ? action : requested?.identifier;
  if (identifier === undefined) return null;
  return {
    event: {
      kind: 'check_action',
      check: check.name,
      externalId: check.external_id ?? '',
      sha: check.head_sha,
      identifier,
      ...senderOf(sender),
    },
    lane: { kind: 'commit', sha: check.head_sha },
  };
};
