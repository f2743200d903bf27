import type { CommandAnswer, CommandContext } from './command.ts';
import { launchAll } from './launch.ts';
import { draftTraining, type RunDraft } from './run-draft.ts';

/** `/train`: runs that are there already are answered with, the others accepted and dispatched. */
export async function commandTrain({
  ports,
  source,
  decision,
  action,
  line,
}: CommandContext<'train'>): Promise<CommandAnswer> {
  const { starts, answers } = await ports.steps.run(`draft line ${line}`, async () => {
    const starts: RunDraft[] = [];
    const answers: string[] = [];
    for (const training of action.trainings) {
      const { earlier, model } = training;
      if (earlier === null) starts.push(await draftTraining(ports, source, line, training));
      else if (earlier.state === 'kept')
        answers.push(
          `${model.name}: this fingerprint was trained before, by run ${earlier.run}; it is returned at no cost (--force trains anew)`,
        );
      else answers.push(`${model.name}: run ${earlier.run} with this fingerprint is in progress`);
    }
    return { starts, answers };
  });
  const launched = await launchAll(ports, starts, 'was accepted');
  const message = [...answers, ...launched.answers].join('\n');
  if (launched.failed) return { tone: 'refused', message, code: 'run_failed', reason: 'not_carried_out' };
  return {
    tone: 'ok',
    message,
    code: starts.length > 0 ? 'run_accepted' : 'run_reused',
    reason: decision.reason,
  };
}
