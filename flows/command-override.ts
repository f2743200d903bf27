import { GitId } from '../core/names.ts';
import { type CommandAnswer, type CommandContext, pullRequestIn } from './command.ts';
import { enter } from './enter.ts';
import { FlowError } from './error.ts';
import { policyDigestOf } from './run-draft.ts';

/** `/override`: one failed gate of one run, bound to the head and to policy as they are now, and shown for ever. */
export async function commandOverride(context: CommandContext<'override'>): Promise<CommandAnswer> {
  const { action, decision } = context;
  const { model, run, metric, reason } = action;
  const sha = GitId.safeParse(decision.sha);
  if (!sha.success) throw new FlowError('not_possible', 'an override is bound to a commit, and none was decided');
  const pullRequest = pullRequestIn(context);
  await enter(context, (policy) => ({
    kind: 'override',
    pullRequest,
    model,
    run,
    metric,
    sha: sha.data,
    policyDigest: policyDigestOf(policy, model),
    reason,
  }));
  const message = `gate ${metric} of ${model} is overridden for run ${run} at ${sha.data.slice(0, 12)}: ${reason}`;
  return { tone: 'ok', message, code: 'overridden', reason: decision.reason };
}
