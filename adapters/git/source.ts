import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TreeEntry } from '../../core/fingerprint/manifest.ts';
import { GitId, RepositoryName } from '../../core/names.ts';
import { PortError, type SourceHost } from '../../flows/ports.ts';

const run = promisify(execFile);
const MAX_OUTPUT = 256 * 2 ** 20;
const ENTRY = /^(\d{6}) (blob|tree|commit) ([0-9a-f]{40,64})\t([\s\S]+)$/;

/** A clone on this machine as the source of commits: what `trainyard plan` compares before anything is pushed. */
export function gitSource(directory: string, defaultBranch: string): SourceHost {
  const git = async (...args: string[]): Promise<Buffer> => {
    try {
      const { stdout } = await run('git', args, { cwd: directory, maxBuffer: MAX_OUTPUT, encoding: 'buffer' });
      return stdout;
    } catch (cause) {
      throw new PortError(
        'not_found',
        `git ${args[0] ?? ''} failed in ${directory}: ${cause instanceof Error ? (cause.message.split('\n')[1] ?? cause.message) : ''}`,
        { cause },
      );
    }
  };
  const text = async (...args: string[]): Promise<string> => (await git(...args)).toString('utf8').trim();
  return {
    async repository() {
      return { name: RepositoryName.parse('local/clone'), defaultBranch, url: `file://${directory}` };
    },
    async branchHead(branch) {
      for (const name of [`refs/remotes/origin/${branch}`, `refs/heads/${branch}`, branch]) {
        const found = await text('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`).catch(
          () => '',
        );
        if (found !== '') return GitId.parse(found);
      }
      return null;
    },
    async tree(commit) {
      const listing = (await git('ls-tree', '-r', '-t', '-z', '--full-tree', commit)).toString('utf8');
      return { commit, truncated: false, entries: listing.split('\0').flatMap(readEntry) };
    },
    async file(commit, path, maxBytes) {
      const bytes = await git('cat-file', 'blob', `${commit}:${path}`).catch(() => null);
      if (bytes !== null && bytes.length > maxBytes)
        throw new PortError('too_large', `${path} has ${bytes.length} bytes; ${maxBytes} are read at most`);
      return bytes;
    },
    async mergeBase(base, head) {
      return GitId.parse(await text('merge-base', base, head));
    },
  };
}

/** Whether git finds a repository here. */
export async function isInClone(directory: string): Promise<boolean> {
  return run('git', ['rev-parse', '--git-dir'], { cwd: directory }).then(
    () => true,
    () => false,
  );
}

function readEntry(line: string): TreeEntry[] {
  const [, mode = '', type, id = '', path = ''] = ENTRY.exec(line) ?? [];
  return type === 'blob' || type === 'tree' || type === 'commit' ? [{ mode, type, id, path }] : [];
}
