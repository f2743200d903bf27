import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isInside } from '../../core/config/paths.ts';
import type { TreeEntry, TreeListing } from '../../core/fingerprint/manifest.ts';
import { comparePaths } from '../../core/packaging/manifest.ts';
import { TarError, writeTar } from '../../core/packaging/tar.ts';
import { ActionError } from './error.ts';
import type { GitObjects } from './git-objects.ts';

export interface TreeFile {
  readonly path: string;
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
}

/** Content that came from outside of git, and was checked against what pins it. */
export interface FetchedFile extends Omit<TreeFile, 'id'> {
  /** Where it lies on this machine. */
  readonly from: string;
}

/**
 * The files at or below the paths, in a tree.
 * @throws ActionError `input_refused` for a path that is not there, a link or a submodule
 */
export function filesBelow(tree: TreeListing, paths: readonly string[]): readonly TreeFile[] {
  const byPath = new Map(tree.entries.map((entry) => [entry.path, entry]));
  const missing = paths.filter((path) => !byPath.has(path));
  if (missing.length > 0) {
    throw new ActionError(
      'input_refused',
      `expected ${missing.join(', ')} in commit ${tree.commit}, found nothing there`,
    );
  }
  return tree.entries
    .filter((entry) => entry.type !== 'tree' && paths.some((path) => isInside(entry.path, path)))
    .map((entry) => plainFile(entry, tree.commit));
}

/** The one file at a path, or null. @throws ActionError `input_refused` when something else is there */
export function fileAt(tree: TreeListing, path: string): TreeFile | null {
  const entry = tree.entries.find((candidate) => candidate.path === path);
  return entry === undefined ? null : plainFile(entry, tree.commit);
}

function plainFile(entry: TreeEntry, commit: string): TreeFile {
  if (entry.type !== 'blob' || (entry.mode !== '100644' && entry.mode !== '100755') || entry.size === undefined) {
    const what = entry.mode === '120000' ? 'a link' : entry.type === 'commit' ? 'a submodule' : 'a folder';
    throw new ActionError('input_refused', `expected a file at ${entry.path} in ${commit}, found ${what}`);
  }
  return { path: entry.path, id: entry.id, size: entry.size, executable: entry.mode === '100755' };
}

const LFS_POINTER = Buffer.from('version https://git-lfs.github.com/spec/v1\n');

/** Whether a blob says that it is a Git LFS pointer, also a broken one: the data itself is elsewhere. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return bytes.length < 1024 && LFS_POINTER.equals(bytes.subarray(0, LFS_POINTER.length));
}

/**
 * Writes the files' blobs, and what was fetched, into one of our tar archives.
 * @throws ActionError `input_refused` for Git LFS pointers and for paths that a package can't hold
 */
export async function packFiles(
  objects: GitObjects,
  files: readonly (TreeFile | FetchedFile)[],
  target: string,
  limits: { readonly maxBytes: number },
): Promise<void> {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes > limits.maxBytes) {
    throw new ActionError('input_refused', `expected at most ${limits.maxBytes} bytes of files, found ${bytes}`);
  }
  // The archive is sorted: asking git in the same order makes each blob come when it is wanted.
  const sorted = [...files].sort((a, b) => comparePaths(a.path, b.path));
  const blobs = objects.blobs(sorted.flatMap((file) => ('from' in file ? [] : [file.id])));
  const sources = sorted.map((file) => ({
    ...file,
    chunks: async function* () {
      if ('from' in file) return yield* createReadStream(file.from, { highWaterMark: 1 << 20 });
      const next = await blobs.next();
      if (next.done === true) throw new ActionError('git_failed', `git gave no content for ${file.path}`);
      if (isLfsPointer(next.value)) throw lfsRefusal(file.path);
      yield next.value;
    },
  }));
  try {
    await pipeline(writeTar(sources), createWriteStream(target, { flags: 'wx' }));
  } catch (error) {
    if (error instanceof TarError) throw new ActionError('input_refused', error.message, { cause: error });
    throw error;
  } finally {
    await blobs.return(undefined);
  }
}

export function lfsRefusal(path: string): ActionError {
  return new ActionError(
    'input_refused',
    `${path} is a Git LFS pointer, and is not read here or not a whole one: commit the file itself`,
  );
}
