import { readFileSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Database, embeddedPostgres } from '../../../app/database/postgres.ts';
import { query } from '../database/machine-server.ts';
import { type FlowThrough, startFlowThrough } from './flow-through.ts';

const quiet = { info() {}, error() {} };
const DELIVERIES = 12;

let directory: string;
let database: Database;
let flows: FlowThrough;

beforeEach(async () => {
  directory = await mkdtemp(join(inject('scratch'), 'faulty-database-'));
  await chmod(directory, 0o711);
  database = await embeddedPostgres(directory, quiet);
  flows = await startFlowThrough(database.url);
});
afterEach(async () => {
  await flows?.close();
  await database?.stop();
});

/** Ends every session but its own, as a proxy or an administrator may at any time. */
async function cut(): Promise<void> {
  const others = `select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`;
  await query(database.url, others);
}

/** Ends the server at once, as a crash would, and starts it again. */
async function crash(): Promise<void> {
  const [pid = ''] = readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  process.kill(Number(pid), 'SIGQUIT');
  database = await embeddedPostgres(directory, quiet);
}

async function restart(): Promise<void> {
  await database.stop();
  await wait(500);
  database = await embeddedPostgres(directory, quiet);
}

/** Milliseconds between faults: flows are under way again. */
const PAUSE = 700;

describe('a database that fails under an App at work', () => {
  test.each([
    ['its connections are cut', cut, 4],
    ['it is restarted', restart, 1],
    ['it crashes and recovers', crash, 1],
  ])(
    'where %s: each delivery that was taken is handled, and each effect made once',
    async (_, fail, times) => {
      const sending = flows.send(0, DELIVERIES / 2);
      for (let time = 0; time < times; time += 1) {
        await wait(PAUSE);
        await fail();
      }
      await Promise.all([sending, flows.send(DELIVERIES / 2, DELIVERIES)]);
      await flows.allOnce(DELIVERIES);
      expect(flows.logged.filter((line) => line.startsWith('LOST'))).toEqual([]);
      expect((await fetch(`${flows.app.url}/readyz`)).status).toBe(200);
    },
    240_000,
  );
});
