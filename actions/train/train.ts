import type { Artifacts } from '../runtime/artifacts.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job } from '../runtime/job.ts';
import { trainAlone } from './alone.ts';
import type { Inputs, Outputs } from './interface.ts';
import { trainOrdered } from './ordered.ts';

/** Trains what the ledger orders; or by itself, in anybody's job, what the inputs say. */
export async function train(inputs: Inputs, job: Job, artifacts: Artifacts, request: typeof fetch): Promise<Outputs> {
  const { order, runId, artifactId, artifactDigest } = inputs;
  if (order === null) return trainAlone(inputs, job, artifacts);
  if (inputs.command !== '') throw new ActionError('input_invalid', 'expected either order or command, found both');
  if (runId === null || artifactId === null || artifactDigest === null) {
    throw new ActionError('input_invalid', 'order: expected run-id, artifact-id and artifact-digest beside it');
  }
  return trainOrdered({ ...inputs, order, runId, artifactId, artifactDigest }, job, artifacts, request);
}
