import { KeyNeeded } from '../../adapters/without-app/signer.ts';
import { handleComment } from '../../flows/comment.ts';
import type { Job } from '../runtime/job.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

/**
 * Runs the comment's flow as far as it comes without a key. What is refused, or only answered, never gets near the job
 * that holds it.
 */
export async function command(inputs: Inputs, job: Job, { ports }: FlowJob): Promise<Outputs> {
  try {
    const outcome = await handleComment(ports, { id: inputs.commentId, pullRequest: inputs.pullRequest });
    job.log.info(`${outcome.code}: ${outcome.message}`);
    return { needsKey: false };
  } catch (error) {
    if (!(error instanceof KeyNeeded)) throw error;
    job.log.info('granted; the job that holds the key decides again and signs');
    return { needsKey: true };
  }
}
