import type { Order } from '../../adapters/without-app/same-run.ts';
import { KeyNeeded } from '../../adapters/without-app/signer.ts';
import { finishTraining } from '../../flows/finish-training.ts';
import type { Job } from '../runtime/job.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

const NOTHING: Outputs = { order: '', artifactId: '', artifactDigest: '' };

/**
 * Runs the flow of a finished training up to its signature, which comes right after the order for judgement. The job
 * that signs at the end makes the same order again and holds it against this one.
 *
 * @param taken what the flow orders ends up here
 */
export async function order(
  inputs: Inputs,
  job: Job,
  { ports, run }: FlowJob,
  taken: readonly Order[],
): Promise<Outputs> {
  try {
    const trained = { ...run, status: 'completed', conclusion: 'success' } as const;
    const outcome = await finishTraining(ports, inputs.runId, trained);
    job.log.warning(`nothing to judge: ${outcome.code}: ${outcome.message}`);
    return NOTHING;
  } catch (error) {
    if (!(error instanceof KeyNeeded)) throw error;
    const [only] = taken;
    if (only === undefined) return NOTHING;
    const { order: json = '', artifact_id: artifactId = '', artifact_digest: artifactDigest = '' } = only.inputs;
    return { order: json, artifactId, artifactDigest };
  }
}
