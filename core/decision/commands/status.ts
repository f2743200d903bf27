import type { StatusCommand } from '../../commands/command.ts';
import { allow, type Context } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { mayRead } from '../permission.ts';
import type { Deciding } from '../steps.ts';

export function* decideStatus(context: Context<StatusCommand>): Deciding<AllowedDecision> {
  const grantedBy = yield* mayRead(context);
  return allow(context, {
    action: { kind: 'status' },
    grantedBy,
    sha: null,
    effects: ['The comment is brought up to date.'],
  });
}
