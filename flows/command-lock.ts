import { type CommandAnswer, type CommandContext, pullRequestIn } from './command.ts';
import { enter } from './enter.ts';

/** `/lock`: of a model, which then is not trained, or of a stage, which then does not move. */
export async function commandLock(context: CommandContext<'lock'>): Promise<CommandAnswer> {
  const pullRequest = pullRequestIn(context);
  const { target, reason, expiresAt, keep } = context.action;
  await enter(context, () => ({ kind: 'lock', target, reason, pullRequest, keep, expiresAt }));
  const end = [
    ...(expiresAt === null ? [] : [`until ${expiresAt}`]),
    ...(keep ? [] : [`until #${pullRequest} is closed`]),
    `until /unlock ${target.kind}:${target.name}`,
  ];
  const message = `${target.kind} ${target.name} is locked ${end.join(', or ')}`;
  return { tone: 'ok', message, code: 'held', reason: context.decision.reason };
}

/** `/unlock`. */
export async function commandUnlock(context: CommandContext<'unlock'>): Promise<CommandAnswer> {
  const { target } = context.action;
  await enter(context, () => ({ kind: 'unlock', target, cause: 'command' }));
  const message = `${target.kind} ${target.name} is no longer locked`;
  return { tone: 'ok', message, code: 'released', reason: context.decision.reason };
}
