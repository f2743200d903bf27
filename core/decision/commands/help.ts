import type { HelpCommand } from '../../commands/command.ts';
import { allow, type Context } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { mayRead } from '../permission.ts';
import type { Deciding } from '../steps.ts';

export function* decideHelp(context: Context<HelpCommand>): Deciding<AllowedDecision> {
  const { topic } = context.command;
  const grantedBy = yield* mayRead(context);
  const effects = [topic === null ? 'The commands are listed.' : `The usage of /${topic} is shown.`];
  return allow(context, { action: { kind: 'help', topic }, grantedBy, sha: null, effects });
}
