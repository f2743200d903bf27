import { GitId, RunId } from '../core/names.ts';
import { finishJudging } from './finish-judging.ts';
import { finishTraining } from './finish-training.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { confirmRunnerGone } from './runner-job.ts';
import { finishValidation } from './validation.ts';
import { readMark } from './workflow-names.ts';

/**
 * A workflow run has ended. The delivery is a hint: what it is about is read from GitHub, and only a run whose own
 * record names this workflow run moves on.
 */
export async function handleWorkflowCompleted(ports: Ports, id: number): Promise<Outcome> {
  const workflow = await ports.steps.run(`workflow ${id}`, () => ports.workflows.run(id));
  if (workflow === null || workflow.status !== 'completed')
    return { code: 'ignored', message: `workflow run ${id} has not ended` };
  const mark = readMark(workflow.title);
  if (mark === null || workflow.event !== 'workflow_dispatch')
    return { code: 'ignored', message: `workflow run ${id} is not of ours` };
  if (mark.kind === 'validate') return finishValidation(ports, mark, GitId.parse(mark.commit), workflow);
  const run = RunId.parse(mark.run);
  if (mark.kind === 'judge') return finishJudging(ports, run, workflow);
  if (workflow.conclusion === 'cancelled')
    await ports.steps.run(`runner gone ${run}`, () => confirmRunnerGone(ports, run));
  return finishTraining(ports, run, workflow);
}
