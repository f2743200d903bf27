import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Entries of one folder that are looked at: more than an output may have. */
const MOST = 20_000;

/**
 * What lay in the working directory before the command began, such as what an earlier training left and somebody
 * committed: only what is written anew is of this one. By path; the mark changes with every write, rename and removal.
 */
export type Present = ReadonlyMap<string, string>;

/** @param paths below the tree; those that are not there are left out */
export async function presentOf(tree: string, paths: readonly string[]): Promise<Present> {
  const present = new Map<string, string>();
  for (const path of paths) {
    const mark = await markOf(join(tree, path));
    if (mark !== null) present.set(path, mark);
  }
  return present;
}

/** Whether it was there before and nothing of it was written since. */
export async function isAsBefore(present: Present, tree: string, path: string): Promise<boolean> {
  const mark = present.get(path);
  return mark !== undefined && mark === (await markOf(join(tree, path)));
}

/** The times of change can be set by nobody. Links are not followed. */
async function markOf(path: string): Promise<string | null> {
  const stat = await lstat(path, { bigint: true }).catch(() => null);
  if (stat === null) return null;
  if (!stat.isDirectory()) return `${stat.ino} ${stat.ctimeNs}`;
  let newest = stat.ctimeNs;
  const names = (await readdir(path, { recursive: true }).catch(() => [])).slice(0, MOST);
  for (const name of names) {
    const found = await lstat(join(path, name), { bigint: true }).catch(() => null);
    if (found !== null && found.ctimeNs > newest) newest = found.ctimeNs;
  }
  return `${stat.ino} ${names.length} ${newest}`;
}
