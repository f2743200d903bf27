import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { clusterParent, programs, serverUser } from './postgres-user.ts';

const run = promisify(execFile);
/** Milliseconds that processes of a killed server get to end. */
const ORPHANS = 30_000;
const PAUSE = 250;

export interface Cluster {
  /** The data directory of the server. */
  readonly directory: string;
  readonly log: string;
  /**
   * Starts the server; only when none runs (`pid`). Rejects with its last words when it ends before `answers` says that it
   * is up, or does not come up at all.
   */
  start(port: number, answers: Answers): Promise<Running>;
  /** Process id of the running server, null when none runs. */
  pid(): Promise<number | null>;
}

/** Looks until the server answers, for a while, or until nobody wants to know any more. */
export type Answers = (signal: AbortSignal) => Promise<boolean>;

export interface Running {
  /** Resolves when this server has ended, whoever ended it. */
  readonly ended: Promise<void>;
}

/**
 * Runs the server and stops it when our end of the pipe closes: a server must not outlive an App that was killed. As a
 * session of its own, because Ctrl-C in a terminal must end the App first, which drains with the database still there.
 */
const WATCHED = `exec 3<&0
"$0" "$@" </dev/null 3<&- & server=$!
( read -r _ <&3; kill -INT "$server" ) & watch=$!
wait "$server"; code=$?
kill "$watch" 2>/dev/null
exit "$code"`;

/** A PostgreSQL cluster under the data directory, initialised when it is not there. */
export async function openCluster(dataDir: string, superuser: string, password: string): Promise<Cluster> {
  const user = await serverUser();
  const parent = await clusterParent(dataDir, user);
  const bin = join(await programs(user), 'bin');
  const directory = join(parent, 'postgres');
  const log = join(parent, 'postgres.log');
  // C as locale exists everywhere; text is UTF-8 all the same.
  const options = { ...(user ?? {}), env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
  if (existsSync(join(directory, 'PG_VERSION'))) {
    await checkMajor(directory, bin);
  } else {
    // Made beside and renamed when whole: an initialisation that was killed leaves nothing that looks like a cluster.
    const fresh = `${directory}.new`;
    const secret = `${directory}.password`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { mode: 0o700 });
    await writeFile(secret, password, { mode: 0o600 });
    if (user !== null) await Promise.all([fresh, secret].map((path) => chown(path, user.uid, user.gid)));
    const flags = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', `--username=${superuser}`];
    await run(join(bin, 'initdb'), [`--pgdata=${fresh}`, `--pwfile=${secret}`, ...flags], options);
    await rm(secret);
    await rename(fresh, directory);
  }
  const pid = (): Promise<number | null> => serverIn(directory);
  return {
    directory,
    log,
    async start(port, answers) {
      await removeForeignLock(directory);
      const flags = ['-D', directory, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'];
      const command = [join(bin, 'postgres'), ...flags, '-c', 'unix_socket_directories='];
      for (const deadline = Date.now() + ORPHANS; ; await wait(PAUSE)) {
        const started = await startOnce(command, log, { ...options, cwd: parent }, answers);
        // Who watches it may be killed alone: the server is there as long as it is.
        if ('exit' in started) return { ended: started.exit.then(() => gone(pid)) };
        // Its server was killed and they were not: two generations that write would destroy what is there.
        const orphans = started.said.includes('pre-existing shared memory block');
        if (!orphans || Date.now() > deadline) throw new Error(`it did not come up, saying: ${started.said}`);
      }
    },
    pid,
  };
}

async function serverIn(directory: string): Promise<number | null> {
  const [first] = await readFile(join(directory, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  return first !== undefined && (await serves(Number(first), directory)) ? Number(first) : null;
}

async function gone(pid: () => Promise<number | null>): Promise<void> {
  while ((await pid()) !== null) await wait(PAUSE);
}

type Started = { readonly exit: Promise<unknown> } | { readonly said: string };

/** @returns its end once it is up, else its last words */
async function startOnce(
  command: readonly string[],
  log: string,
  options: SpawnOptions,
  answers: Answers,
): Promise<Started> {
  const output = await open(log, 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', WATCHED, ...command], {
    ...options,
    detached: true,
    stdio: ['pipe', output.fd, output.fd],
  });
  // Neither keeps us from ending; the pipe stays open until we do.
  child.unref();
  child.stdin?.on('error', () => {});
  if (child.stdin instanceof Socket) child.stdin.unref();
  await output.close();
  const ended = new Promise<false>((resolve) => {
    child.once('exit', () => resolve(false));
    child.once('error', () => resolve(false));
  });
  const looking = new AbortController();
  const up = await Promise.race([answers(looking.signal), ended]);
  looking.abort();
  if (up) return { exit: ended };
  // One that is there and does not answer is stopped: it would be in the way of the next.
  child.stdin?.end();
  await ended;
  return { said: (await readFile(log, 'utf8')).trim().split('\n').slice(-4).join(' | ') };
}

/**
 * PostgreSQL reads no files of another major version. What is in them is not ours to throw away, although all of it is in
 * flight only: whoever runs the App decides.
 */
async function checkMajor(directory: string, bin: string): Promise<void> {
  const found = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  const { stdout } = await run(join(bin, 'postgres'), ['--version'], { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
  const ours = /\b(\d+)\.\d+/.exec(stdout)?.[1];
  if (found === ours) return;
  const kept = `the files in ${directory} are of PostgreSQL ${found.slice(0, 20)}, and this version brings ${ours}`;
  const fix = `run the version of Trainyard that made them, or move that folder away: a new database is filled from GitHub`;
  throw new Error(`${kept}; nothing was changed: ${fix} (docs/operations.md#upgrading)`);
}

/** Whether the process is the server of this cluster: its number may be somebody else's by now, even another server's. */
async function serves(pid: number, directory: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  try {
    // A server works in its data directory.
    const [at, wanted] = await Promise.all([readlink(`/proc/${pid}/cwd`), realpath(directory)]);
    return at === wanted;
  } catch {
    // Not to be seen: root in a container may not look at other users' processes. Better wait for a stranger than start twice.
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'postgres');
    return name.trim() === 'postgres';
  }
}

/**
 * A lock that names a living process which is not our server would keep ours from starting. Any other is left to
 * PostgreSQL, which looks whether processes of a killed server still write.
 */
async function removeForeignLock(directory: string): Promise<void> {
  const lock = join(directory, 'postmaster.pid');
  const pid = Number((await readFile(lock, 'utf8').catch(() => '')).split('\n')[0]);
  if (pid > 0 && isAlive(pid) && !(await serves(pid, directory))) await rm(lock, { force: true });
}

/** Ours is one that we may send signals to. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
