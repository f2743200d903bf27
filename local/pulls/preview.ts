import { diffSize } from '../git/diff.ts';
import { countCommits } from '../git/log.ts';
import { formatSignature, type Signature } from '../git/objects.ts';
import { ZERO } from '../git/refs.ts';
import type { GitRepository } from '../git/repository.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import type { Pull } from './pull.ts';

export const WEB_FLOW = { name: 'GitHub', email: 'noreply@github.com' };

/** The tree that merging `head` into `base` gives; `undefined` if they conflict. Nothing is checked out. */
export async function mergedTree(git: GitRepository, base: string, head: string): Promise<string | undefined> {
  const { code, stdout } = await git.run(['merge-tree', '--write-tree', '-z', base, head], { accept: [1] });
  return code === 0 ? (stdout.toString('utf8').split('\0', 1)[0] ?? '').trim() : undefined;
}

export async function writeCommit(
  git: GitRepository,
  commit: { tree: string; parents: readonly string[]; author: Signature; committer: Signature; message: string },
): Promise<string> {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(commit.author)}`,
    `committer ${formatSignature(commit.committer)}`,
    '',
    commit.message,
  ];
  return git.write('commit', lines.join('\n'));
}

/** Sets a ref of the server's own, whatever it held. */
export async function setRef(git: GitRepository, ref: string, sha: string): Promise<void> {
  const before = (await git.ref(ref)) ?? ZERO;
  if (before !== sha && !(await git.updateRef(ref, before, sha))) throw new Error(`could not set ${ref}`);
}

/**
 * Merges a pull request's head into its base as a trial: `refs/pull/N/merge`, mergeability and the size of the change.
 * With a conflict the ref keeps its last commit, as on GitHub.
 */
export async function refreshPreview(github: LocalGitHub, repository: Repository, pull: Pull): Promise<Pull> {
  const git = github.git(repository);
  const base = await git.ref(`refs/heads/${pull.baseRef}`);
  if (base === undefined) return pull;
  const head = pull.headSha;
  const mergeBase = await git.mergeBase(base, head);
  const [size, commits, tree] = await Promise.all([
    mergeBase === undefined ? undefined : diffSize(git, mergeBase, head),
    countCommits(git, head, base),
    mergeBase === undefined ? undefined : mergedTree(git, base, head),
  ]);
  const measured = { ...size, commits };
  if (tree === undefined) return github.tables.pulls.update(pull.id, { ...measured, mergeable: false, mergeSha: null });
  const author = { ...WEB_FLOW, date: github.timestamp() };
  const message = `Merge ${head} into ${base}`;
  const mergeSha = await writeCommit(git, { tree, parents: [base, head], author, committer: author, message });
  await setRef(git, `refs/pull/${pull.number}/merge`, mergeSha);
  return github.tables.pulls.update(pull.id, { ...measured, mergeable: true, mergeSha });
}

/** Brings a pull request's head into the base repository as `refs/pull/N/head`; from a fork, with its objects. */
export async function bringHead(
  github: LocalGitHub,
  repository: Repository,
  headRepository: Repository,
  number: number,
  sha: string,
): Promise<void> {
  const git = github.git(repository);
  if (headRepository.id !== repository.id) {
    await git.run([
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      github.git(headRepository).directory,
      sha,
    ]);
  }
  await setRef(git, `refs/pull/${number}/head`, sha);
}
