import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { migrate } from '../../../app/database/migrations.ts';
import { recordRun } from '../../../app/database/runs.ts';
import { Arrival } from '../../../app/durable/arrival.ts';
import { type Deliveries, startDeliveries } from '../../../app/durable/deliveries.ts';
import { type Inbox, openInbox } from '../../../app/inbox/inbox.ts';
import { RepositoryName, RunId } from '../../../core/names.ts';
import { freshDatabase } from '../database/fresh-database.ts';

const quiet = { info() {}, error() {} };
const REPOSITORY = RepositoryName.parse('flights/delay');
const RUN = RunId.parse('01JD0000000000000000000000');
let pool: pg.Pool;
let deliveries: Deliveries;
let inbox: Inbox;
const handled: number[] = [];

beforeAll(async () => {
  const databaseUrl = await freshDatabase();
  pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  await migrate(pool);
  deliveries = await startDeliveries({
    databaseUrl,
    log: quiet,
    async handle({ event }) {
      if (event.kind === 'comment') handled.push(event.id);
      return { code: 'ignored', message: '' };
    },
  });
  inbox = openInbox(pool, deliveries);
});
afterAll(async () => {
  await deliveries?.close();
  await pool?.end();
});
beforeEach(() => {
  handled.length = 0;
});

const comment = (id: number): Arrival =>
  Arrival.parse({
    repository: REPOSITORY,
    installation: 1,
    event: { kind: 'comment', id, pullRequest: 3, sender: 'ada' },
  });
const lane = (number: number) => ({ kind: 'pull_request', number }) as const;
const settled = (count: number) =>
  vi.waitFor(() => expect(handled).toHaveLength(count), { timeout: 50_000, interval: 20 });

describe('the inbox', () => {
  test('says of a GUID that comes several times at once, and of one that comes later, that it is there', async () => {
    const answers = await Promise.all(['a', 'b', 'a', 'a', 'b'].map((id) => inbox.put(id, comment(1), lane(3))));
    expect(answers).toEqual(['accepted', 'accepted', 'duplicate', 'duplicate', 'duplicate']);
    expect(await inbox.put('b', comment(1), lane(3))).toBe('duplicate');
    await settled(2);
  });

  test('keeps the order of a lane, however much comes in at once', async () => {
    const ids = Array.from({ length: 110 }, (_, index) => 1_000 + index);
    await Promise.all(ids.map((id) => inbox.put(`ordered-${id}`, comment(id), lane(7))));
    // More than one commit takes.
    await settled(110);
    expect(handled).toEqual(ids);
  });

  test('keeps the order of a lane where some must be looked up and others not', async () => {
    await recordRun(pool, REPOSITORY, RUN, { installation: 1, lane: 'flights/delay#9' });
    const run = { kind: 'run', title: `trainyard train ${RUN}` } as const;
    const ids = Array.from({ length: 20 }, (_, index) => 2_000 + index);
    await Promise.all(ids.map((id) => inbox.put(`looked-${id}`, comment(id), id % 2 === 0 ? run : lane(9))));
    await settled(20);
    expect(handled).toEqual(ids);
  });

  test('knows a GUID as long as its delivery is kept, and no longer', async () => {
    await inbox.put('old', comment(5), lane(3));
    await settled(1);
    await vi.waitFor(
      async () => {
        await deliveries.forget({ deliveries: Date.now() + 1_000, ours: 0 });
        expect(await inbox.put('old', comment(5), lane(3))).toBe('accepted');
      },
      { timeout: 10_000, interval: 100 },
    );
  });
});
