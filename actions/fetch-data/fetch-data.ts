import { createWriteStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseContract } from '../../core/data/contract.ts';
import { MAX_PROFILE } from '../../core/data/profile/profile.ts';
import type { ValidationOrder } from '../../core/data/result.ts';
import type { DatasetPlace, SourceLocation } from '../../core/fingerprint/manifest.ts';
import { GitId, type RepoPath } from '../../core/names.ts';
import type { ArtifactHandle, Artifacts } from '../runtime/artifacts.ts';
import type { DataAccess } from '../runtime/data-access.ts';
import { type Datasets, isElsewhere, openDatasets } from '../runtime/dataset.ts';
import { ActionError } from '../runtime/error.ts';
import type { CommitFiles, FoundDataset, ReadDataset } from '../runtime/found-dataset.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import { fileAt, isLfsPointer, lfsRefusal, packFiles } from '../runtime/tree-files.ts';
import type { Inputs, Outputs } from './interface.ts';
import {
  BASE_CONTRACT_FILE,
  BASE_DATA_FILE,
  BASE_PROFILE_FILE,
  DATA_FILE,
  HEAD_CONTRACT_FILE,
  isThere,
  MAX_CONTRACT,
  MAX_DATA,
  OTHERS_FILE,
  SOURCES_FILE,
  type SourceFile,
  type Sources,
} from './sources.ts';

/** Beyond that many files they are named by what names them all: their tree, or their list. */
const MAX_PINS = 10_000;

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
  access: DataAccess,
): Promise<Outputs> {
  const fetched: Outputs['artifacts'] = [];
  for (const order of orders) {
    const datasets = openDatasets(job, access, order.locations, order.queries);
    try {
      const handle = await fetchOne(order, { job, checkouts, datasets }, artifacts);
      fetched.push({ dataset: order.dataset, ...handle });
    } finally {
      // Before the next: a runner's disk need not hold all datasets at once.
      await datasets.close();
    }
  }
  return { artifacts: fetched };
}

interface Surroundings {
  readonly job: Job;
  readonly checkouts: Checkouts;
  readonly datasets: Datasets;
}

async function fetchOne(
  order: ValidationOrder,
  { job, checkouts, datasets }: Surroundings,
  artifacts: Artifacts,
): Promise<ArtifactHandle> {
  const directory = await job.directory('data');
  const head = { objects: checkouts.head, tree: await checkouts.head.tree(order.commit), directory, datasets };
  const base = { objects: checkouts.base, tree: await checkouts.base.tree(order.baseCommit), directory, datasets };
  const { contract, baseContract } = order;
  const taken = {
    data: await takeData(head, placed(order.path, order.at), DATA_FILE),
    baseData: await takeBase(base, order),
    headContract: await takeText(head, contract, HEAD_CONTRACT_FILE, MAX_CONTRACT),
    baseContract: baseContract === null ? null : await takeText(base, baseContract, BASE_CONTRACT_FILE, MAX_CONTRACT),
  };
  const sources: Sources = { ...taken, others: await takeOthers(head, order, await namesIn(taken, order, directory)) };
  await writeFile(join(directory, SOURCES_FILE), JSON.stringify(sources));
  const files = [
    SOURCES_FILE,
    ...(isThere(sources.data) ? [DATA_FILE] : []),
    ...(isThere(sources.baseData) ? [BASE_DATA_FILE] : []),
    ...(sources.baseData?.kind === 'profile' ? [BASE_PROFILE_FILE] : []),
    ...(isThere(sources.headContract) ? [HEAD_CONTRACT_FILE] : []),
    ...(isThere(sources.baseContract) ? [BASE_CONTRACT_FILE] : []),
    ...(sources.others.some(({ source }) => isThere(source)) ? [OTHERS_FILE] : []),
  ];
  return artifacts.upload(`trainyard-data-${order.dataset}`, directory, files);
}

interface Commit extends CommitFiles {
  /** Where what is taken goes. */
  readonly directory: string;
  readonly datasets: Datasets;
}

const placed = (path: RepoPath, at: SourceLocation | null): DatasetPlace => (at === null ? { path } : { path, at });

/** All files of a dataset, in git or fetched. */
function takeData(commit: Commit, place: DatasetPlace, name: string): Promise<SourceFile> {
  return orUnusable(async () => {
    const found = await commit.datasets.find(place, commit);
    return found === null ? { kind: 'missing' } : pack(commit, found, name);
  });
}

