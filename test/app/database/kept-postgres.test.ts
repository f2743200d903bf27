import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { keepRunning } from '../../../app/database/kept-postgres.ts';
import { type Database, embeddedPostgres } from '../../../app/database/postgres.ts';
import { query } from './machine-server.ts';

const quiet = { info() {}, error() {} };

describe('an embedded PostgreSQL that is kept running', () => {
  let directory: string;
  let database: Database;

  beforeAll(async () => {
    directory = await mkdtemp(join(inject('scratch'), 'kept-postgres-'));
    await chmod(directory, 0o711);
    database = await embeddedPostgres(directory, quiet);
    await query(database.url, 'create table kept as select 7 as value');
  });
  afterAll(async () => {
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const pid = async (): Promise<number> =>
    Number((await readFile(join(directory, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);

  test.each(['SIGKILL', 'SIGQUIT', 'SIGINT'])('is back at its address with its data after %s', async (signal) => {
    const lost = vi.fn();
    const letGo = keepRunning(database, { log: quiet, lost, pauses: [0, 0] });
    const before = await pid();
    process.kill(before, signal);
    await vi.waitFor(
      async () => {
        expect(await pid()).not.toBe(before);
        expect(await query(database.url, 'select value from kept')).toEqual([{ value: 7 }]);
      },
      { timeout: 40_000, interval: 50 },
    );
    expect(lost).not.toHaveBeenCalled();
    await letGo();
  });

  test('stays stopped once it was let go', async () => {
    const said: string[] = [];
    const letGo = keepRunning(database, { log: { info() {}, error: (text) => said.push(text) }, lost() {} });
    await letGo();
    await database.stop();
    await database.ended();
    expect(said).toEqual([]);
    await expect(query(database.url, 'select 1')).rejects.toThrow();
    await database.start();
  });
});

/** A server that ends as soon as it has begun, or does not begin. */
function failing(start: () => Promise<void>) {
  return { ended: () => Promise.resolve(), start: vi.fn(start) };
}

describe('a server that does not stay up', () => {
  test.each([
    ['ends each time', async () => {}],
    ['does not start', () => Promise.reject(new Error('no space left'))],
  ])('as it %s is given up after the last attempt, once', async (_, start) => {
    const server = failing(start);
    const lost = vi.fn();
    const letGo = keepRunning(server, { log: quiet, lost, pauses: [0, 1, 1] });
    await vi.waitFor(() => expect(lost).toHaveBeenCalledTimes(1));
    expect(server.start).toHaveBeenCalledTimes(3);
    expect(lost).toHaveBeenCalledWith('the embedded PostgreSQL ended, and does not start again');
    await letGo();
  });

  test('is not waited for when the App ends meanwhile', async () => {
    const server = failing(async () => {});
    const letGo = keepRunning(server, { log: quiet, lost() {}, pauses: [0, 3_600_000] });
    await vi.waitFor(() => expect(server.start).toHaveBeenCalledTimes(1));
    await letGo();
    expect(server.start).toHaveBeenCalledTimes(1);
  });
});
