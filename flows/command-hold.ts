import { type CommandAnswer, type CommandContext, pullRequestIn } from './command.ts';
import { enter } from './enter.ts';

/** `/hold`: while it stands, the pull request's merge promotes nothing and `ready` is red. */
export async function commandHold(context: CommandContext<'hold'>): Promise<CommandAnswer> {
  const { action, decision } = context;
  const pullRequest = pullRequestIn(context);
  const { reason, expiresAt } = action;
  await enter(context, () => ({ kind: 'hold', pullRequest, reason, expiresAt }));
  const until = expiresAt === null ? 'until /unhold or until it is closed' : `until ${expiresAt}`;
  return { tone: 'ok', message: `#${pullRequest} is on hold ${until}`, code: 'held', reason: decision.reason };
}

/** `/unhold`. */
export async function commandUnhold(context: CommandContext<'unhold'>): Promise<CommandAnswer> {
  const pullRequest = pullRequestIn(context);
  await enter(context, () => ({ kind: 'unhold', pullRequest, cause: 'command' }));
  const { reason } = context.decision;
  return { tone: 'ok', message: `#${pullRequest} is no longer on hold`, code: 'released', reason };
}
