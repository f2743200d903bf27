import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, embeddedPostgres } from '../../../app/database/postgres.ts';
import { freshDatabase } from './fresh-database.ts';

const run = promisify(execFile);
const quiet = { info() {}, error() {} };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-postgres-'));
  await chmod(directory, 0o711);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

// One after the other on one data directory: making one costs a second.
describe('the embedded PostgreSQL', () => {
  test('whose initialisation was killed is initialised anew', async () => {
    await writeFile(join(directory, 'postgres.new'), 'half');
    const started = await embeddedPostgres(directory, quiet);
    await query(started.url, 'create table kept (value integer); insert into kept values (7)');
    await started.stop();
  });

  test('comes back with its data on another port when its own is taken', async () => {
    const { port } = JSON.parse(await readFile(join(directory, 'postgres.json'), 'utf8'));
    const thief = createServer().listen(port, '127.0.0.1');
    await once(thief, 'listening');
    const started = await embeddedPostgres(directory, quiet);
    expect(new URL(started.url).port).not.toBe(String(port));
    expect(await query(started.url, 'select value from kept')).toEqual([{ value: 7 }]);
    await started.stop();
    thief.close();
  });

  test('of an App that runs is waited for until that App ends', async () => {
    const first = await embeddedPostgres(directory, quiet);
    const session = new pg.Client({ connectionString: first.url });
    session.on('error', () => {});
    await session.connect();
    let second: Database | null = null;
    const starting = embeddedPostgres(directory, quiet).then((started) => {
      second = started;
      return started;
    });
    for (let look = 0; look < 10; look += 1) await session.query('select pg_sleep(0.2)');
    expect(second).toBeNull();
    await session.end();
    await first.stop();
    const started = await starting;
    expect(started.url).toBe(first.url);
    await started.stop();
  });

  test('that outlived its App is ended, and its data is there', async () => {
    // Nobody has a session: its App is gone.
    const left = await embeddedPostgres(directory, quiet);
    const pid = await pidOf(directory);
    const started = await embeddedPostgres(directory, quiet);
    expect(await pidOf(directory)).not.toBe(pid);
    expect(await query(started.url, 'select value from kept')).toEqual([{ value: 7 }]);
    await started.stop();
    await left.stop();
  });

  test('that was killed is started once its last process has ended', async () => {
    const first = await embeddedPostgres(directory, quiet);
    const session = new pg.Client({ connectionString: first.url });
    session.on('error', () => {});
    await session.connect();
    const [{ orphan }] = (await session.query('select pg_backend_pid() as orphan')).rows;
    const counted = session.query('do $$ begin for i in 1..8000000 loop end loop; end $$').catch(() => null);
    process.kill(await pidOf(directory), 'SIGKILL');
    const started = await embeddedPostgres(directory, quiet);
    // Ended, and perhaps not yet collected by the machine's first process.
    const state = await readFile(`/proc/${orphan}/status`, 'utf8').catch(() => 'State:\tZ');
    expect(state).toMatch(/^State:\s+[ZX]/m);
    expect(await query(started.url, 'select value from kept')).toEqual([{ value: 7 }]);
    await counted;
    await started.stop();
  });

  test('starts where the number of the one before is that of another server, and leaves that one alone', async () => {
    const other = new URL(await freshDatabase());
    const [{ data }] = (await query(other.href, `select current_setting('data_directory') as data`)) as [
      { data: string },
    ];
    const lock = await readFile(join(data, 'postmaster.pid'), 'utf8');
    await writeFile(join(directory, 'postgres/postmaster.pid'), lock);
    const started = await embeddedPostgres(directory, quiet);
    expect(await query(started.url, 'select value from kept')).toEqual([{ value: 7 }]);
    expect(await query(other.href, 'select 1 as one')).toEqual([{ one: 1 }]);
    await started.stop();
  });

  test('that is stopped is backed up by a copy of its folder, which starts elsewhere', async () => {
    const copy = `${directory}-copy`;
    await run('cp', ['-a', directory, copy]);
    const [restored, original] = [await embeddedPostgres(copy, quiet), await embeddedPostgres(directory, quiet)];
    for (const { url } of [restored, original])
      expect(await query(url, 'select value from kept')).toEqual([{ value: 7 }]);
    expect(new URL(restored.url).port).not.toBe(new URL(original.url).port);
    await restored.stop();
    await original.stop();
    await rm(copy, { recursive: true, force: true });
  });

  test('of another major version is refused in one line that says what to do, and left as it is', async () => {
    const version = join(directory, 'postgres/PG_VERSION');
    const before = await readFile(version, 'utf8');
    await writeFile(version, '17\n');
    const starting = embeddedPostgres(directory, quiet);
    await expect(starting).rejects.toMatchObject({ code: 'database_unavailable' });
    await expect(starting).rejects.toThrow(
      /^expected an embedded PostgreSQL in .* are of PostgreSQL 17, and this version brings 18; nothing was changed: .*move that folder away.*$/,
    );
    await writeFile(version, before);
    const started = await embeddedPostgres(directory, quiet);
    expect(await query(started.url, 'select value from kept')).toEqual([{ value: 7 }]);
    await started.stop();
  });
});

async function pidOf(folder: string): Promise<number> {
  return Number((await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
}
