import type { DatasetName } from '../core/names.ts';
import { type ChangedDataset, contractedDatasets } from './assessment.ts';
import { type CommandAnswer, type CommandContext, operationIn, pullRequestIn } from './command.ts';
import { restartValidations } from './validation.ts';

/** `/validate`: the checks of changed datasets at the head are made anew. */
export async function commandValidate(context: CommandContext<'validate'>): Promise<CommandAnswer> {
  const { action, decision } = context;
  const answers = await checkAgain(context, pullRequestIn(context), action.datasets);
  return { tone: 'ok', message: answers.join('\n'), code: 'checking', reason: decision.reason };
}

export async function checkAgain(
  context: Pick<CommandContext, 'ports' | 'source' | 'line'>,
  pullRequest: number,
  names: readonly DatasetName[],
): Promise<string[]> {
  const { ports, source, line } = context;
  return ports.steps.run(`check data line ${line}`, async () => {
    const assessment = await source.assessment();
    const answers: string[] = [];
    const again: ChangedDataset[] = [];
    for (const name of names) {
      const changed = assessment.datasets.find((one) => one.name === name);
      const dataset = changed ?? contractedDatasets(assessment).find((one) => one.name === name);
      if (dataset === undefined) {
        answers.push(`${name}: the head has no such dataset with a contract, so nothing is checked`);
        continue;
      }
      again.push(dataset);
      answers.push(`${name}: its data is being checked`);
    }
    await restartValidations(ports, assessment, again, pullRequest, operationIn(context));
    return answers;
  });
}
