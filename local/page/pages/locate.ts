import type { TreeEntry } from '../../git/objects.ts';
import type { GitRepository } from '../../git/repository.ts';

/** A file (`content`) or folder (`entries`) of a commit. */
export interface Located {
  /** The branch, tag or commit id as it was named. */
  readonly ref: string;
  readonly commit: string;
  readonly path: string;
  readonly content: Buffer | undefined;
  readonly entries: readonly TreeEntry[] | undefined;
}

/**
 * Finds what `ref/path` names, where the ref may hold slashes itself: the shortest beginning that is a ref wins, as refs
 * can't be nested. Undefined if the ref or the path does not exist.
 */
export async function locate(
  git: GitRepository,
  defaultBranch: string,
  refAndPath: string,
): Promise<Located | undefined> {
  const segments = refAndPath.split('/').filter((segment) => segment !== '');
  for (let length = 1; length <= segments.length; length += 1) {
    const ref = segments.slice(0, length).join('/');
    const commit = await git.resolveCommit(ref, defaultBranch);
    if (commit === undefined) continue;
    const path = segments.slice(length);
    const found = await walk(git, commit, path);
    return found && { ref, commit, path: path.join('/'), ...found };
  }
  return undefined;
}

async function walk(
  git: GitRepository,
  commit: string,
  path: readonly string[],
): Promise<Pick<Located, 'content' | 'entries'> | undefined> {
  let entries = await git.tree(commit);
  for (const [index, name] of path.entries()) {
    const entry = entries?.find((one) => one.name === name);
    if (entry === undefined || entry.type === 'commit') return undefined;
    if (entry.type === 'blob') {
      const blob = index === path.length - 1 ? await git.object(entry.sha) : undefined;
      return blob && { content: blob.content, entries: undefined };
    }
    entries = await git.tree(entry.sha);
  }
  return entries && { content: undefined, entries };
}
