import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { migrate } from '../../../app/database/migrations.ts';
import { openSession } from '../../../app/database/session.ts';
import { Arrival } from '../../../app/durable/arrival.ts';
import { type Deliveries, startDeliveries } from '../../../app/durable/deliveries.ts';
import { leaseFence } from '../../../app/durable/fence.ts';
import { joinReplicas, type Replica } from '../../../app/durable/replica.ts';
import { requeueOrphans, takeOver } from '../../../app/durable/takeover.ts';
import { freshDatabase } from '../database/fresh-database.ts';

const quiet = { info() {}, error() {} };
const arrival = Arrival.parse({
  repository: 'flights/delay',
  installation: 1,
  event: { kind: 'comment', id: 1, pullRequest: 2, sender: 'ada' },
});
let databaseUrl: string;
let pool: pg.Pool;
let deliveries: Deliveries;
const never = Promise.withResolvers<void>();

beforeAll(async () => {
  databaseUrl = await freshDatabase();
  pool = new pg.Pool({ connectionString: databaseUrl });
  await migrate(pool);
  await pool.query(`insert into trainyard.executors (executor, host, lease_ms) values ('this', 'x', 60000)`);
  deliveries = await startDeliveries({
    ...{ databaseUrl, log: quiet, executor: 'this', drain: 0 },
    async handle() {
      await never.promise;
      return { code: 'ignored', message: '' };
    },
  });
});
afterEach(async () => {
  for (const replica of joined.splice(0)) await replica.leave();
});
afterAll(async () => {
  await deliveries?.close();
  await pool.end();
});

const joined: Replica[] = [];
async function join(lease: number, lost: () => void = () => {}) {
  const fence = leaseFence();
  const replica = await joinReplicas({ databaseUrl, lease, fence, log: quiet, lost });
  joined.push(replica);
  return { replica, fence };
}

async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

const known = async (): Promise<unknown[]> =>
  (await pool.query('select executor, renewals::int, lease_ms as lease from trainyard.executors')).rows;

describe('a process that shares a database', () => {
  test('renews its lease, and may write for as long as it does', async () => {
    const { replica, fence } = await join(600);
    expect(() => fence.check()).not.toThrow();
    await vi.waitFor(async () => expect(await renewals(replica)).toBeGreaterThan(2), { timeout: 10_000 });
    await replica.leave();
    expect(() => fence.check()).toThrow('lease');
    expect(await known()).not.toContainEqual(expect.objectContaining({ executor: replica.executor }));
  });

  test('ends when another one has taken it over, and is given no session any more', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { replica, fence } = await join(60_000, resolve);
    const own = new pg.Pool({ connectionString: replica.databaseUrl, max: 1, onConnect: replica.admit });
    own.on('error', () => {});
    expect((await own.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await withClient(async (client) => {
      const dead = [{ executor: replica.executor, renewals: await renewals(replica), lease: 60_000 }];
      expect(await takeOver(client, 'this', dead)).toEqual({ executors: [replica.executor], flows: 0 });
    });
    // At once, and not at its next renewal in twenty seconds: its session ended.
    await promise;
    expect(() => fence.check()).toThrow('lease');
    await expect(own.query('select 1')).rejects.toThrow();
    await expect(own.query('select 1')).rejects.toThrow('taken over');
    await own.end();
  });

  test('is not taken over when it renewed meanwhile, nor by one that was taken over itself', async () => {
    const { replica } = await join(60_000);
    const { executor } = replica;
    await withClient(async (client) => {
      const before = [{ executor, renewals: -1, lease: 60_000 }];
      expect(await takeOver(client, 'this', before)).toEqual({ executors: [], flows: 0 });
      const now = [{ executor, renewals: await renewals(replica), lease: 60_000 }];
      expect(await takeOver(client, 'nobody', now)).toEqual({ executors: [], flows: 0 });
    });
    expect(await known()).toContainEqual(expect.objectContaining({ executor }));
  });

  test('is taken over although it stands still in the middle of taking over another one', async () => {
    const still = await openSession(databaseUrl);
    await pool.query(`insert into trainyard.executors (executor, host, lease_ms) values ('still', 'x', 3000)`);
    await still.query('begin');
    await still.query(`select 1 from trainyard.executors where executor = 'still' for key share`);
    const { replica } = await join(60_000);
    await replica.takeOver({ queued() {}, takenOver() {} });
    const isThere = expect.objectContaining({ executor: 'still' });
    await vi.waitFor(async () => expect(await known()).not.toContainEqual(isThere), { timeout: 30_000, interval: 100 });
    await expect(still.query('commit')).rejects.toThrow();
    await still.end();
  }, 60_000);

  test('waits for an App of a version that runs alone', async () => {
    await withClient(async (client) => {
      await client.query('select pg_advisory_lock(7246002)');
      const joining = join(60_000);
      const early = await Promise.race([joining.then(() => 'joined'), pool.query('select pg_sleep(0.5)')]);
      expect(early).not.toBe('joined');
      await client.query('select pg_advisory_unlock(7246002)');
      await joining;
    });
  });
});

describe('what a process left', () => {
  test('goes back into the queue, at its place and still at most one of a lane at a time', async () => {
    await deliveries.enqueue(arrival, { id: 'first', lane: 'x' });
    await deliveries.enqueue(arrival, { id: 'second', lane: 'x' });
    const states = async () =>
      (await pool.query('select workflow_uuid as id, status from dbos.workflow_status order by created_at')).rows;
    await vi.waitFor(
      async () =>
        expect(await states()).toEqual([
          { id: 'first', status: 'PENDING' },
          { id: 'second', status: 'ENQUEUED' },
        ]),
      { timeout: 10_000 },
    );
    const both = `update dbos.workflow_status set status = 'PENDING' where workflow_uuid = 'second'`;
    await expect(pool.query(both)).rejects.toMatchObject({ code: '23505' });
    expect(await withClient(requeueOrphans)).toBe(0);
    // Its row is gone, and in the same transaction nobody has claimed anything yet.
    await withClient(async (client) => {
      await client.query('begin');
      await client.query(`delete from trainyard.executors where executor = 'this'`);
      expect(await requeueOrphans(client)).toBe(1);
      const { rows } = await client.query('select status, owner_xid from dbos.workflow_status order by created_at');
      expect(rows).toEqual([
        { status: 'ENQUEUED', owner_xid: null },
        { status: 'ENQUEUED', owner_xid: null },
      ]);
      await client.query('rollback');
    });
  });
});

async function renewals({ executor }: Replica): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'select renewals::int as n from trainyard.executors where executor = $1',
    [executor],
  );
  return rows[0]?.n ?? -1;
}
