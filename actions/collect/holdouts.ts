import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { sha256Hex } from '../../core/canonical.ts';
import { splitHoldout } from '../../core/data/holdout.ts';
import { besideAlways, placeOf } from '../../core/data/sources/beside-data.ts';
import type { EvaluationOutcome } from '../../core/evaluation/result.ts';
import type { DatasetPlace } from '../../core/fingerprint/manifest.ts';
import type { DatasetName, GitId, Sha256 } from '../../core/names.ts';
import { entriesOf } from '../../core/records.ts';
import type { JudgeOrder } from '../../core/training/request.ts';
import type { Datasets } from '../runtime/dataset.ts';
import { ActionError } from '../runtime/error.ts';
import type { CommitFiles, ReadDataset } from '../runtime/found-dataset.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import { MAX_HOLDOUT } from '../runtime/judge-files.ts';
import { fileAt, isLfsPointer } from '../runtime/tree-files.ts';
import { findLeak, type LeakPorts } from './leak.ts';

export interface HoldoutFile {
  readonly dataset: DatasetName;
  /** Git blob id. */
  readonly id: string;
  readonly sha256: Sha256;
  /** As in the base, labels included. */
  readonly bytes: Uint8Array;
  /** Without the label columns. */
  readonly features: Uint8Array;
}

type Refusal = Extract<EvaluationOutcome, { status: 'not_evaluated' }>;

export type Holdouts =
  | { readonly ok: true; readonly files: readonly HoldoutFile[] }
  | { readonly ok: false; readonly refusal: Refusal };

interface Checkouts {
  readonly base: GitObjects;
  readonly head: GitObjects;
  /** For training data that is not in git. */
  readonly datasets: Datasets;
  /** For training data that is no CSV. */
  readonly leaks: LeakPorts;
}

/**
 * Reads every holdout file at the policy commit, parts it, and looks for its rows in the data that this run was trained
 * on (DESIGN section 6): what training has seen measures nothing.
 */
export async function readHoldouts(order: JudgeOrder, commit: GitId, checkouts: Checkouts): Promise<Holdouts> {
  if (order.predict === '' || order.run === '') {
    return refuse('no_evaluator', 'The default branch declares no evaluator for this model: nothing measures it.');
  }
  if (Object.keys(order.data).length === 0) return refuse('no_evaluator', 'The evaluator declares no holdout data.');
  const files: HoldoutFile[] = [];
  for (const [dataset, { path, labels, id }] of entriesOf(order.data)) {
    const found = await readCsvAt(checkouts.base, order.policyCommit, path);
    if (typeof found === 'string') return refuse('holdout_invalid', `holdout ${dataset}: ${found}`);
    const split = splitHoldout(found.bytes, { labels, id });
    if (!split.ok) {
      const line = split.line === null ? '' : `:${split.line}`;
      return refuse('holdout_invalid', `holdout ${dataset}, ${path}${line}: ${split.message}`);
    }
    files.push({ dataset, id: found.id, sha256: sha256Hex(found.bytes), bytes: found.bytes, features: split.features });
  }
  const refusal = await seenInTraining(order, commit, checkouts, files);
  return refusal === null ? { ok: true, files } : { ok: false, refusal };
}

async function seenInTraining(
  order: JudgeOrder,
  commit: GitId,
  { head, datasets, leaks }: Checkouts,
  holdouts: readonly HoldoutFile[],
): Promise<Refusal | null> {
  for (const [dataset, place] of entriesOf(order.trainingData)) {
    const training = await readTraining(place, { objects: head, tree: await head.tree(commit) }, datasets);
    if (typeof training === 'string') return refuse('holdout_invalid', `training data ${dataset}: ${training}`).refusal;
    for (const file of training) {
      for (const holdout of holdouts) {
        const refusal = await leakOf(dataset, file, holdout, leaks);
        if (refusal !== null) return refusal;
      }
    }
  }
  return null;
}

interface TrainingFile {
  readonly path: string;
  /** Git blob id; null for what was fetched. */
  readonly id: string | null;
  readonly bytes: Uint8Array;
}

async function leakOf(
  dataset: string,
  { path, id, bytes }: TrainingFile,
  holdout: HoldoutFile,
  leaks: LeakPorts,
): Promise<Refusal | null> {
  if (id === holdout.id || sha256Hex(bytes) === holdout.sha256)
    return refuse('holdout_in_training_data', `${path} is the holdout ${holdout.dataset} itself`).refusal;
  const found = await findLeak(holdout.bytes, { path, bytes }, leaks);
  if (!found.ok) return refuse('holdout_invalid', `${path} against ${holdout.dataset}: ${found.message}`).refusal;
  if (found.rows === 0) return null;
  const where = found.where === '' ? '' : `, for instance ${found.where}`;
  const what = `${found.rows} rows of the holdout ${holdout.dataset} occur in the training data ${dataset}${where}`;
  return refuse('holdout_in_training_data', `${what}: take them out of the training data`).refusal;
}

/** The very bytes that training had, by what pins them; or why they can't be used, in words. */
async function readTraining(
  place: DatasetPlace,
  commit: CommitFiles,
  datasets: Datasets,
): Promise<readonly TrainingFile[] | string> {
  try {
    const found = await datasets.find(place, commit);
    if (found === null) return `${place.path} does not exist at ${commit.tree.commit}`;
    const { files } = await datasets.read(found, MAX_HOLDOUT);
    const read: TrainingFile[] = [];
    for (const file of files.filter(({ path }) => isLookedThrough(path, place.path)))
      read.push({ path: file.path, id: 'from' in file ? null : file.id, bytes: await bytesOf(file, commit) });
    return read.length === 0 ? `${place.path} holds no files` : read;
  } catch (error) {
    if (error instanceof ActionError && error.code === 'input_refused') return error.message;
    throw error;
  }
}

/** All but what is no data by name: what some readers leave out (`_part.csv`), training may have read. */
function isLookedThrough(path: string, dataset: string): boolean {
  if (path === dataset) return true;
  const isWithin = path.startsWith(`${dataset}/`);
  return isWithin ? placeOf(path.slice(dataset.length + 1)) !== 'beside' : !besideAlways(basename(path));
}

async function bytesOf(file: ReadDataset['files'][number], { objects }: CommitFiles): Promise<Uint8Array> {
  if ('from' in file) return readFile(file.from);
  const { value, done } = await objects.blobs([file.id]).next();
  if (done === true) throw new ActionError('git_failed', `git gave no content for ${file.path}`);
  return value;
}

/** The blob at a path, or why it can't be used, in words. */
async function readCsvAt(
  objects: GitObjects,
  commit: GitId,
  path: string,
): Promise<{ readonly id: string; readonly bytes: Uint8Array } | string> {
  try {
    const file = fileAt(await objects.tree(commit), path);
    if (file === null) return `${path} does not exist at ${commit}`;
    if (file.size > MAX_HOLDOUT) return `${path} has ${file.size} bytes, expected at most ${MAX_HOLDOUT}`;
    const { value: bytes, done } = await objects.blobs([file.id]).next();
    if (done === true) return `${path} can’t be read at ${commit}`;
    return isLfsPointer(bytes) ? `${path} is a Git LFS pointer, which a holdout can’t be` : { id: file.id, bytes };
  } catch (error) {
    if (error instanceof ActionError && error.code === 'input_refused') return error.message;
    throw error;
  }
}

function refuse(reason: Refusal['reason'], message: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { status: 'not_evaluated', reason, message: message.slice(0, 4000) } };
}
