import { join } from 'node:path';
import { ModelConfig, PolicyConfig } from '../../core/config/schema.ts';
import { sourceManifest } from '../../core/fingerprint/source.ts';
import type { TrainOrder } from '../../core/training/request.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import { ActionError } from '../runtime/error.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import { filesBelow, packFiles } from '../runtime/tree-files.ts';
import type { Inputs, Outputs } from './interface.ts';

export const INPUTS_TAR = 'inputs.tar';
/** In bytes; larger data is to be passed on by reference. */
const MAX_INPUTS = 4 * 2 ** 30;

/**
 * Passes the declared inputs on, and nothing beside them: an undeclared dependency then fails at once in training
 * instead of escaping the fingerprint.
 */
export async function fetchInputs(
  inputs: Inputs,
  job: Job,
  objects: GitObjects,
  artifacts: Artifacts,
): Promise<Outputs> {
  const { order } = inputs;
  const tree = await objects.tree(order.commit);
  const source = sourceManifest(modelOf(order), tree);
  if (!source.ok) {
    throw new ActionError('input_refused', source.problems.map((problem) => problem.message).join('\n'));
  }
  if (source.source !== order.source) {
    throw new ActionError(
      'digest_mismatch',
      `the declared inputs at ${order.commit} have the fingerprint ${source.source}, the order says ${order.source}`,
    );
  }
  const files = filesBelow(tree, order.inputs);
  const directory = await job.directory('inputs');
  await packFiles(objects, files, join(directory, INPUTS_TAR), { maxBytes: MAX_INPUTS });
  job.log.info(`packed ${files.length} files of ${order.inputs.join(', ')}`);
  const { id, digest } = await artifacts.upload('trainyard-inputs', directory, [INPUTS_TAR]);
  return { artifactId: String(id), artifactDigest: digest };
}

/** The part of a model that its source fingerprint is made of, as the order repeats it. */
function modelOf(order: TrainOrder): Parameters<typeof sourceManifest>[0] {
  const config = ModelConfig.parse({
    // The order's inputs hold data and lock file already; the fingerprint is over the same set.
    inputs: ['replaced-below'],
    data: order.data,
    train: { run: 'replaced-below', ...(order.setup === null ? {} : { setup: order.setup }) },
  });
  return {
    name: order.model,
    config: { ...config, inputs: order.inputs, train: { ...config.train, run: order.command } },
    fixed: {},
    policy: PolicyConfig.parse({}),
  };
}
