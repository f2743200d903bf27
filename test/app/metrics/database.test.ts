import pg from 'pg';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { databaseGauges } from '../../../app/metrics/database.ts';
import { freePort } from '../../../scripts/demo/app-process.ts';

test('a scrape while the database is away says so, and shows no old numbers', async () => {
  const pool = new pg.Pool({ connectionString: `postgresql://nobody@127.0.0.1:${await freePort()}/none` });
  const registry = new Registry();
  await databaseGauges(registry, pool, Date.now)();
  await pool.end();
  const shown = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(shown).toEqual(['trainyard_database_up 0']);
});
