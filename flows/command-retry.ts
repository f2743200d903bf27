import type { CommandAnswer, CommandContext } from './command.ts';
import { pullRequestIn } from './command.ts';
import { evaluationOf } from './command-evaluate.ts';
import { checkAgain } from './command-validate.ts';
import { launchAll } from './launch.ts';
import { draftTraining, type RunDraft } from './run-draft.ts';

/** `/retry`: what failed is repeated and nothing else. Where judging failed, nothing is trained again. */
export async function commandRetry(context: CommandContext<'retry'>): Promise<CommandAnswer> {
  const { ports, source, decision, action, line } = context;
  const drafts = await ports.steps.run(`draft line ${line}`, async () => {
    const drafts: RunDraft[] = [];
    for (const { run, training } of action.runs)
      drafts.push(
        training === null ? await evaluationOf(source, line, run) : await draftTraining(ports, source, line, training),
      );
    return drafts;
  });
  const { answers, failed } = await launchAll(ports, drafts, 'tries it again');
  const checks = action.datasets.length === 0 ? [] : await checkAgain(context, pullRequestIn(context), action.datasets);
  const message = [...answers, ...checks].join('\n');
  if (failed) return { tone: 'refused', message, code: 'run_failed', reason: 'not_carried_out' };
  return { tone: 'ok', message, code: drafts.length > 0 ? 'run_accepted' : 'checking', reason: decision.reason };
}
