import { execFile } from 'node:child_process';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { SourceOptions } from './options.ts';

const run = promisify(execFile);

/** In milliseconds. */
const TIMEOUT = 30_000;

/** A folder, and the environment in which git runs there. */
export interface GitPlace {
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The folder above (or at) this one that holds an entry of that name; null where none does. */
export async function folderWith(entry: string, directory: string): Promise<string | null> {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if ((await stat(join(folder, entry)).catch(() => null)) !== null) return folder;
    if (dirname(folder) === folder) return null;
  }
}

/** A value of git's configuration, or null. @param from a file in place of git's own, such as `.lfsconfig` */
export async function gitConfig(place: GitPlace, key: string, from?: string): Promise<string | null> {
  const where = from === undefined ? [] : ['--file', from];
  const said = await git(place, ['config', ...where, '--get', key]);
  return said === null || said === '' ? null : said;
}

/** Where git keeps what all work trees share; null outside of a repository. */
export async function gitFolder(place: GitPlace): Promise<string | null> {
  const said = await git(place, ['rev-parse', '--git-common-dir']);
  return said === null ? null : resolve(place.directory, said);
}

/** What git's credential helpers know of an address, as a header; null where they know nothing. Nobody is asked. */
export async function gitCredential(place: GitPlace, url: string): Promise<string | null> {
  const { protocol, host } = new URL(url);
  const said = await git(place, ['credential', 'fill'], `protocol=${protocol.slice(0, -1)}\nhost=${host}\n\n`);
  const field = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(said ?? '')?.[1];
  const [user, password] = [field('username'), field('password')];
  if (user === undefined || password === undefined) return null;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function git(
  { directory, variables }: GitPlace,
  args: readonly string[],
  input?: string,
): Promise<string | null> {
  const quiet = { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', SSH_ASKPASS: '', LC_ALL: 'C' };
  const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', ...variables, ...quiet };
  try {
    const running = run('git', ['-C', directory, ...args], { env: environment, timeout: TIMEOUT, maxBuffer: 1 << 20 });
    running.child.stdin?.on('error', () => undefined);
    running.child.stdin?.end(input ?? '');
    return (await running).stdout.trim();
  } catch {
    return null;
  }
}

/** The text of a small file; null where there is none. @param limit in bytes; a larger file counts as none */
async function smallText(path: string, limit: number): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile() || found.size > limit) return null;
  return readFile(path, 'utf8');
}

/** As `smallText`, of a file of the checkout: a stranger's link to a file elsewhere counts as none. */
export async function ownText(
  path: string,
  limit: number,
  { trust, directory }: Pick<SourceOptions, 'trust' | 'directory'>,
): Promise<string | null> {
  if (trust.kind === 'person') return smallText(path, limit);
  const found = await realpath(path).catch(() => null);
  if (found === null) return null;
  const inside = relative(await realpath(directory), found);
  return inside.startsWith('..') || isAbsolute(inside) ? null : smallText(found, limit);
}
