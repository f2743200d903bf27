import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { extractTar } from '../../adapters/archives/extract.ts';
import { entriesOf } from '../../core/records.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job } from '../runtime/job.ts';
import {
  ARTIFACTS_FOLDER,
  csvName,
  EVALUATOR_TAR,
  FEATURES_TAR,
  LABELS_TAR,
  MAX_EVALUATOR,
  MAX_OUTPUT,
  PACKAGE_TAR,
} from '../runtime/judge-files.ts';
import type { Inputs } from './interface.ts';

/** Paths of CSV files by dataset. */
export type DatasetFiles = ReadonlyMap<string, string>;

/** The directory of the package's artifacts, after the package's own digest was compared: what is judged is what is kept. */
export async function takeModel(inputs: Inputs, job: Job, artifacts: Artifacts): Promise<string> {
  const landing = await job.directory('package');
  const handle = { id: inputs.packageId, digest: inputs.packageDigest };
  await artifacts.download(handle, landing, { [PACKAGE_TAR]: { maxBytes: MAX_OUTPUT } });
  const archive = join(landing, PACKAGE_TAR);
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 20 })) digest.update(chunk);
  const found = digest.digest('hex');
  if (found !== inputs.packageSha256) {
    throw new ActionError('digest_mismatch', `expected the package ${inputs.packageSha256}, found ${found}`);
  }
  const directory = await job.directory('model');
  await extractTar(archive, directory, { maxBytes: MAX_OUTPUT });
  return join(directory, ARTIFACTS_FOLDER);
}

export async function takeEvaluator(
  inputs: Inputs,
  job: Job,
  artifacts: Artifacts,
): Promise<{ readonly directory: string; readonly features: DatasetFiles }> {
  const landing = await job.directory('evaluator');
  const handle = { id: inputs.evaluatorId, digest: inputs.evaluatorDigest };
  const limit = { maxBytes: MAX_EVALUATOR };
  await artifacts.download(handle, landing, { [EVALUATOR_TAR]: limit, [FEATURES_TAR]: limit });
  const directory = join(landing, 'tree');
  await mkdir(directory);
  await extractTar(join(landing, EVALUATOR_TAR), directory, limit);
  return { directory, features: await extractDatasets(inputs, join(landing, FEATURES_TAR), join(landing, 'features')) };
}

export async function takeLabels(inputs: Inputs, job: Job, artifacts: Artifacts): Promise<DatasetFiles> {
  const landing = await job.directory('labels');
  const handle = { id: inputs.labelsId, digest: inputs.labelsDigest };
  await artifacts.download(handle, landing, { [LABELS_TAR]: { maxBytes: MAX_EVALUATOR } });
  return extractDatasets(inputs, join(landing, LABELS_TAR), join(landing, 'files'));
}

async function extractDatasets(inputs: Inputs, archive: string, directory: string): Promise<DatasetFiles> {
  await mkdir(directory);
  const paths = await extractTar(archive, directory, { maxBytes: MAX_EVALUATOR });
  const wanted = entriesOf(inputs.order.data).map(([dataset]) => csvName(dataset));
  if ([...paths].sort().join() !== [...wanted].sort().join()) {
    throw new ActionError('artifact_invalid', `expected ${wanted.join(', ')}, found ${paths.join(', ')}`);
  }
  return new Map(entriesOf(inputs.order.data).map(([dataset]) => [dataset, join(directory, csvName(dataset))]));
}
