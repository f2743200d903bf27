import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { vi } from 'vitest';
import { serverUser } from '../../../app/database/postgres-user.ts';
import { freePort } from '../../../scripts/demo/app-process.ts';

const run = promisify(execFile);

/** A PostgreSQL server of the machine's own programs, with an empty database. */
export interface MachineServer {
  /** The address of that database. */
  readonly url: string;
  /** Where another database of this server is. */
  at(database: string): string;
  /** A standby of it, which follows it until it is promoted. */
  standby(): Promise<MachineServer>;
  close(): Promise<void>;
}

/** The folder of the machine's own PostgreSQL, newest first: Debian's, then whatever is on PATH. */
export function machinePrograms(programs: readonly string[], untested: string): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    '/usr/local/pgsql/bin',
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = folders.find((folder) => programs.every((program) => existsSync(join(folder, program))));
  if (found === undefined) {
    const message = `needs the programs of a PostgreSQL server (Debian: apt-get install postgresql); ${untested}`;
    if (process.env['CI'] !== undefined) throw new Error(message);
    process.stderr.write(`SKIPPED: ${message}\n`);
  }
  return found;
}

export async function query(address: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: address });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** @param bin the folder of its programs */
export async function startMachineServer(bin: string): Promise<MachineServer> {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-server-'));
  const user = await serverUser();
  const password = randomBytes(16).toString('hex');
  await writeFile(join(directory, 'password'), password, { mode: 0o600 });
  await chmod(directory, 0o711);
  if (user !== null) for (const path of [directory, join(directory, 'password')]) await chown(path, user.uid, user.gid);
  const options = { cwd: directory, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, ...user };
  const data = join(directory, 'data');
  const flags = ['--no-sync', '--auth=scram-sha-256', '--encoding=UTF8', '--username=owner'];
  const initial = [`--pgdata=${data}`, `--pwfile=${join(directory, 'password')}`, ...flags];
  await run(join(bin, 'initdb'), initial, options);
  const serve = (from: string, port: number, close: () => Promise<void>): MachineServer => {
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
    const server = spawn(
      join(bin, 'postgres'),
      ['-D', from, '-p', String(port), ...settings.flatMap((one) => ['-c', one])],
      { ...options, stdio: 'ignore' },
    );
    const at = (database: string) => `postgresql://owner:${password}@127.0.0.1:${port}/${database}`;
    return {
      url: at('flights'),
      at,
      async standby() {
        const copy = `${from}-standby`;
        await run(
          join(bin, 'pg_basebackup'),
          [`--dbname=${at('postgres')}`, '--write-recovery-conf', '--checkpoint=fast', '-D', copy],
          options,
        );
        const standby = serve(copy, await freePort(), async () => {});
        await vi.waitFor(() => query(standby.at('postgres'), 'select 1'), { timeout: 30_000, interval: 100 });
        return standby;
      },
      async close() {
        if (server.exitCode === null) {
          server.kill('SIGINT');
          await once(server, 'exit');
        }
        await close();
      },
    };
  };
  const server = serve(data, await freePort(), () => rm(directory, { recursive: true, force: true }));
  await vi.waitFor(() => query(server.at('postgres'), 'create database flights'), { timeout: 30_000, interval: 100 });
  return server;
}
