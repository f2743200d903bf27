import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Arrival } from '../../../app/durable/arrival.ts';
import { type Deliveries, startDeliveries } from '../../../app/durable/deliveries.ts';
import { PortError } from '../../../flows/ports.ts';
import { freshDatabase } from '../database/fresh-database.ts';

const quiet = { info() {}, error() {} };
const arrival = Arrival.parse({
  repository: 'flights/delay',
  installation: 1,
  event: { kind: 'comment', id: 1, pullRequest: 2, sender: 'ada' },
});
const timer = Arrival.parse({ ...arrival, event: { kind: 'timer' } });
let deliveries: Deliveries;
let database: pg.Pool;
let runs = 0;
let told: Arrival[] = [];
let counted = 'comment';
let fail: () => Promise<void> = async () => {};

beforeAll(async () => {
  const databaseUrl = await freshDatabase();
  database = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  deliveries = await startDeliveries({
    databaseUrl,
    log: quiet,
    async handle(one) {
      // A timer of the test before may still be under way.
      if (one.event.kind === counted) {
        runs += 1;
        told.push(one);
      }
      await fail();
      return { code: 'ignored', message: '' };
    },
  });
});
afterAll(async () => {
  await deliveries?.close();
  await database?.end();
});
beforeEach(() => {
  counted = 'comment';
  runs = 0;
  told = [];
  fail = async () => {};
});

const ran = (times: number) => vi.waitFor(() => expect(runs).toBe(times), { timeout: 10_000, interval: 20 });

