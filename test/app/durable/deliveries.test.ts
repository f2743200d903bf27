import { DBOS } from '@dbos-inc/dbos-sdk';
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
let runs = 0;
let told: Arrival[] = [];
let counted = 'comment';
let fail: () => Promise<void> = async () => {};

beforeAll(async () => {
  deliveries = await startDeliveries({
    databaseUrl: await freshDatabase(),
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

  test('that failed do not keep the next of their lane from being handled', async () => {
    fail = async () => {
      throw new PortError('unavailable', 'GitHub was away');
    };
    await deliveries.enqueue(arrival, { id: 'first of two', lane: 'x' });
    await ran(1);
    fail = async () => {};
    await deliveries.enqueue(arrival, { id: 'second of two', lane: 'x' });
    await ran(2);
    expect(told.at(-1)?.again).toBeUndefined();
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

  test('that ended before a time are forgotten, and with them their ids', async () => {
    await deliveries.enqueue(arrival, { id: 'old', lane: 'z' });
    await ran(1);
    await vi.waitFor(
      async () => {
        await deliveries.forget(Date.now() + 1000);
        await deliveries.enqueue(arrival, { id: 'old', lane: 'z' });
        expect(runs).toBe(2);
      },
      { timeout: 10_000, interval: 200 },
    );
  });
});
