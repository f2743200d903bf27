import { modelState } from '../core/ledger/fold.ts';
import type { RunId } from '../core/names.ts';
import { type CommandAnswer, type CommandContext, operationIn } from './command.ts';
import { FlowError } from './error.ts';
import { loadLedger } from './ledger.ts';
import { promote } from './promote.ts';

/** `/promote`: a version, or the candidate that becomes it first, is put in a stage. */
export async function commandPromote(context: CommandContext<'promote'>): Promise<CommandAnswer> {
  return move(context, 'promote', context.action.candidate);
}

/** `/rollback`: a stage goes back to a version that is verified anew before. */
export async function commandRollback(context: CommandContext<'rollback'>): Promise<CommandAnswer> {
  return move(context, 'rollback', null);
}

async function move(
  context: CommandContext<'promote'> | CommandContext<'rollback'>,
  reason: 'promote' | 'rollback',
  candidate: RunId | null,
): Promise<CommandAnswer> {
  const { ports, source, action, line } = context;
  const { model, stage, version } = action;
  const chosen = await ports.steps.run(`version line ${line}`, async () => {
    const policy = await source.policy();
    const { state } = await loadLedger(ports, policy);
    const known = modelState(state, model).versions.find((one) => one.version === version);
    const run = known?.run ?? candidate;
    if (run === null) throw new FlowError('not_possible', `${model} has no version ${version}`);
    return { run, commit: known?.commit ?? policy.commit, policyCommit: policy.commit };
  });
  const by = source.subject.comment.author;
  const done = await promote(ports, { ...chosen, model, stage, by, reason, operation: operationIn(context) });
  if (done.kind === 'frozen') return { tone: 'refused', message: done.message, code: 'frozen', reason: 'frozen' };
  if (done.kind === 'blocked') return { tone: 'refused', message: done.message, code: 'refused', reason: done.reason };
  const message = `${model}@v${done.version} is in ${done.stage}`;
  return { tone: 'ok', message, code: 'promoted', reason: context.decision.reason };
}
