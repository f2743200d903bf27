import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrateDatabase } from '../../../app/database/migrations.ts';
import { databaseStore } from '../../../app/governor/database-store.ts';
import { sharedLimits } from '../../../app/governor/installation-limits.ts';
import { type Ask, UNKNOWN } from '../../../app/governor/limits.ts';
import { freshDatabase } from '../database/fresh-database.ts';

const write: Ask = { kind: 'write', priority: 'person' };
const read: Ask = { kind: 'read', priority: 'person' };
let pool: pg.Pool;
let installation = 0;

beforeAll(async () => {
  const databaseUrl = await freshDatabase();
  await migrateDatabase(databaseUrl);
  pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
});
afterAll(async () => {
  await pool?.end();
});
beforeEach(() => {
  installation += 1;
});

const replica = (skew = 0) =>
  sharedLimits(
    () => databaseStore(pool),
    installation,
    () => performance.now() + skew,
  );

describe('limits in the database', () => {
  test('are unknown at first', async () => {
    expect(await databaseStore(pool).read(installation)).toMatchObject({ limits: UNKNOWN, version: 0 });
  });

  test('are by the clock of the server', async () => {
    const { now } = await databaseStore(pool).read(installation);
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
  });

  test('are swapped by one of many who read the same', async () => {
    const store = databaseStore(pool);
    const { version, now } = await store.read(installation);
    const swaps = [1, 2, 3, 4].map((strikes) => store.swap(installation, version, { ...UNKNOWN, strikes }, now));
    expect((await Promise.all(swaps)).filter((one) => one !== null)).toHaveLength(1);
    expect((await store.read(installation)).version).toBe(1);
  });

  test('are not swapped by who decided long before', async () => {
    const store = databaseStore(pool);
    const { version, now } = await store.read(installation);
    expect(await store.swap(installation, version, UNKNOWN, now - 2000)).toBeNull();
  });

  test('share one bucket of writes among replicas that write at the same time', async () => {
    const replicas = [replica(), replica(1e6), replica(2e6)];
    const taken = await Promise.all(Array.from({ length: 45 }, (_, place) => replicas[place % 3]?.take(write)));
    const granted = taken.flatMap((one) => (one?.granted ? [one.at] : []));
    // A full bucket, those who wait for their turn for eight seconds, and what came back meanwhile.
    expect(granted.length).toBeGreaterThanOrEqual(23);
    expect(granted.length).toBeLessThanOrEqual(30);
    const turns = granted.toSorted((a, b) => a - b).slice(-8);
    expect(turns.every((at, place) => place === 0 || at - (turns[place - 1] ?? 0) >= 999)).toBe(true);
  });

  test('tell another replica of a refusal', async () => {
    await replica().block(30);
    expect(await replica(1e6).look(read)).toMatchObject({ why: 'blocked' });
  });

  test('cost one query for each write, and none for reads within a second', async () => {
    const asked: string[] = [];
    const counting = new Proxy(pool, {
      get(target, name) {
        if (name !== 'query') return Reflect.get(target, name);
        return (sql: string, values: unknown[]) => {
          asked.push(sql.trim().split(' ')[0] ?? '');
          return target.query(sql, values);
        };
      },
    });
    const limits = sharedLimits(
      () => databaseStore(counting),
      installation,
      () => 0,
    );
    await limits.look(read);
    asked.length = 0;
    for (let reads = 0; reads < 20; reads += 1) await limits.look(read);
    expect(asked).toEqual([]);
    const running = sharedLimits(
      () => databaseStore(counting),
      installation,
      () => performance.now(),
    );
    await running.take(write);
    asked.length = 0;
    for (let writes = 0; writes < 5; writes += 1) await running.take(write);
    expect(asked).toEqual(['update', 'update', 'update', 'update', 'update']);
  });

  test('that an unknown version of the App left are read as far as they are understood', async () => {
    await pool.query('insert into trainyard.limits (installation, state) values ($1, $2)', [installation, '{"new":1}']);
    expect((await databaseStore(pool).read(installation)).limits).toEqual(UNKNOWN);
  });

  test('are unavailable when the database is', async () => {
    const gone = new pg.Pool({ connectionString: 'postgresql://127.0.0.1:1/none' });
    await expect(databaseStore(gone).read(1)).rejects.toMatchObject({ name: 'PortError', code: 'unavailable' });
    await gone.end();
  });
});
