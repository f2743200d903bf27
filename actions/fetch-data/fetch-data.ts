import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ValidationOrder } from '../../core/data/result.ts';
import type { GitId } from '../../core/names.ts';
import { GitId as GitIdSchema } from '../../core/names.ts';
import type { ArtifactHandle, Artifacts } from '../runtime/artifacts.ts';
import { ActionError } from '../runtime/error.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import { fileAt, isLfsPointer, lfsRefusal } from '../runtime/tree-files.ts';
import type { Inputs, Outputs } from './interface.ts';
import {
  BASE_CONTRACT_FILE,
  DATA_FILE,
  HEAD_CONTRACT_FILE,
  MAX_CONTRACT,
  MAX_DATA,
  SOURCES_FILE,
  type SourceFile,
  type Sources,
} from './sources.ts';

interface Checkouts {
  readonly head: GitObjects;
  readonly base: GitObjects;
}

/** Hands on what is there to check. What is missing is no error of this job: `validate` says so in its result. */
export async function fetchData(
  { orders }: Pick<Inputs, 'orders'>,
  job: Job,
  checkouts: Checkouts,
  artifacts: Artifacts,
): Promise<Outputs> {
  const fetched: Outputs['artifacts'] = [];
  for (const order of orders)
    fetched.push({ dataset: order.dataset, ...(await fetchOne(order, job, checkouts, artifacts)) });
  return { artifacts: fetched };
}

async function fetchOne(
  order: ValidationOrder,
  job: Job,
  checkouts: Checkouts,
  artifacts: Artifacts,
): Promise<ArtifactHandle> {
  const directory = await job.directory('data');
  const head = await opener(checkouts.head, order.commit, directory);
  const base = await opener(checkouts.base, order.baseCommit, directory);
  const sources: Sources = {
    data: await head(order.path, DATA_FILE, MAX_DATA),
    headContract: await head(order.contract, HEAD_CONTRACT_FILE, MAX_CONTRACT),
    baseContract: order.baseContract === null ? null : await base(order.baseContract, BASE_CONTRACT_FILE, MAX_CONTRACT),
  };
  await writeFile(join(directory, SOURCES_FILE), JSON.stringify(sources));
  const files = [
    SOURCES_FILE,
    ...(sources.data.kind === 'blob' ? [DATA_FILE] : []),
    ...(sources.headContract.kind === 'blob' ? [HEAD_CONTRACT_FILE] : []),
    ...(sources.baseContract?.kind === 'blob' ? [BASE_CONTRACT_FILE] : []),
  ];
  return artifacts.upload(`trainyard-data-${order.dataset}`, directory, files);
}

type Take = (path: string, name: string, maxBytes: number) => Promise<SourceFile>;

async function opener(objects: GitObjects, commit: GitId, directory: string): Promise<Take> {
  const tree = await objects.tree(commit);
  return async (path, name, maxBytes) => {
    try {
      const file = fileAt(tree, path);
      if (file === null) return { kind: 'missing' };
      if (file.size > maxBytes) {
        return { kind: 'unusable', message: `${path} has ${file.size} bytes, expected at most ${maxBytes}` };
      }
      await pipeline(plainOnly(path, objects.blobs([file.id])), createWriteStream(join(directory, name)));
      return { kind: 'blob', id: GitIdSchema.parse(file.id), size: file.size };
    } catch (error) {
      if (error instanceof ActionError && error.code === 'input_refused') {
        return { kind: 'unusable', message: error.message.slice(0, 1000) };
      }
      throw error;
    }
  };
}

async function* plainOnly(path: string, blobs: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const bytes of blobs) {
    if (isLfsPointer(bytes)) throw lfsRefusal(path);
    yield bytes;
  }
}
