import pg from 'pg';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { backlog, databaseGauges } from '../../../app/metrics/database.ts';
import { freePort } from '../../../scripts/demo/app-process.ts';
import { freshDatabase } from '../database/fresh-database.ts';

test('a scrape while the database is away says so, and shows no old numbers', async () => {
  const pool = new pg.Pool({ connectionString: `postgresql://nobody@127.0.0.1:${await freePort()}/none` });
  const registry = new Registry();
  await databaseGauges(registry, pool, Date.now)();
  await pool.end();
  const shown = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(shown).toEqual(['trainyard_database_up 0']);
});

test('what is put off is told of, and waits from when it is due', async () => {
  const pool = new pg.Pool({ connectionString: await freshDatabase() });
  await pool.query(`create schema dbos;
    create table dbos.workflow_status (status text, created_at bigint, delay_until_epoch_ms bigint, attributes jsonb);
    insert into dbos.workflow_status values
      ('ENQUEUED', 9000, null, null), ('ENQUEUED', 1000, 8000, '{"why": "limited"}'), ('PENDING', 0, null, null),
      ('DELAYED', 1000, 90000, '{"why": "unanswered", "first": 1}'), ('DELAYED', 1000, 90000, null), ('SUCCESS', 0, 0, '{"why": "error"}')`);
  expect(await backlog(pool, 10_000)).toEqual({ waiting: 2, running: 1, postponed: 1, oldest: 2 });
  await pool.end();
});
