import type { TreeEntry } from './objects.ts';
import type { GitRepository } from './repository.ts';

/** One change to a tree. `sha` null removes what is at `path`. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly type: TreeEntry['type'];
  readonly sha: string | null;
}

/** An entry of a tree listed with everything below it. */
export interface TreeItem {
  readonly path: string;
  readonly entry: TreeEntry;
}

/** The entries of `sha` and of all trees below it, each tree before what it holds, at most `limit`. */
export async function walkTree(
  git: GitRepository,
  sha: string,
  limit: number,
): Promise<{ items: TreeItem[]; truncated: boolean }> {
  const items: TreeItem[] = [];
  async function walk(tree: string, prefix: string): Promise<boolean> {
    for (const entry of (await git.tree(tree)) ?? []) {
      if (items.length >= limit) return false;
      const path = prefix + entry.name;
      items.push({ path, entry });
      if (entry.type === 'tree' && !(await walk(entry.sha, `${path}/`))) return false;
    }
    return true;
  }
  const complete = await walk(sha, '');
  return { items, truncated: !complete };
}

/** The entry at `path` (no leading slash) below a tree or commit; `undefined` if there is none. */
export async function entryAt(git: GitRepository, root: string, path: string): Promise<TreeEntry | undefined> {
  let tree = root;
  let found: TreeEntry | undefined;
  for (const part of path.split('/')) {
    if (found !== undefined && found.type !== 'tree') return undefined;
    found = (await git.tree(tree))?.find((entry) => entry.name === part);
    if (found === undefined) return undefined;
    tree = found.sha;
  }
  return found;
}

async function writeEntries(git: GitRepository, entries: readonly TreeEntry[]): Promise<string> {
  const input = entries.map((entry) => `${entry.mode} ${entry.type} ${entry.sha}\t${entry.name}\0`).join('');
  // mktree sorts, and fails on an object that is missing or of another type.
  return (await git.text(['mktree', '-z'], { input })).trim();
}

/**
 * Applies changes to the tree `base` (`undefined`: to nothing) and stores the result. A tree left empty disappears.
 * @returns the id of the new tree. @throws GitError if an object is missing or of another type.
 */
export async function applyChanges(
  git: GitRepository,
  base: string | undefined,
  changes: readonly TreeChange[],
): Promise<string> {
  const entries = new Map<string, TreeEntry>();
  for (const entry of base === undefined ? [] : ((await git.tree(base)) ?? [])) entries.set(entry.name, entry);
  const below = new Map<string, TreeChange[]>();
  for (const change of changes) {
    const slash = change.path.indexOf('/');
    const name = slash < 0 ? change.path : change.path.slice(0, slash);
    if (slash < 0) {
      below.delete(name);
      if (change.sha === null) entries.delete(name);
      else entries.set(name, { name, mode: change.mode, type: change.type, sha: change.sha });
    } else {
      below.set(name, [...(below.get(name) ?? []), { ...change, path: change.path.slice(slash + 1) }]);
    }
  }
  for (const [name, inner] of below) {
    const known = entries.get(name);
    const sha = await applyChanges(git, known?.type === 'tree' ? known.sha : undefined, inner);
    if (sha === EMPTY_TREE) entries.delete(name);
    else entries.set(name, { name, mode: '040000', type: 'tree', sha });
  }
  return writeEntries(git, [...entries.values()]);
}

export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
