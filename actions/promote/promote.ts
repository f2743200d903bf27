import { handlePush } from '../../flows/merge.ts';
import { readValidation } from '../../flows/validation.ts';
import type { Job } from '../runtime/job.ts';
import { inTraining, settleStranded } from '../without-app/in-training.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

/** Data has passed if jobs of this very workflow run say so: what the comment says of it can be edited. */
export async function promote(inputs: Inputs, job: Job, flowJob: FlowJob): Promise<Outputs> {
  const { branch, before, after, sender } = inputs;
  const { ports } = flowJob;
  await settleStranded(ports);
  const data = [];
  for (const { dataset, ...artifact } of inputs.data)
    data.push(await ports.steps.run(`data ${dataset}`, () => readValidation(ports, artifact, dataset, after)));
  const outcome = await handlePush(ports, { branch, before, after, sender, data });
  job.log.info(`${outcome.code}: ${outcome.message}`);
  return inTraining(flowJob);
}
