import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { foldersAbove } from '../../core/config/paths.ts';
import { datasetEntries, isDvcPointer } from '../../core/fingerprint/dataset.ts';
import { RepoPath } from '../../core/names.ts';
import { ActionError } from './error.ts';
import type { FoundDataset } from './found-dataset.ts';
import { filesBelow, type TreeFile } from './tree-files.ts';

/** In bytes, of a pointer, a `dvc.lock` or a configuration. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Writes what DVC reads, as the commit has it, below an empty directory: the pointers that decide the dataset's content,
 * and no others, so that nothing that the fingerprint does not hold has a say in it; and DVC's configuration, which says
 * where content is kept but not what it is.
 */
export async function layPointers({ place, commit, dvc }: FoundDataset, directory: string): Promise<void> {
  if (dvc.length === 0) return;
  const { entries } = datasetEntries(place.path, commit.tree);
  const pointers = filesBelow(
    commit.tree,
    entries.map(({ path }) => path),
  ).filter(({ path }) => isDvcPointer(path) || /(?:^|\/)dvc\.lock$/.test(path));
  const folders = new Set(['', ...dvc.flatMap(foldersAbove)]);
  const configs = new Set([...folders].map((folder) => (folder === '' ? '.dvc/config' : `${folder}/.dvc/config`)));
  const known = commit.tree.entries.filter(({ path, type }) => type === 'blob' && configs.has(path));
  const files = [
    ...pointers,
    ...filesBelow(
      commit.tree,
      known.map(({ path }) => path),
    ),
  ];
  // Without one, DVC's root would be looked for above the directory.
  await mkdir(join(directory, '.dvc'), { recursive: true });
  await lay(files, commit, directory);
}

async function lay(files: readonly TreeFile[], { objects }: FoundDataset['commit'], directory: string): Promise<void> {
  const large = files.find(({ size }) => size > MAX_BYTES);
  if (large !== undefined)
    throw new ActionError('input_refused', `${large.path} has ${large.size} bytes, expected at most ${MAX_BYTES}`);
  let index = 0;
  for await (const bytes of objects.blobs(files.map(({ id }) => id))) {
    const path = RepoPath.safeParse(files[index++]?.path ?? '');
    if (!path.success) throw new ActionError('input_refused', 'a pointer of DVC has a path that leads away');
    const target = join(directory, path.data);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes, { flag: 'wx' });
  }
}
