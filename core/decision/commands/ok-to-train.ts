import type { OkToTrainCommand } from '../../commands/command.ts';
import { boundCommit } from '../commit.ts';
import { allow, type Context, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { signerNamed, trustedLedger } from '../ledger.ts';
import { permitted, pullScope } from '../permission.ts';
import { forkAdmitted, openPull } from '../pull.ts';
import type { Deciding } from '../steps.ts';

/** For the head that it names and no other: whatever is pushed after it needs its own. */
export function* decideOkToTrain(context: Context<OkToTrainCommand>): Deciding<AllowedDecision> {
  yield* permitted(context);
  const pull = yield* openPull(context);
  if (!pull.fork)
    yield* refuse(context, {
      reason: 'not_a_fork',
      message: `#${pull.number} comes from ${pull.head.repository} itself and needs no /ok-to-train. Type /train.`,
      expected: 'a pull request from a fork',
      found: pull.head.repository,
      example: '/train',
    });
  yield* forkAdmitted(context, pull);
  yield* signerNamed(context);
  const sha = yield* boundCommit(context, pull, context.command.sha);
  const { okToTrain } = yield* trustedLedger(context);
  const grantedBy = yield* permitted(context, yield* pullScope(context));
  return allow(context, {
    action: { kind: 'ok-to-train', sha, headRepository: pull.head.repository },
    grantedBy,
    sha,
    effects: [
      okToTrain.includes(sha)
        ? `${sha} of ${pull.head.repository} was approved before; nothing changes.`
        : `${sha} of ${pull.head.repository} may be trained, without secrets and on the runners for forks. No push survives it.`,
    ],
  });
}
