import { spawn } from 'node:child_process';
import { entryAt } from '../git/trees.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { fullName } from '../repositories/views.ts';
import type { Sources } from '../workflows/host.ts';

/** Workflow files and actions from the server's own repositories. */
export function createSources(github: LocalGitHub): Sources {
  return {
    async resolve(repository, ref, reader) {
      const found = findRepository(github, repository);
      if (found === undefined || !mayUse(github, found, reader)) return undefined;
      const sha = await resolveRef(github, found, ref);
      return sha === undefined ? undefined : { repository: fullName(found), sha, ref };
    },
    async read(commit, path) {
      const found = findRepository(github, commit.repository);
      return found === undefined ? undefined : readFileAt(github, found, commit.sha, path);
    },
    async export(commit, directory) {
      const found = findRepository(github, commit.repository);
      if (found === undefined) throw new Error(`repository ${commit.repository} is gone`);
      const { stdout } = await github.git(found).run(['archive', '--format=tar', commit.sha]);
      await extractTar(stdout, directory);
    },
  };
}

/** The text of a regular file in a commit. Links are not followed, as on GitHub. */
export async function readFileAt(
  github: LocalGitHub,
  repository: Repository,
  sha: string,
  path: string,
): Promise<string | undefined> {
  const git = github.git(repository);
  const entry = await entryAt(git, sha, path);
  if (entry === undefined || entry.type !== 'blob' || entry.mode === '120000') return undefined;
  return (await git.object(entry.sha))?.content.toString('utf8');
}

/** The workflow files of a commit: path and blob id, sorted by path. */
export async function workflowFiles(
  github: LocalGitHub,
  repository: Repository,
  sha: string,
): Promise<{ path: string; blob: string }[]> {
  const git = github.git(repository);
  const folder = await entryAt(git, sha, '.github/workflows');
  if (folder?.type !== 'tree') return [];
  const entries = (await git.tree(folder.sha)) ?? [];
  return entries
    .filter((entry) => entry.type === 'blob' && entry.mode !== '120000' && /\.ya?ml$/.test(entry.name))
    .map((entry) => ({ path: `.github/workflows/${entry.name}`, blob: entry.sha }));
}

function findRepository(github: LocalGitHub, full: string): Repository | undefined {
  const [owner = '', name = ''] = full.split('/');
  return github.tables.repositories.find({ owner, name });
}

/** A private repository's workflows and actions serve repositories of the same owner only. */
function mayUse(github: LocalGitHub, repository: Repository, reader: string): boolean {
  return !repository.private || findRepository(github, reader)?.ownerId === repository.ownerId;
}

/** A branch, a tag or a full commit id: unlike elsewhere, `uses` takes no abbreviated one. */
async function resolveRef(github: LocalGitHub, repository: Repository, ref: string): Promise<string | undefined> {
  const git = github.git(repository);
  if (/^[0-9a-f]{40}$/.test(ref)) return git.peel(ref);
  for (const name of [`refs/tags/${ref}`, `refs/heads/${ref}`, ref.startsWith('refs/') ? ref : '']) {
    const sha = name === '' ? undefined : await git.ref(name);
    if (sha !== undefined) return git.peel(sha);
  }
  return undefined;
}

function extractTar(archive: Buffer, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('tar', ['-xf', '-', '-C', directory], { stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdin.on('error', () => undefined); // the exit code tells
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`tar failed with exit code ${code}: ${stderr.trim()}`)),
    );
    child.stdin.end(archive);
  });
}