/** The base's data; or its stored profile, where the data would have to be fetched once more. */
async function takeBase(base: Commit, { basePath, baseAt, baseProfile }: ValidationOrder): Promise<SourceFile | null> {
  if (basePath === null) return null;
  return orUnusable(async () => {
    const found = await base.datasets.find(placed(basePath, baseAt), base);
    if (found === null) return { kind: 'missing' };
    if (baseProfile === null || !isElsewhere(found)) return pack(base, found, BASE_DATA_FILE);
    const taken = await takeText(base, baseProfile, BASE_PROFILE_FILE, MAX_PROFILE);
    if (taken.kind === 'blob') return { kind: 'profile', id: taken.id };
    // A profile that is not there yet is made from this very data by whoever adds it.
    return taken.kind === 'missing' ? pack(base, found, BASE_DATA_FILE) : taken;
  });
}

async function pack(commit: Commit, found: FoundDataset, name: string): Promise<SourceFile> {
  const { files, pins } = await commit.datasets.read(found, MAX_DATA);
  const target = join(commit.directory, name);
  try {
    await packFiles(commit.objects, files, target, { maxBytes: MAX_DATA });
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
  return { kind: found.kind, id: found.id, size: sizeOf(files), pins: pins.slice(0, MAX_PINS) };
}

const sizeOf = (files: readonly { readonly size: number }[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** The other datasets that a form of the contract speaks of; a contract that is none speaks of none. */
async function namesIn(
  { headContract, baseContract }: Pick<Sources, 'headContract' | 'baseContract'>,
  { contract: file, dataset, path }: ValidationOrder,
  directory: string,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const forms = [
    [headContract, HEAD_CONTRACT_FILE],
    [baseContract, BASE_CONTRACT_FILE],
  ] as const;
  for (const [source, name] of forms) {
    if (!isThere(source)) continue;
    const parsed = parseContract(await readFile(join(directory, name), 'utf8'), { file, dataset, path });
    if (!parsed.ok) continue;
    for (const { to } of parsed.contract.foreignKeys) names.add(to.object);
    for (const one of parsed.contract.settings.overlaps) names.add(one.with);
  }
  return names;
}

/** All in one archive. Where they can't be had together, none is: what they are asked for is then not checked. */
async function takeOthers(
  commit: Commit,
  { others }: ValidationOrder,
  names: ReadonlySet<string>,
): Promise<Sources['others']> {
  const files: ReadDataset['files'][number][] = [];
  const sources: Sources['others'] = [];
  for (const { name, path, at } of others.filter((one) => names.has(one.name))) {
    const source = await orUnusable(async () => {
      const found = await commit.datasets.find(placed(path, at), commit);
      if (found === null) return { kind: 'missing' };
      const read = await commit.datasets.read(found, MAX_DATA);
      files.push(...read.files.map((file) => ({ ...file, path: `${name}/${file.path}` })));
      return { kind: found.kind, id: found.id, size: sizeOf(read.files), pins: read.pins.slice(0, MAX_PINS) };
    });
    sources.push({ name, path, source });
  }
  if (files.length === 0) return sources;
  const target = join(commit.directory, OTHERS_FILE);
  const packed = await orUnusable(async () => {
    await packFiles(commit.objects, files, target, { maxBytes: MAX_DATA });
    return { kind: 'missing' };
  });
  if (packed.kind !== 'unusable') return sources;
  await rm(target, { force: true });
  return sources.map((one) => (isThere(one.source) ? { ...one, source: packed } : one));
}

/** A contract or a profile. */
function takeText({ objects, tree, directory }: Commit, path: string, name: string, max: number): Promise<SourceFile> {
  return orUnusable(async () => {
    const file = fileAt(tree, path);
    if (file === null) return { kind: 'missing' };
    if (file.size > max)
      return { kind: 'unusable', message: `${path} has ${file.size} bytes, expected at most ${max}` };
    await pipeline(plainOnly(path, objects.blobs([file.id])), createWriteStream(join(directory, name)));
    return { kind: 'blob', id: GitId.parse(file.id), size: file.size, pins: [] };
  });
}

async function orUnusable(take: () => Promise<SourceFile>): Promise<SourceFile> {
  try {
    return await take();
  } catch (error) {
    if (error instanceof ActionError && error.code === 'input_refused')
      return { kind: 'unusable', message: error.message.slice(0, 1000) };
    throw error;
  }
}

async function* plainOnly(path: string, blobs: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const bytes of blobs) {
    if (isLfsPointer(bytes)) throw lfsRefusal(path);
    yield bytes;
  }
}
