import { join } from 'node:path';
import { PolicyConfig } from '../../core/config/policy.ts';
import { ModelConfig } from '../../core/config/schema.ts';
import { isPinned } from '../../core/data/sources/dataset-location.ts';
import type { DatasetPlace } from '../../core/fingerprint/manifest.ts';
import { sourceManifest } from '../../core/fingerprint/source.ts';
import type { RepoPath } from '../../core/names.ts';
import { entriesOf } from '../../core/records.ts';
import { INPUTS_ARTIFACT, INPUTS_TAR, MAX_INPUTS } from '../../core/training/inputs-artifact.ts';
import type { TrainOrder } from '../../core/training/request.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import type { DataAccess } from '../runtime/data-access.ts';
import { type Datasets, openDatasets } from '../runtime/dataset.ts';
import { ActionError } from '../runtime/error.ts';
import type { CommitFiles, FoundDataset, ReadDataset } from '../runtime/found-dataset.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import { packFiles } from '../runtime/tree-files.ts';
import type { Inputs, Outputs } from './interface.ts';

/**
 * Passes the declared inputs on, and nothing beside them: an undeclared dependency then fails at once in training
 * instead of escaping the fingerprint.
 */
export async function fetchInputs(
  inputs: Inputs,
  job: Job,
  objects: GitObjects,
  artifacts: Artifacts,
  access: DataAccess,
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
  const directory = await job.directory('inputs');
  const datasets = openDatasets(job, access, order.locations ?? [], order.queries);
  try {
    const files = await filesOf(order, { objects, tree }, datasets);
    await packFiles(objects, files, join(directory, INPUTS_TAR), { maxBytes: MAX_INPUTS });
    job.log.info(`packed ${files.length} files of ${order.inputs.join(', ')}`);
  } finally {
    await datasets.close();
  }
  const { id, digest } = await artifacts.upload(INPUTS_ARTIFACT, directory, [INPUTS_TAR]);
  return { artifactId: String(id), artifactDigest: digest };
}

/** Code and lock file as git has them; of datasets and of what is in Git LFS, the content that their pins fix. */
async function filesOf(order: TrainOrder, commit: CommitFiles, datasets: Datasets): Promise<ReadDataset['files']> {
  const files = new Map<string, ReadDataset['files'][number]>();
  let room = MAX_INPUTS;
  const take = async (found: FoundDataset | null, what: string): Promise<void> => {
    if (found === null) throw new ActionError('input_refused', `expected ${what} in commit ${order.commit}`);
    for (const file of (await datasets.read(found, room)).files) {
      if (!files.has(file.path)) room -= file.size;
      files.set(file.path, file);
    }
  };
  for (const path of codeOf(order)) await take(await datasets.findCode(path, commit), path);
  // After the code: where a folder of it holds a dataset's pointers, the data comes to lie beside them.
  for (const [name, place] of entriesOf(order.data)) {
    if (place.at !== undefined && !isPinned(place.at))
      throw new ActionError('input_refused', `the dataset ${name} at ${place.at.location} is not pinned by its sha256`);
    await take(await datasets.find(place, commit), `the dataset ${name} at ${place.path}`);
  }
  return [...files.values()];
}

/** The declared inputs that are no dataset's. */
function codeOf({ inputs, data }: TrainOrder): readonly RepoPath[] {
  const datasets = new Set(entriesOf(data).map(([, { path }]) => path));
  return inputs.filter((path) => !datasets.has(path));
}

/** The part of a model that its source fingerprint is made of, as the order repeats it. */
function modelOf(order: TrainOrder): Parameters<typeof sourceManifest>[0] {
  const config = ModelConfig.parse({
    // The order's inputs hold the lock file already; the fingerprint is over the same set.
    inputs: ['replaced-below'],
    data: Object.fromEntries(entriesOf(order.data).map(([name, place]) => [name, declared(place)])),
    train: { run: 'replaced-below', ...(order.setup === null ? {} : { setup: order.setup }) },
  });
  return {
    name: order.model,
    config: { ...config, inputs: [...codeOf(order)], train: { ...config.train, run: order.command } },
    fixed: {},
    policy: PolicyConfig.parse({}),
  };
}

function declared({ path, at }: DatasetPlace): Record<string, string> {
  if (at === undefined) return { path };
  const { location, version, sha256 } = at;
  return { path, location, ...(version === null ? {} : { version }), ...(sha256 === null ? {} : { sha256 }) };
}
