import { handlePush } from '../../flows/merge.ts';
import type { Job } from '../runtime/job.ts';
import { inTraining, settleStranded } from '../without-app/in-training.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

export async function promote(inputs: Inputs, job: Job, flowJob: FlowJob): Promise<Outputs> {
  const { branch, before, after, sender } = inputs;
  await settleStranded(flowJob.ports);
  const outcome = await handlePush(flowJob.ports, { branch, before, after, sender });
  job.log.info(`${outcome.code}: ${outcome.message}`);
  return inTraining(flowJob);
}
