import { finishValidation } from '../../flows/validation.ts';
import type { ValidationState } from '../../flows/validation-state.ts';
import type { Job } from '../runtime/job.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

/** No job of this workflow run holds PR code, so a result may be found by its name. */
export async function showData(inputs: Inputs, job: Job, { ports, run }: FlowJob): Promise<Outputs> {
  const ended = { ...run, status: 'completed', conclusion: 'success' } as const;
  let shown = 0;
  for (const { dataset, commit, path } of Object.values(inputs.orders)) {
    // What `plan` noted may have been overwritten by another job's comment meanwhile.
    const running: ValidationState = {
      status: 'running',
      workflowRun: run.id,
      url: run.url,
      pullRequest: inputs.pullRequest,
      path,
    };
    await ports.inFlight.putValidation(commit, dataset, JSON.stringify(running));
    const outcome = await finishValidation(ports, { datasets: [dataset], commit }, commit, ended);
    job.log.info(`${outcome.code}: ${outcome.message}`);
    if (outcome.code === 'validated') shown += 1;
  }
  return { shown };
}
