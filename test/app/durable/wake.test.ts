import { expect, test, vi } from 'vitest';
import { Arrival } from '../../../app/durable/arrival.ts';
import { startDeliveries } from '../../../app/durable/deliveries.ts';
import { freshDatabase } from '../database/fresh-database.ts';

/** Long beside what a busy machine takes to begin one delivery: the times below are compared with it alone. */
const POLL = 15_000;
const arrival = Arrival.parse({
  repository: 'flights/delay',
  installation: 1,
  event: { kind: 'comment', id: 1, pullRequest: 2, sender: 'ada' },
});

test('what is stored begins at once, and so does what waits behind it, not at the next poll', {
  timeout: 120_000,
}, async () => {
  const begun: number[] = [];
  const deliveries = await startDeliveries({
    databaseUrl: await freshDatabase(),
    log: { info() {}, error() {} },
    poll: POLL,
    async handle() {
      begun.push(performance.now());
      return { code: 'ignored', message: '' };
    },
  });
  const enqueued = async (id: string): Promise<number> => {
    const at = performance.now();
    const before = begun.length;
    await deliveries.enqueue(arrival, { id, lane: id });
    await vi.waitFor(() => expect(begun.length).toBe(before + 1), { timeout: 2 * POLL, interval: 5 });
    return (begun.at(-1) ?? Number.NaN) - at;
  };
  try {
    // The engine hears of its own queue at the first poll.
    await enqueued('first');
    const waits = [await enqueued('a'), await enqueued('b'), await enqueued('c')];
    expect(Math.max(...waits)).toBeLessThan(POLL / 2);

    const began = performance.now();
    for (const id of ['1', '2', '3']) await deliveries.enqueue(arrival, { id, lane: 'one' });
    await vi.waitFor(() => expect(begun).toHaveLength(7), { timeout: 2 * POLL, interval: 5 });
    expect(performance.now() - began).toBeLessThan(POLL / 2);
  } finally {
    await deliveries.close();
  }
});
