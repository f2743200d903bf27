import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';

/** The files that differ between the merge base of two commits and the second, as `paths` filters see them. */
export async function changedPaths(
  github: LocalGitHub,
  repository: Repository,
  base: string,
  head: string,
): Promise<string[] | undefined> {
  const git = github.git(repository);
  const { code, stdout } = await git.run(['diff', '--name-only', '-z', `${base}...${head}`], { accept: [128] });
  // Without a common ancestor (or after a forced push to garbage) GitHub builds everything.
  return code === 0
    ? stdout
        .toString()
        .split('\0')
        .filter((path) => path !== '')
    : undefined;
}
