import type { CommandAnswer, CommandContext } from './command.ts';
import { FlowError } from './error.ts';
import type { FactSource } from './facts.ts';
import { launchAll } from './launch.ts';
import { draftEvaluation, type RunDraft } from './run-draft.ts';

/** `/evaluate`: what earlier runs trained is judged again, by runs of their own, under policy as it is now. */
export async function commandEvaluate({
  ports,
  source,
  decision,
  action,
  line,
}: CommandContext<'evaluate'>): Promise<CommandAnswer> {
  const drafts = await ports.steps.run(`draft line ${line}`, async () => {
    const drafts: RunDraft[] = [];
    for (const { run } of action.runs) drafts.push(await evaluationOf(source, line, run));
    return drafts;
  });
  const { answers, failed } = await launchAll(ports, drafts, 'judges what was trained');
  const message = answers.join('\n');
  if (failed) return { tone: 'refused', message, code: 'run_failed', reason: 'not_carried_out' };
  return { tone: 'ok', message, code: 'run_accepted', reason: decision.reason };
}

export async function evaluationOf(source: FactSource, line: number, run: RunDraft['run']): Promise<RunDraft> {
  const found = (await source.records()).find(({ record }) => record.run === run);
  if (found === undefined) throw new FlowError('record_missing', `the record of run ${run} is gone`);
  return draftEvaluation(source, line, found.record);
}
