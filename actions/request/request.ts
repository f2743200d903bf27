import { handleRequest } from '../../flows/request.ts';
import type { Job } from '../runtime/job.ts';
import { inTraining, settleStranded } from '../without-app/in-training.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

export async function request(inputs: Inputs, job: Job, flowJob: FlowJob): Promise<Outputs> {
  const { type, payload, sender } = inputs;
  const { ports, run } = flowJob;
  await settleStranded(ports);
  // The time of the workflow run, so that its jobs, run again, ask for the same run.
  const outcome = await handleRequest(ports, { type, payload, sender, at: run.createdAt });
  job.log.info(`${outcome.code}: ${outcome.message}`);
  return inTraining(flowJob);
}
