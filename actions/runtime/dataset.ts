import { type LfsFile, type RemoteData, remoteData } from '../../adapters/data-sources/remote.ts';
import { digestOf } from '../../core/canonical.ts';
import type { WarehouseQueries } from '../../core/config/queries.ts';
import { datasetLocation, tablePlace } from '../../core/data/sources/dataset-location.ts';
import { MAX_POINTER, parsePointer } from '../../core/data/sources/lfs.ts';
import { type DatasetEntries, datasetEntries, isDvcPointer, trackedBy } from '../../core/fingerprint/dataset.ts';
import type { DatasetPlace } from '../../core/fingerprint/manifest.ts';
import { GitId, RepoPath } from '../../core/names.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import type { DataAccess } from './data-access.ts';
import { layPointers } from './dvc-pointers.ts';
import { fetchedFile, refused } from './fetched-file.ts';
import type { CommitFiles, FoundDataset, ReadDataset } from './found-dataset.ts';
import type { Job } from './job.ts';
import { type Allowed, readLocation } from './location.ts';
import { layTable } from './table-files.ts';
import { fileAt, filesBelow, type TreeFile } from './tree-files.ts';

/** Reads datasets wherever a commit says that they are; what it names is a stranger's word. */
export interface Datasets {
  /** Null where the commit has nothing there. @throws ActionError `input_refused` for links, submodules, broken pointers */
  find(place: DatasetPlace, commit: CommitFiles): Promise<FoundDataset | null>;
  /** A file or folder that is no dataset: of what it points at, Git LFS alone is followed. @throws as `find` */
  findCode(path: RepoPath, commit: CommitFiles): Promise<FoundDataset | null>;
  /** @param maxBytes of all its files. @throws ActionError `input_refused` where it can't be had, or is not what pins it */
  read(found: FoundDataset, maxBytes: number): Promise<ReadDataset>;
  close(): Promise<void>;
}

/** Whether any of a dataset is outside of git. */
export function isElsewhere({ place, lfs, dvc }: FoundDataset): boolean {
  return place.at !== undefined || lfs.length > 0 || dvc.length > 0;
}

/**
 * @param prefixes `policy.locations` of the default branch
 * @param queries those of its `policy.queries` that may be run
 */
export function openDatasets(
  job: Job,
  access: DataAccess,
  prefixes: readonly string[],
  queries: WarehouseQueries = {},
): Datasets {
  const opened: RemoteData[] = [];
  const fetched = new Map<string, ReadDataset>();
  return {
    find,
    async findCode(path, commit) {
      const held = datasetEntries(path, commit.tree);
      return held.kind === 'there' ? foundFiles({ path }, commit, held, []) : null;
    },
    async read(found, maxBytes) {
      const bytes = found.plain.reduce((sum, { size }) => sum + size, 0);
      if (bytes > maxBytes) throw refused(`expected at most ${maxBytes} bytes of files, found ${bytes}`);
      if (!isElsewhere(found)) return { files: found.plain, pins: [] };
      // Head and base often have the same data, and only one of them another contract.
      const key = `${found.place.path} ${found.id}`;
      const known = fetched.get(key);
      if (known !== undefined) return known;
      const directory = await job.directory('pointers');
      const { engine, ...reading } = access;
      const conversion = async () => (await engine()).conversion;
      const scratch = await job.directory('fetched');
      const remote = remoteData({ ...reading, conversion, prefixes, directory, scratch });
      opened.push(remote);
      const read = await fetchInto(directory, found, remote, maxBytes - bytes, { locations: [...prefixes], queries });
      fetched.set(key, read);
      return read;
    },
    async close() {
      for (const remote of opened) await remote.close();
    },
  };
}

async function fetchInto(
  directory: string,
  found: FoundDataset,
  remote: RemoteData,
  room: number,
  allowed: Allowed,
): Promise<ReadDataset> {
  const { at } = found.place;
  try {
    if (at !== undefined) {
      await layTable(found, directory, remote, room);
      return await readLocation({ ...found.place, at }, remote, { allowed, maxBytes: room, directory });
    }
    await layPointers(found, directory);
    return await readPointed(found, remote, room);
  } catch (error) {
    if (error instanceof DataEngineError) throw refused(error.message, error);
    throw error;
  }
}

