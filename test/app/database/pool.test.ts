import type pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openPool } from '../../../app/database/pool.ts';
import { freshDatabase } from './fresh-database.ts';
import { type Severable, severable } from './severed.ts';

const SILENT = /no answer for 0\.3 s, as if the server closed the connection/;

let way: Severable;
let pool: pg.Pool;
const failed = vi.fn();

beforeEach(async () => {
  failed.mockClear();
  way = await severable(await freshDatabase());
  pool = openPool({ databaseUrl: way.url, max: 1, async setUp() {}, failed, silence: 300 });
  await pool.query('select 1');
});
afterEach(async () => {
  await pool.end();
  await way.close();
});

const pid = async (): Promise<unknown> => (await pool.query('select pg_backend_pid() as pid')).rows[0].pid;

test('a statement whose connection carries nothing any more fails, and the next one has another session', async () => {
  const before = await pid();
  way.hang();
  await expect(pool.query('select 1')).rejects.toThrow(SILENT);
  expect(await pid()).not.toBe(before);
});

test('so does one of a session that somebody has borrowed, whose other statements fail at once', async () => {
  const client = await pool.connect();
  const told = vi.fn();
  client.on('error', told);
  await client.query('begin');
  way.hang();
  await expect(client.query('select 1')).rejects.toThrow(SILENT);
  await expect(client.query('rollback')).rejects.toThrow();
  expect(told).toHaveBeenCalled();
  client.release();
  expect(await pool.query('select 2 as two')).toMatchObject({ rows: [{ two: 2 }] });
});

test('a session on which nothing is asked stays, however long', async () => {
  const client = await pool.connect();
  await client.query('listen something');
  const before = (await client.query('select pg_backend_pid() as pid')).rows[0].pid;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect((await client.query('select pg_backend_pid() as pid')).rows[0].pid).toBe(before);
  client.release();
  expect(failed).not.toHaveBeenCalled();
});

test('statements that are answered one after the other are no silence', async () => {
  const client = await pool.connect();
  for (let time = 0; time < 5; time += 1) await client.query('select pg_sleep(0.1)');
  client.release();
  expect(failed).not.toHaveBeenCalled();
});
