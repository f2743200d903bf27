import { createWriteStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseContract } from '../../core/data/contract.ts';
import type { ValidationOrder } from '../../core/data/result.ts';
import type { TreeListing } from '../../core/fingerprint/manifest.ts';
import { GitId } from '../../core/names.ts';
import type { ArtifactHandle, Artifacts } from '../runtime/artifacts.ts';
import { ActionError } from '../runtime/error.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import type { Job } from '../runtime/job.ts';
import { fileAt, filesBelow, isLfsPointer, lfsRefusal, packFiles, type TreeFile } from '../runtime/tree-files.ts';
import type { Inputs, Outputs } from './interface.ts';
import {
  BASE_CONTRACT_FILE,
  BASE_DATA_FILE,
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
  const head = { objects: checkouts.head, tree: await checkouts.head.tree(order.commit), directory };
  const base = { objects: checkouts.base, tree: await checkouts.base.tree(order.baseCommit), directory };
  const { contract, baseContract, path, basePath } = order;
  const taken = {
    data: await takeData(head, path, DATA_FILE),
    baseData: basePath === null ? null : await takeData(base, basePath, BASE_DATA_FILE),
    headContract: await takeContract(head, contract, HEAD_CONTRACT_FILE),
    baseContract: baseContract === null ? null : await takeContract(base, baseContract, BASE_CONTRACT_FILE),
  };
  const sources: Sources = { ...taken, others: await takeOthers(head, order, await namesIn(taken, order, directory)) };
  await writeFile(join(directory, SOURCES_FILE), JSON.stringify(sources));
  const files = [
    SOURCES_FILE,
    ...(isThere(sources.data) ? [DATA_FILE] : []),
    ...(isThere(sources.baseData) ? [BASE_DATA_FILE] : []),
    ...(isThere(sources.headContract) ? [HEAD_CONTRACT_FILE] : []),
    ...(isThere(sources.baseContract) ? [BASE_CONTRACT_FILE] : []),
    ...(sources.others.some(({ source }) => isThere(source)) ? [OTHERS_FILE] : []),
  ];
  return artifacts.upload(`trainyard-data-${order.dataset}`, directory, files);
}

interface Commit {
  readonly objects: GitObjects;
  readonly tree: TreeListing;
  /** Where what is taken goes. */
  readonly directory: string;
}

/** A file, or a folder with all that is below it. */
function takeData({ objects, tree, directory }: Commit, path: string, name: string): Promise<SourceFile> {
  return orUnusable(async () => {
    const { files, source } = found(tree, path);
    if (!isThere(source)) return source;
    const target = join(directory, name);
    try {
      await packFiles(objects, files, target, { maxBytes: MAX_DATA });
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
    return source;
  });
}

interface Found {
  readonly files: readonly TreeFile[];
  readonly source: SourceFile;
}

/** @throws ActionError `input_refused` for links and submodules */
function found(tree: TreeListing, path: string): Found {
  const entry = tree.entries.find((one) => one.path === path);
  if (entry === undefined) return { files: [], source: { kind: 'missing' } };
  const files = filesBelow(tree, [path]);
  if (files.length === 0) return { files, source: { kind: 'unusable', message: `${path} holds no files` } };
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { files, source: { kind: entry.type === 'tree' ? 'tree' : 'blob', id: GitId.parse(entry.id), size } };
}

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
  { objects, tree, directory }: Commit,
  { others }: ValidationOrder,
  names: ReadonlySet<string>,
): Promise<Sources['others']> {
  const wanted = others.filter(({ name }) => names.has(name));
  const files: TreeFile[] = [];
  const sources: Sources['others'] = [];
  for (const { name, path } of wanted) {
    const source = await orUnusable(async () => {
      const one = found(tree, path);
      files.push(...one.files.map((file) => ({ ...file, path: `${name}/${file.path}` })));
      return one.source;
    });
    sources.push({ name, path, source });
  }
  if (files.length === 0) return sources;
  const target = join(directory, OTHERS_FILE);
  const packed = await orUnusable(async () => {
    await packFiles(objects, files, target, { maxBytes: MAX_DATA });
    return { kind: 'missing' };
  });
  if (packed.kind !== 'unusable') return sources;
  await rm(target, { force: true });
  return sources.map((one) => (isThere(one.source) ? { ...one, source: packed } : one));
}

function takeContract({ objects, tree, directory }: Commit, path: string, name: string): Promise<SourceFile> {
  return orUnusable(async () => {
    const file = fileAt(tree, path);
    if (file === null) return { kind: 'missing' };
    if (file.size > MAX_CONTRACT)
      return { kind: 'unusable', message: `${path} has ${file.size} bytes, expected at most ${MAX_CONTRACT}` };
    await pipeline(plainOnly(path, objects.blobs([file.id])), createWriteStream(join(directory, name)));
    return { kind: 'blob', id: GitId.parse(file.id), size: file.size };
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
