import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../app/app.ts';
import { serverUser } from '../../../app/database/postgres-user.ts';
import type { FlowEvent } from '../../../flows/events.ts';
import { freePort } from '../../../scripts/demo/app-process.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../world.ts';

const run = promisify(execFile);
const quiet = { info() {}, error() {} };

/** The folder of the machine's own PostgreSQL, newest first: Debian's, then whatever is on PATH. */
function findServer(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    '/usr/local/pgsql/bin',
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))));
}

const bin = findServer();
if (bin === undefined) {
  const message =
    'needs the programs of a PostgreSQL server (Debian: apt-get install postgresql); DATABASE_URL is untested';
  if (process.env['CI'] !== undefined) throw new Error(message);
  process.stderr.write(`SKIPPED: ${message}\n`);
}

describe.skipIf(bin === undefined)('an App with DATABASE_URL', () => {
  let directory: string;
  let server: ChildProcess;
  let url: string;
  let world: AppWorld;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trainyard-server-'));
    const user = await serverUser();
    const password = randomBytes(16).toString('hex');
    await writeFile(join(directory, 'password'), password, { mode: 0o600 });
    await chmod(directory, 0o711);
    if (user !== null)
      for (const path of [directory, join(directory, 'password')]) await chown(path, user.uid, user.gid);
    const options = { cwd: directory, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, ...user };
    const data = join(directory, 'data');
    const flags = ['--no-sync', '--auth=scram-sha-256', '--encoding=UTF8', '--username=owner'];
    await run(
      join(bin ?? '', 'initdb'),
      [`--pgdata=${data}`, `--pwfile=${join(directory, 'password')}`, ...flags],
      options,
    );
    const port = await freePort();
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'].flatMap((one) => [
      '-c',
      one,
    ]);
    server = spawn(join(bin ?? '', 'postgres'), ['-D', data, '-p', String(port), ...settings], {
      ...options,
      stdio: 'ignore',
    });
    const base = `postgresql://owner:${password}@127.0.0.1:${port}`;
    await vi.waitFor(() => query(`${base}/postgres`, 'create database flights'), { timeout: 30_000, interval: 100 });
    url = `${base}/flights`;
    world = await startAppWorld(url);
  });
  afterAll(async () => {
    await world?.close();
    if (server?.exitCode === null) {
      server.kill('SIGINT');
      await once(server, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  });

  async function query(address: string, sql: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: address });
    try {
      await client.connect();
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts an App, delivers a comment under this id, and ends the App once it has handled `expected` events. */
  async function handles(id: string, expected: number): Promise<FlowEvent[]> {
    const handled: FlowEvent[] = [];
    const app = await createApp({
      config: world.config,
      log: quiet,
      lost() {},
      async handle(event) {
        if (event.kind !== 'timer') handled.push(event);
        return { code: 'ignored', message: 'a test' };
      },
    });
    try {
      const payload = commentPayload(world, { id: 5, pullRequest: 3 });
      const answer = await deliver(`${app.url}/api/github/webhooks`, { id, event: 'issue_comment', payload });
      expect(answer.status).toBe(202);
      await vi.waitFor(() => expect(handled).toHaveLength(expected), { timeout: 10_000, interval: 20 });
    } finally {
      await app.close();
    }
    return handled;
  }

  test('keeps what is in flight on that server, and starts none of its own', async () => {
    expect(await handles('first', 1)).toMatchObject([{ kind: 'comment', id: 5 }]);
    const tables = `select table_schema || '.' || table_name as name from information_schema.tables`;
    expect(await query(url, tables)).toEqual(
      expect.arrayContaining([{ name: 'trainyard.sightings' }, { name: 'dbos.workflow_status' }]),
    );
    expect(existsSync(join(world.config.dataDir, 'postgres.json'))).toBe(false);
  });

  test('knows after a restart what it has handled', async () => {
    expect(await handles('second', 1)).toHaveLength(1);
    expect(await handles('second', 0)).toHaveLength(0);
  });

  test('says so when that server does not answer', async () => {
    const gone = new URL(url);
    gone.port = String(await freePort());
    const config = { ...world.config, databaseUrl: gone.href };
    const starting = createApp({
      config,
      log: quiet,
      lost() {},
      handle: async () => ({ code: 'ignored', message: '' }),
    });
    await expect(starting).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});
