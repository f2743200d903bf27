import type { HoldCommand } from '../../commands/command.ts';
import { allow, type Context, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { expiryOf } from '../expiry.ts';
import { because, holdOf, signerNamed, trustedLedger } from '../ledger.ts';
import { permitted, pullScope } from '../permission.ts';
import { openPull } from '../pull.ts';
import type { Deciding } from '../steps.ts';

/** About the pull request and not one of its commits: a push does not end it. */
export function* decideHold(context: Context<HoldCommand>): Deciding<AllowedDecision> {
  const { reason, expiresIn } = context.command;
  // First without the models, so that a stranger costs no plan.
  yield* permitted(context);
  const grantedBy = yield* permitted(context, yield* pullScope(context));
  yield* openPull(context);
  yield* signerNamed(context);
  const hold = holdOf(context, yield* trustedLedger(context));
  // Nobody takes a hold over: its new owner could end it.
  if (hold !== null && hold.operation !== context.operation)
    yield* refuse(context, {
      reason: 'held',
      message: `the pull request is on hold already, by ${hold.owner}${because(hold.reason)}. /unhold ends it.`,
      expected: 'no hold',
      found: `on hold by ${hold.owner}`,
      example: '/unhold',
    });
  const expiresAt = expiryOf(context.facts.comment.createdAt, expiresIn);
  const until = expiresAt === null ? 'until /unhold or until it is closed' : `until ${expiresAt}`;
  return allow(context, {
    action: { kind: 'hold', reason, expiresAt },
    grantedBy,
    sha: null,
    effects: [`The pull request is on hold ${until}: its merge promotes nothing. It may still be trained.`],
  });
}
