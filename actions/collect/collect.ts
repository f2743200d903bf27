import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryName } from '../../core/names.ts';
import { packTar } from '../../core/packaging/tar.ts';
import type { StoredSource } from '../../core/training/request.ts';
import { OUTPUT_TAR, STATUS_FILE } from '../../core/training/status.ts';
import type { ArtifactHandle, Artifacts } from '../runtime/artifacts.ts';
import type { DataAccess } from '../runtime/data-access.ts';
import { openDatasets } from '../runtime/dataset.ts';
import { ActionError } from '../runtime/error.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import {
  csvName,
  EVALUATOR_TAR,
  FEATURES_TAR,
  LABELS_TAR,
  MAX_EVALUATOR,
  MAX_OUTPUT,
  MAX_STATUS,
} from '../runtime/judge-files.ts';
import type { RepositoryReader } from '../runtime/repository.ts';
import { filesBelow, packFiles } from '../runtime/tree-files.ts';
import { policyAt } from './base-config.ts';
import { environmentIn } from './environment.ts';
import { type HoldoutFile, readHoldouts } from './holdouts.ts';
import type { Inputs, Outputs } from './interface.ts';
import { fetchStored } from './stored-output.ts';

export interface CollectSources {
  readonly repositoryName: RepositoryName;
  readonly repository: RepositoryReader;
  readonly base: GitObjects;
  readonly head: GitObjects;
  readonly artifacts: Artifacts;
  /** For training data that is not in git. */
  readonly access: DataAccess;
}

interface TakenOutput {
  readonly artifact: ArtifactHandle;
  /** As JSON; empty where the App knows it, or nobody. */
  readonly environment: string;
}

/** Gathers what is judged and what it is judged by. It reads the output as an archive and nothing of what is in it. */
export async function collect(inputs: Inputs, job: Job, sources: CollectSources): Promise<Outputs> {
  const output = await takeOutput(inputs, job, sources);
  const policy = await policyAt(sources.base, inputs.order.policyCommit);
  const waivers = JSON.stringify(policy?.scan?.waivers ?? []);
  const datasets = openDatasets(job, sources.access, inputs.order.locations ?? [], inputs.order.queries);
  const leaks = { engine: sources.access.engine, directory: () => job.directory('leak') };
  const checkouts = { ...sources, datasets, leaks };
  const holdouts = await readHoldouts(inputs.order, inputs.commit, checkouts).finally(datasets.close);
  if (!holdouts.ok) {
    job.log.error(holdouts.refusal.message);
    return {
      ...outputsOf(output, null, null),
      waivers,
      refusal: JSON.stringify(holdouts.refusal),
      holdout: '{}',
    };
  }
  const evaluator = await passEvaluator(inputs, job, sources, holdouts.files);
  const labels = await passLabels(job, sources.artifacts, holdouts.files);
  const digests = Object.fromEntries(holdouts.files.map((file) => [file.dataset, file.sha256]));
  return { ...outputsOf(output, evaluator, labels), waivers, refusal: '', holdout: JSON.stringify(digests) };
}

function outputsOf(
  { artifact: output, environment }: TakenOutput,
  evaluator: ArtifactHandle | null,
  labels: ArtifactHandle | null,
) {
  return {
    environment,
    outputId: String(output.id),
    outputDigest: output.digest,
    evaluatorId: evaluator === null ? '' : String(evaluator.id),
    evaluatorDigest: evaluator?.digest ?? '',
    labelsId: labels === null ? '' : String(labels.id),
    labelsDigest: labels?.digest ?? '',
  };
}

/** The artifact's archive as train uploaded it, by digest; every file of it is hostile. */
async function takeOutput(inputs: Inputs, job: Job, sources: CollectSources): Promise<TakenOutput> {
  if (inputs.storedOutput !== null) return takeStored(inputs, inputs.storedOutput, job, sources);
  const found = await sources.repository.artifact(inputs.artifactId);
  if (found === null || found.expired) {
    throw new ActionError('artifact_invalid', `the output, artifact ${inputs.artifactId}, is gone`);
  }
  if (found.workflow_run?.id !== inputs.trainRun) {
    throw new ActionError(
      'artifact_invalid',
      `artifact ${found.id} is of the workflow run ${found.workflow_run?.id ?? 'unknown'}, expected ${inputs.trainRun}`,
    );
  }
  if (found.size_in_bytes > MAX_OUTPUT) {
    throw new ActionError(
      'artifact_invalid',
      `the output has ${found.size_in_bytes} bytes, expected at most ${MAX_OUTPUT}`,
    );
  }
  const directory = await job.directory('output');
  await sources.artifacts.download(
    { id: inputs.artifactId, digest: inputs.artifactDigest },
    directory,
    { [OUTPUT_TAR]: { maxBytes: MAX_OUTPUT }, [STATUS_FILE]: { maxBytes: MAX_STATUS } },
    { token: inputs.githubToken, repository: sources.repositoryName, runId: inputs.trainRun },
  );
  const environment = await environmentIn(join(directory, STATUS_FILE));
  return { artifact: await sources.artifacts.upload('judge-output', directory, [OUTPUT_TAR]), environment };
}

async function takeStored(
  { order, artifactDigest }: Inputs,
  source: StoredSource,
  job: Job,
  { repositoryName, base, artifacts }: CollectSources,
): Promise<TakenOutput> {
  const directory = await job.directory('output');
  const { policyCommit } = order;
  await fetchStored({ source, sha256: artifactDigest, directory, repository: repositoryName, base, policyCommit });
  return { artifact: await artifacts.upload('judge-output', directory, [OUTPUT_TAR]), environment: '' };
}

/** Evaluator code, its lock and features. Holdout files that lie in an evaluator's folder stay out: they hold labels. */
async function passEvaluator(
  inputs: Inputs,
  job: Job,
  sources: CollectSources,
  holdouts: readonly HoldoutFile[],
): Promise<ArtifactHandle> {
  const { order } = inputs;
  const tree = await sources.base.tree(order.policyCommit);
  const labelled = new Set(holdouts.map((file) => file.id));
  const paths = [...order.inputs, ...(order.setup === null ? [] : [order.setup])];
  // By content as well as by path: a copy of the holdout beside it holds the labels, too.
  const files = filesBelow(tree, paths).filter((file) => !labelled.has(file.id));
  const directory = await job.directory('evaluator');
  await packFiles(sources.base, files, join(directory, EVALUATOR_TAR), { maxBytes: MAX_EVALUATOR });
  const features = holdouts.map((file) => ({
    path: csvName(file.dataset),
    content: file.features,
    executable: false,
  }));
  await writeFile(join(directory, FEATURES_TAR), packTar(features));
  return sources.artifacts.upload('judge-evaluator', directory, [EVALUATOR_TAR, FEATURES_TAR]);
}

async function passLabels(job: Job, artifacts: Artifacts, holdouts: readonly HoldoutFile[]): Promise<ArtifactHandle> {
  const directory = await job.directory('labels');
  const files = holdouts.map((file) => ({ path: csvName(file.dataset), content: file.bytes, executable: false }));
  await writeFile(join(directory, LABELS_TAR), packTar(files));
  return artifacts.upload('judge-labels', directory, [LABELS_TAR]);
}
