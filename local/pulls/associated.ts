import type { GitRepository } from '../git/repository.ts';
import type { Pull } from './pull.ts';

/** Whether a commit is one of the pull request: its head, before it and not in the base, or what merging it made. */
export async function isAssociated(git: GitRepository, pull: Pull, sha: string): Promise<boolean> {
  if (pull.headSha === sha || (pull.mergedAt !== null && pull.mergeSha === sha)) return true;
  if (!/^[0-9a-f]{40}$/.test(sha) || (await git.commit(sha)) === undefined) return false;
  return (await git.isAncestor(sha, pull.headSha)) && !(await git.isAncestor(sha, pull.baseSha));
}
