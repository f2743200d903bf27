import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, embeddedPostgres } from '../../../app/database/postgres.ts';

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
});
