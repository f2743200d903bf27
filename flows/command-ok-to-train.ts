import { type CommandAnswer, type CommandContext, pullRequestIn } from './command.ts';
import { enter } from './enter.ts';

/** `/ok-to-train`: this head of the fork may be trained, and no push survives that. */
export async function commandOkToTrain(context: CommandContext<'ok-to-train'>): Promise<CommandAnswer> {
  const { action, decision } = context;
  const { sha, headRepository } = action;
  const pullRequest = pullRequestIn(context);
  await enter(context, () => ({ kind: 'ok_to_train', pullRequest, sha, headRepository }));
  const message = `${sha.slice(0, 12)} of ${headRepository} may be trained: without secrets, on the runner for forks, and never promoted. A push needs a new /ok-to-train`;
  return { tone: 'ok', message, code: 'fork_approved', reason: decision.reason };
}
