import { isPattern, matchesPath } from '../config/glob.ts';
import { foldersAbove } from '../config/paths.ts';
import type { TreeEntry, TreeListing } from './manifest.ts';

/**
 * What a git tree holds of a dataset: its own file or folder, the files that its pattern matches, or, where there is none
 * of these, what DVC may track it by. Plan, fingerprint, validation and training all ask here.
 */
export type DatasetEntries =
  | { readonly kind: 'there' | 'matched' | 'tracked'; readonly entries: readonly TreeEntry[] }
  | { readonly kind: 'missing'; readonly entries: readonly [] };

const POINTER = '.dvc';
const LOCK = 'dvc.lock';

/**
 * Entries in the order of their paths. A pattern also matches by what a pointer of DVC beside a name stands for
 * (`a.csv.dvc` for `a.csv`). Links and submodules are among them: whoever reads refuses those.
 */
export function datasetEntries(path: string, tree: TreeListing): DatasetEntries {
  const own = tree.entries.find((entry) => entry.path === path);
  if (own !== undefined) return { kind: 'there', entries: [own] };
  const found = isPattern(path) ? matched(path, tree) : [];
  if (found.length > 0) return { kind: 'matched', entries: found };
  const pointers = isPattern(path) ? [] : pointersOf(path, tree);
  return pointers.length > 0 ? { kind: 'tracked', entries: pointers } : { kind: 'missing', entries: [] };
}

function matched(pattern: string, { entries }: TreeListing): TreeEntry[] {
  const folder = pattern.slice(0, pattern.search(/[*?]/));
  return entries
    .filter(({ type, path }) => type !== 'tree' && path.startsWith(folder))
    .filter(({ path }) => matchesPath(path, pattern) || (isDvcPointer(path) && matchesPath(trackedBy(path), pattern)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * The nearest `.dvc` file of the path or of a folder above it; without one, every `dvc.lock` that may name the path. A
 * lock of more than this dataset counts whole: what it says of others may change the fingerprint for nothing, but what
 * it says of this one never changes unseen.
 */
function pointersOf(path: string, { entries }: TreeListing): TreeEntry[] {
  const files = new Map(entries.filter(({ type }) => type !== 'tree').map((entry) => [entry.path, entry]));
  const ways = [...foldersAbove(path), path].reverse();
  for (const way of ways) {
    const pointer = files.get(`${way}${POINTER}`);
    if (pointer !== undefined) return [pointer];
  }
  const locks = [LOCK, ...foldersAbove(path).map((folder) => `${folder}/${LOCK}`)];
  return locks.flatMap((lock) => files.get(lock) ?? []).sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function isDvcPointer(path: string): boolean {
  return path.endsWith(POINTER) && !path.endsWith(`/${POINTER}`);
}

/** `a.csv` of `a.csv.dvc`. */
export function trackedBy(pointer: string): string {
  return pointer.slice(0, -POINTER.length);
}

/** Whether two commits have the same files, or pointers, at a dataset's path. */
export function sameDataset(path: string, a: TreeListing, b: TreeListing): boolean {
  return idsOf(datasetEntries(path, a)) === idsOf(datasetEntries(path, b));
}

function idsOf({ entries }: DatasetEntries): string {
  return entries.map(({ path, mode, id }) => `${mode} ${id} ${path}`).join('\n');
}
