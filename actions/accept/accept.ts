import { handleComment } from '../../flows/comment.ts';
import type { Job } from '../runtime/job.ts';
import { inTraining, settleStranded } from '../without-app/in-training.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

/** Reads the comment, its author's rights, the head and policy afresh: an approval of the environment may take days. */
export async function accept(inputs: Inputs, job: Job, flowJob: FlowJob): Promise<Outputs> {
  await settleStranded(flowJob.ports);
  const outcome = await handleComment(flowJob.ports, { id: inputs.commentId, pullRequest: inputs.pullRequest });
  job.log.info(`${outcome.code}: ${outcome.message}`);
  return inTraining(flowJob);
}
