import type { UnholdCommand } from '../../commands/command.ts';
import { sameLogin } from '../../policy/identity.ts';
import { allow, type Context, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { holdOf, signerNamed, trustedLedger } from '../ledger.ts';
import { permitted, permittedRelease, pullScope } from '../permission.ts';
import { pullOf } from '../pull.ts';
import type { Deciding } from '../steps.ts';

/** Works on closed pull requests, too; but closing one has ended its hold. */
export function* decideUnhold(context: Context<UnholdCommand>): Deciding<AllowedDecision> {
  yield* permitted(context, {}, true);
  yield* pullOf(context);
  yield* signerNamed(context);
  const hold = holdOf(context, yield* trustedLedger(context));
  if (hold === null)
    return yield* refuse(context, {
      reason: 'not_held',
      message: 'the pull request is not on hold',
      expected: 'a hold',
      found: 'none',
      example: '/hold wait for the new labels',
    });
  const own = sameLogin(hold.owner, context.facts.comment.author);
  const grantedBy = yield* permittedRelease(context, yield* pullScope(context), own, `hold of ${hold.owner}`);
  return allow(context, {
    action: { kind: 'unhold' },
    grantedBy,
    sha: null,
    effects: [`The hold by ${hold.owner} ends.`],
  });
}
