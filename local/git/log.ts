import type { Commit } from './objects.ts';
import type { GitRepository } from './repository.ts';

export interface LogOptions {
  /** Only commits that touch this path. */
  readonly path?: string;
  readonly since?: string;
  readonly until?: string;
  readonly author?: string;
  readonly limit?: number;
  readonly skip?: number;
  /** Oldest first. */
  readonly reverse?: boolean;
}

/** Ids of the commits reachable from `include` and not from `exclude`, newest first. */
export async function listCommits(
  git: GitRepository,
  include: string,
  exclude: readonly string[],
  options: LogOptions = {},
): Promise<string[]> {
  const args = ['rev-list', '--topo-order', include, ...exclude.map((sha) => `^${sha}`)];
  if (options.limit !== undefined) args.push(`--max-count=${options.limit}`);
  if (options.skip !== undefined) args.push(`--skip=${options.skip}`);
  if (options.since !== undefined) args.push(`--since=${options.since}`);
  if (options.until !== undefined) args.push(`--until=${options.until}`);
  if (options.author !== undefined) args.push('--fixed-strings', `--author=${options.author}`);
  if (options.reverse === true) args.push('--reverse');
  args.push('--');
  if (options.path !== undefined && options.path !== '') args.push(`:(literal)${options.path}`);
  return (await git.text(args)).split('\n').filter((line) => line !== '');
}

export async function countCommits(git: GitRepository, include: string, exclude: string): Promise<number> {
  return Number((await git.text(['rev-list', '--count', include, `^${exclude}`])).trim());
}

/** @throws Error if one of them is missing: the ids come from git itself. */
export async function readCommits(git: GitRepository, shas: readonly string[]): Promise<Commit[]> {
  return Promise.all(
    shas.map(async (sha) => {
      const commit = await git.commit(sha);
      if (commit === undefined) throw new Error(`expected a commit ${sha} in ${git.directory}, found none`);
      return commit;
    }),
  );
}

/** Paths that one commit added, removed and modified, against its first parent. */
export async function touchedPaths(
  git: GitRepository,
  sha: string,
): Promise<{ added: string[]; removed: string[]; modified: string[] }> {
  const output = await git.text([
    'diff-tree',
    '-r',
    '--root',
    '--no-commit-id',
    '--name-status',
    '-z',
    '--no-renames',
    '-m',
    '--first-parent',
    sha,
  ]);
  const fields = output.split('\0');
  const touched = { added: [] as string[], removed: [] as string[], modified: [] as string[] };
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const path = fields[at + 1] ?? '';
    if (fields[at] === 'A') touched.added.push(path);
    else if (fields[at] === 'D') touched.removed.push(path);
    else touched.modified.push(path);
  }
  return touched;
}
