import { isOfDataset } from '../../core/config/glob.ts';
import { RepoPath } from '../../core/names.ts';
import type { DataFile } from '../../flows/check-data/ports.ts';
import { ActionError } from './error.ts';
import type { FetchedFile } from './tree-files.ts';

/** What came, at the path where training finds it. Lists of files come from a remote: no name of theirs leads away. */
export function fetchedFile(path: string, { path: from, bytes }: DataFile, dataset: string): FetchedFile {
  const named = RepoPath.safeParse(path);
  if (!named.success || named.data !== path || !isOfDataset(path, dataset))
    throw refused(`${JSON.stringify(path.slice(0, 200))} is no path of a file of ${dataset}`);
  return { path, size: bytes, executable: false, from };
}

export function refused(message: string, cause?: unknown): ActionError {
  return new ActionError('input_refused', message, { cause });
}