describe('stored deliveries', () => {
  test('that newer code stored are left to it, under the next id', async () => {
    const newer: Arrival = Object.assign({}, arrival, { event: { kind: 'of the future' } });
    await deliveries.enqueue(newer, { id: 'newer', lane: 'n' });
    await deliveries.enqueue(arrival, { id: 'behind it', lane: 'n' });
    await ran(1);
    const stored = await DBOS.listWorkflows({ workflow_id_prefix: 'newer' });
    const states = stored.map(({ workflowID, status, queuePartitionKey: lane }) => [workflowID, status, lane]);
    expect(states.toSorted()).toEqual([
      ['newer', 'ERROR', 'n'],
      ['newer~1', 'DELAYED', 'n'],
    ]);
  });

  test('that failed are handled again at the time that the failure names, once', async () => {
    fail = async () => {
      throw new PortError('rate_limited', 'not now', { until: Date.now() + 100 });
    };
    await deliveries.enqueue(arrival, { id: 'away', lane: 'x' });
    await ran(1);
    fail = async () => {};
    await ran(2);
    expect(told.at(-1)).toMatchObject({ again: { why: 'limited' } });
    await deliveries.enqueue(arrival, { id: 'after', lane: 'x' });
    await ran(3);
  });

  test('that came in later are not handled before one of their lane that is put off', async () => {
    const order: number[] = [];
    const nth = (id: number) => Arrival.parse({ ...arrival, event: { ...arrival.event, id } });
    let away = true;
    fail = async () => {
      if (away) throw new PortError('rate_limited', 'not now', { until: Date.now() + 1500 });
      const event = told.at(-1)?.event;
      if (event?.kind === 'comment') order.push(event.id);
    };
    await deliveries.enqueue(nth(1), { id: 'first', lane: 'v' });
    await ran(1);
    for (const id of [2, 3]) await deliveries.enqueue(nth(id), { id: `later ${id}`, lane: 'v' });
    await deliveries.enqueue(nth(4), { id: 'of another lane', lane: 'w' });
    await ran(2);
    away = false;
    await vi.waitFor(() => expect(order).toHaveLength(4), { timeout: 30_000, interval: 50 });
    expect(order.filter((id) => id !== 4)).toEqual([1, 2, 3]);
    expect(told.find(({ event }) => event.kind === 'comment' && event.id === 3)?.again?.why).toBe('limited');
  });

  test('that failed for a reason of their own do not keep the next of their lane from being handled', async () => {
    fail = async () => {
      throw new Error('a defect');
    };
    await deliveries.enqueue(arrival, { id: 'first of two', lane: 'x' });
    await ran(1);
    fail = async () => {};
    await deliveries.enqueue(arrival, { id: 'second of two', lane: 'x' });
    await ran(2);
    expect(told.at(-1)?.again).toBeUndefined();
  });

  test('bring forward what GitHub’s silence put off in their lane', async () => {
    const order: number[] = [];
    const nth = (id: number) => Arrival.parse({ ...arrival, event: { ...arrival.event, id } });
    const putOff = { first: Date.now() - 60_000, why: 'unanswered' } as const;
    const silent = { ...nth(11), again: putOff };
    await deliveries.enqueue(silent, { id: 'silent~5', lane: 'u', delay: 3600, putOff });
    await database.query(
      "update dbos.workflow_status set created_at = created_at - 60000 where workflow_uuid = 'silent~5'",
    );
    fail = async () => {
      const event = told.at(-1)?.event;
      // What failed in the test before is tried again meanwhile.
      if (event?.kind === 'comment' && event.id > 10) order.push(event.id);
    };
    await deliveries.enqueue(nth(12), { id: 'new', lane: 'u' });
    await vi.waitFor(() => expect(order).toEqual([11, 12]), { timeout: 30_000, interval: 50 });
  });

  test('that collapse are dropped while one of them waits or runs', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    fail = () => gate;
    counted = 'timer';
    for (const id of ['t1', 't2', 't3']) await deliveries.enqueue(timer, { id, lane: 'y', collapse: 'timer' });
    await ran(1);
    open();
    await vi.waitFor(
      async () => {
        await deliveries.enqueue(timer, { id: `t4-${runs}`, lane: 'y', collapse: 'timer' });
        expect(runs).toBeGreaterThan(1);
      },
      { timeout: 10_000, interval: 100 },
    );
  });

  test('of our own leave room for those of others, and come again until each was handled', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const timers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((name) =>
      Arrival.parse({ ...timer, repository: `flights/${name}` }),
    );
    fail = () => gate;
    counted = 'timer';
    for (const one of timers) {
      const named = `timer-${one.repository}`;
      await deliveries.enqueue(one, { id: `${named}-1`, lane: one.repository, collapse: named });
    }
    const again = async () =>
      (await DBOS.listWorkflows({ workflow_id_prefix: 'timer-flights' })).length - timers.length;
    await vi.waitFor(async () => expect(await again()).toBeGreaterThanOrEqual(6), { timeout: 20_000, interval: 50 });
    expect(runs).toBe(4);
    const first = told;
    fail = async () => {};
    counted = 'comment';
    runs = 0;
    for (const id of ['1', '2', '3']) await deliveries.enqueue(arrival, { id: `beside timers ${id}`, lane: id });
    await ran(3);
    counted = 'timer';
    told = [];
    open();
    const seen = () => new Set([...first, ...told].map(({ repository }) => repository));
    const all = timers.map(({ repository }) => repository);
    await vi.waitFor(() => expect([...seen()]).toEqual(expect.arrayContaining(all)), {
      timeout: 30_000,
      interval: 100,
    });
  });

  test('that ended before a time are forgotten, and with them their ids', async () => {
    await deliveries.enqueue(arrival, { id: 'old', lane: 'z' });
    await ran(1);
    await vi.waitFor(
      async () => {
        await deliveries.forget({ deliveries: Date.now() + 1000, ours: 0 });
        await deliveries.enqueue(arrival, { id: 'old', lane: 'z' });
        expect(runs).toBe(2);
      },
      { timeout: 10_000, interval: 200 },
    );
  });

  test('of our own are forgotten before those of others', async () => {
    await deliveries.enqueue(arrival, { id: 'kept', lane: 'z' });
    await deliveries.enqueue(timer, { id: 'timer-kept', lane: 'z', collapse: 'timer-z' });
    const known = async (prefix: string) =>
      (await DBOS.listWorkflows({ workflow_id_prefix: prefix })).map(({ workflowID, status }) => [workflowID, status]);
    await vi.waitFor(
      async () => {
        expect(await known('timer-kept')).toEqual([['timer-kept', 'SUCCESS']]);
        expect(await known('kept')).toEqual([['kept', 'SUCCESS']]);
      },
      { timeout: 10_000, interval: 50 },
    );
    await deliveries.forget({ deliveries: 0, ours: Date.now() + 1000 });
    expect(await known('timer-kept')).toEqual([]);
    expect(await known('kept')).toHaveLength(1);
  });
});
