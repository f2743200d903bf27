import type { CommandAnswer, CommandContext } from './command.ts';
import { resumeProblem } from './earlier-checkpoint.ts';
import type { FactSource } from './facts.ts';
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
  const { starts, answers, refused } = await ports.steps.run(`draft line ${line}`, async () => {
    const starts: RunDraft[] = [];
    const answers: string[] = [];
    const refusals: string[] = [];
    for (const training of action.trainings) {
      const { earlier, model } = training;
      if (earlier === null) {
        const draft = await draftTraining(ports, source, line, training);
        const problem = await cannotResume(source, draft);
        if (problem === null) starts.push(draft);
        else refusals.push(`${model.name}: ${problem}`);
      } else if (earlier.state === 'kept')
        answers.push(
          `${model.name}: this fingerprint was trained before, by run ${earlier.run}; it is returned at no cost (--force trains anew)`,
        );
      else answers.push(`${model.name}: run ${earlier.run} with this fingerprint is in progress`);
    }
    return { starts, answers: [...refusals, ...answers], refused: refusals.length > 0 };
  });
  const launched = await launchAll(ports, starts, 'was accepted');
  const message = [...answers, ...launched.answers].join('\n');
  if (launched.failed || refused) return { tone: 'refused', message, code: 'run_failed', reason: 'not_carried_out' };
  return {
    tone: 'ok',
    message,
    code: starts.length > 0 ? 'run_accepted' : 'run_reused',
    reason: decision.reason,
  };
}

/** Why what a training was to go on with is not of it; null where it is, or where it begins at its beginning. */
async function cannotResume(source: FactSource, draft: RunDraft): Promise<string | null> {
  if (draft.resumes === undefined) return null;
  const found = (await source.records()).find(({ record }) => record.run === draft.resumes);
  return found === undefined ? `there is no run ${draft.resumes}` : resumeProblem(draft, found.record);
}