async function find(place: DatasetPlace, commit: CommitFiles): Promise<FoundDataset | null> {
  const { path, at } = place;
  const held = datasetEntries(path, commit.tree);
  if (at !== undefined) {
    if (held.kind === 'there')
      throw refused(
        `the config says that ${path} lies at ${at.location}, and the commit has it, too: remove one of them`,
      );
    const where = datasetLocation(at.location);
    if (where.kind === 'repository_table') return findTable(place, tablePlace(where.format, where.path).folder, commit);
    return { place, commit, kind: 'files', id: idOf({ path, at }), plain: [], lfs: [], dvc: [] };
  }
  if (held.kind === 'missing') return null;
  const { kind, id } = identityOf(held);
  if (held.kind === 'tracked') {
    for (const { path: pointer } of held.entries) fileAt(commit.tree, pointer);
    return { place, commit, kind, id, plain: [], lfs: [], dvc: [path] };
  }
  const dvc = filesOf(commit, held).filter((file) => isDvcPointer(file.path));
  return foundFiles(place, commit, held, dvc);
}

/** A table that the commit has: its files become one, so that none of them is the dataset's. */
async function findTable(place: DatasetPlace, folder: string, commit: CommitFiles): Promise<FoundDataset | null> {
  const held = datasetEntries(folder, commit.tree);
  if (held.kind === 'missing') return null;
  if (held.kind !== 'there')
    throw refused(`expected a table’s folder in git at ${folder}, found what DVC tracks or a pattern: name a folder`);
  const { lfs, plain } = await foundFiles({ path: RepoPath.parse(folder) }, commit, held, []);
  return { place, commit, kind: 'files', id: idOf({ place, entries: identityOf(held) }), plain, lfs, dvc: [] };
}

function filesOf({ tree }: CommitFiles, { entries }: DatasetEntries): readonly TreeFile[] {
  return filesBelow(
    tree,
    entries.map((entry) => entry.path),
  );
}

async function foundFiles(
  place: DatasetPlace,
  commit: CommitFiles,
  held: DatasetEntries,
  dvc: readonly TreeFile[],
): Promise<FoundDataset> {
  const files = filesOf(commit, held);
  if (files.length === 0) throw refused(`${place.path} holds no files`);
  const lfs = await lfsFiles(files, commit);
  const elsewhere = new Set([...dvc, ...lfs].map((file) => file.path));
  const plain = files.filter((file) => !elsewhere.has(file.path));
  const twice = dvc.find((file) => files.some((other) => other.path === trackedBy(file.path)));
  if (twice !== undefined)
    throw refused(`${trackedBy(twice.path)} is in git, and DVC tracks it, too: remove one of them`);
  return { place, commit, ...identityOf(held), plain, lfs, dvc: dvc.map((file) => trackedBy(file.path)) };
}

function identityOf({ kind, entries }: DatasetEntries): Pick<FoundDataset, 'kind' | 'id'> {
  const [only, ...more] = entries;
  if (kind === 'there' && only !== undefined && more.length === 0)
    return { kind: only.type === 'tree' ? 'tree' : 'blob', id: GitId.parse(only.id) };
  return { kind: 'files', id: idOf(entries.map(({ path, mode, id }) => ({ path, mode, id }))) };
}

const idOf = (value: unknown): GitId => GitId.parse(digestOf(value));

/** A pointer is small, so only small files are looked at. */
async function lfsFiles(files: readonly TreeFile[], { objects }: CommitFiles): Promise<LfsFile[]> {
  const small = files.filter(({ size }) => size < MAX_POINTER);
  if (small.length === 0) return [];
  const found: LfsFile[] = [];
  let index = 0;
  for await (const bytes of objects.blobs(small.map(({ id }) => id))) {
    const path = small[index++]?.path ?? '';
    const pointer = parsePointer(bytes);
    if (pointer !== null) found.push({ path, pointer });
  }
  return found;
}

async function readPointed(
  { place, plain, lfs, dvc }: FoundDataset,
  remote: RemoteData,
  room: number,
): Promise<ReadDataset> {
  const fetched: DataFile[] = [];
  let left = room;
  const take = (files: readonly DataFile[]): void => {
    fetched.push(...files);
    left -= files.reduce((sum, { bytes }) => sum + bytes, 0);
  };
  if (lfs.length > 0) take(await remote.lfs(lfs, left));
  for (const path of dvc) take(await remote.dvc(path, left));
  return {
    files: [...plain, ...fetched.map((file) => fetchedFile(file.name, file, place.path))],
    pins: [
      ...new Map(
        fetched.flatMap(({ pin }) => (pin === undefined ? [] : [[`${pin.source} ${pin.kind}`, pin]])),
      ).values(),
    ],
  };
}
