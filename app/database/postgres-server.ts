import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clusterParent, programs, serverUser } from './postgres-user.ts';

const run = promisify(execFile);

export interface Cluster {
  /** The data directory of the server. */
  readonly directory: string;
  readonly log: string;
  /** Starts the server; only when none runs (`pid`). Rejects with its last words when it ends before `answers` says that it is up. */
  start(port: number, answers: () => Promise<boolean>): Promise<void>;
  /** Process id of the running server, null when none runs. */
  pid(): Promise<number | null>;
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
  if (!existsSync(join(directory, 'PG_VERSION'))) {
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
  return {
    directory,
    log,
    async start(port, answers) {
      await rm(join(directory, 'postmaster.pid'), { force: true });
      const output = await open(log, 'a', 0o600);
      const flags = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
      const child = spawn(
        '/bin/sh',
        ['-c', WATCHED, join(bin, 'postgres'), '-D', directory, '-p', String(port), ...flags],
        {
          ...options,
          cwd: parent,
          detached: true,
          stdio: ['pipe', output.fd, output.fd],
        },
      );
      // Neither keeps us from ending; the pipe stays open until we do.
      child.unref();
      child.stdin?.on('error', () => {});
      if (child.stdin instanceof Socket) child.stdin.unref();
      await output.close();
      const ended = new Promise<false>((resolve) => {
        child.once('exit', () => resolve(false));
        child.once('error', () => resolve(false));
      });
      if (await Promise.race([answers(), ended])) return;
      throw new Error(`it ended, saying: ${(await readFile(log, 'utf8')).trim().split('\n').slice(-4).join(' | ')}`);
    },
    async pid() {
      const [first] = await readFile(join(directory, 'postmaster.pid'), 'utf8').then(
        (text) => text.split('\n'),
        () => [],
      );
      return first !== undefined && (await isPostgres(Number(first))) ? Number(first) : null;
    },
  };
}

/** Whether the process is a PostgreSQL: after a crash of the machine its number may be somebody else's. */
async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'postgres');
    return name.trim() === 'postgres';
  } catch {
    return false;
  }
}
