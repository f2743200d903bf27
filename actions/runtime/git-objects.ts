import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { TreeEntry, TreeListing } from '../../core/fingerprint/manifest.ts';
import { type GitId, GitId as GitIdSchema } from '../../core/names.ts';
import { ActionError } from './error.ts';

/**
 * Reads a checkout's git objects and nothing else: no filter, attribute, hook or configuration of the checked-out
 * commit has a say in what comes out, and the work tree is not looked at.
 */
export interface GitObjects {
  /** The commit that a branch, tag or id names; null where there is none. */
  commitOf(revision: string): Promise<GitId | null>;
  /** Every entry below the commit's root, folders included. */
  tree(commit: GitId): Promise<TreeListing>;
  /** Blobs in the order asked for. @throws ActionError `git_failed` for an id that is no blob */
  blobs(ids: readonly string[]): AsyncGenerator<Uint8Array>;
}

const MAX_TREE_BYTES = 256 * 1024 * 1024;

/** @param checkout directory that actions/checkout made */
export function openObjects(checkout: string, environment: Readonly<Record<string, string | undefined>>): GitObjects {
  const run = (args: readonly string[]): Git =>
    watch(
      spawn('git', ['--git-dir', join(checkout, '.git'), '--literal-pathspecs', '--no-pager', ...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          PATH: environment['PATH'] ?? '/usr/bin:/bin',
          HOME: '/nonexistent',
          LC_ALL: 'C',
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_NO_REPLACE_OBJECTS: '1',
          GIT_NO_LAZY_FETCH: '1',
          GIT_TERMINAL_PROMPT: '0',
        },
      }),
    );
  return {
    async commitOf(revision) {
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
      // It ends with 1 and says nothing where there is no such commit.
      const output = await collect(run(args), 4096).catch(() => '');
      return GitIdSchema.safeParse(output.trim()).data ?? null;
    },
    async tree(commit) {
      const output = await collect(run(['ls-tree', '-r', '-t', '-l', '-z', '--full-tree', commit]), MAX_TREE_BYTES);
      return { commit, entries: parseTree(output), truncated: false };
    },
    blobs: (ids) => readBlobs(() => run(['cat-file', '--batch', '--buffer']), ids),
  };
}

/** The commit that an input names, as actions/checkout left it. @throws ActionError `input_invalid` with what to fetch */
export async function commitInCheckout(input: string, ref: string, objects: GitObjects): Promise<GitId> {
  for (const revision of [`refs/remotes/origin/${ref}`, ref]) {
    const commit = await objects.commitOf(revision);
    if (commit !== null) return commit;
  }
  throw new ActionError(
    'input_invalid',
    `${input} ${ref} is not in this checkout: fetch it first, with \`fetch-depth: 0\` of actions/checkout or with \`git fetch --depth=1 origin ${ref}:refs/remotes/origin/${ref}\``,
  );
}

interface Git {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Resolves when git has ended well. @throws ActionError `git_failed` otherwise, with what it said */
  ended(): Promise<void>;
}

function watch(child: Git['child']): Git {
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(0, 1000);
  });
  child.stdin.on('error', () => {
    // git ended before it had read everything: its exit code says why.
  });
  const end = new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? null : `exit ${code ?? 'by signal'}`));
  });
  return {
    child,
    ended: async () => {
      const failure = await end;
      if (failure !== null) throw new ActionError('git_failed', `git failed (${failure}): ${said.trim()}`);
    },
  };
}

async function collect(git: Git, maxBytes: number): Promise<string> {
  git.child.stdin.end();
  const chunks: Buffer[] = [];
  let size = 0;
  git.child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) git.child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  await git.ended();
  return Buffer.concat(chunks).toString('utf8');
}

/** `<mode> SP <type> SP <id> SP+ <size or -> TAB <path> NUL`, as `git ls-tree -l -z` prints it. */
function parseTree(output: string): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const record of output.split('\0')) {
    if (record === '') continue;
    const match = /^(\d{6}) (blob|tree|commit) ([0-9a-f]{40,64}) +(\d+|-)\t([\s\S]+)$/.exec(record);
    if (match === null)
      throw new ActionError('git_failed', `unexpected line from git ls-tree: ${record.slice(0, 120)}`);
    const [, mode = '', type = '', id = '', size = '-', path = ''] = match;
    entries.push({
      path,
      mode,
      type: type === 'tree' ? 'tree' : type === 'commit' ? 'commit' : 'blob',
      id,
      ...(size === '-' ? {} : { size: Number(size) }),
    });
  }
  return entries;
}

/** `<id> SP blob SP <size> LF <bytes> LF` for each id, as `git cat-file --batch` prints it. */
async function* readBlobs(start: () => Git, ids: readonly string[]): AsyncGenerator<Uint8Array> {
  // Not before somebody asks: a git that nobody reads from waits for its input, and the job for it.
  const git = start();
  git.child.stdin.end(ids.map((id) => `${id}\n`).join(''));
  const reader = new ByteReader(git.child.stdout);
  try {
    for (const id of ids) {
      const header = await reader.line();
      const match = /^([0-9a-f]{40,64}) blob (\d+)$/.exec(header);
      if (match?.[1] !== id)
        throw new ActionError('git_failed', `expected the blob ${id}, git says: ${header.slice(0, 120)}`);
      const bytes = await reader.bytes(Number(match[2]));
      await reader.bytes(1);
      yield bytes;
    }
    await git.ended();
  } finally {
    if (git.child.exitCode === null) git.child.kill('SIGKILL');
  }
}

/** Exact reads from a stream of chunks. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async bytes(count: number): Promise<Buffer> {
    const chunks = [this.#pending];
    let available = this.#pending.length;
    while (available < count) {
      const next = await this.#source.next();
      if (next.done === true) throw new ActionError('git_failed', 'git ended in the middle of an object');
      chunks.push(next.value);
      available += next.value.length;
    }
    const all = Buffer.concat(chunks);
    this.#pending = all.subarray(count);
    return all.subarray(0, count);
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#pending.indexOf(0x0a);
      if (end >= 0) {
        const line = this.#pending.subarray(0, end).toString('utf8');
        this.#pending = this.#pending.subarray(end + 1);
        return line;
      }
      if (this.#pending.length > 4096) throw new ActionError('git_failed', 'git printed an endless line');
      const next = await this.#source.next();
      if (next.done === true) throw new ActionError('git_failed', 'git ended without the object that was asked for');
      this.#pending = Buffer.concat([this.#pending, next.value]);
    }
  }
}
