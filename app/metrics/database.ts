import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import { computeCounters, computeTotals } from './compute.ts';
import { replicaCount, replicaGauge } from './replicas.ts';
import { runsInFlight } from './run-states.ts';

const Backlog = z.object({
  waiting: z.coerce.number(),
  running: z.coerce.number(),
  postponed: z.coerce.number(),
  oldest: z.coerce.number(),
});
export type Backlog = z.infer<typeof Backlog>;

/**
 * What waits, what runs and what is put off in the queue, of all replicas, and for how many seconds the oldest has waited
 * since it was due. Reads the durable engine's own table, as the engine offers no count.
 */
export async function backlog(pool: Pool, now: number): Promise<Backlog> {
  const sql = `select count(*) filter (where status = 'ENQUEUED') as waiting,
      count(*) filter (where status = 'PENDING') as running,
      count(*) filter (where status = 'DELAYED' and attributes->>'why' is not null) as postponed,
      coalesce(greatest(0, $1 - min(greatest(created_at, delay_until_epoch_ms)) filter (where status = 'ENQUEUED')) / 1000.0, 0) as oldest
    from dbos.workflow_status where status in ('ENQUEUED', 'PENDING', 'DELAYED')`;
  return Backlog.parse((await pool.query(sql, [now])).rows[0]);
}

/**
 * Gauges that are read from the database at each scrape: call what is returned before it. While the
 * database does not answer, `trainyard_database_up` is 0 and the
 * others are absent: an old number would look like a true one.
 * @param now milliseconds since the epoch
 */
export function databaseGauges(registry: Registry, pool: Pool, now: () => number): () => Promise<void> {
  const registers = [registry];
  const queue = new Gauge({
    name: 'trainyard_queue_deliveries',
    help: 'Deliveries and timers that wait or run, and deliveries that are put off, in all replicas.',
    labelNames: ['state'],
    registers,
  });
  const oldest = new Gauge({
    name: 'trainyard_queue_oldest_seconds',
    help: 'Seconds since the oldest delivery that waits was due; 0 when none waits.',
    registers,
  });
  const runs = new Gauge({
    name: 'trainyard_runs',
    help: 'Runs that have not ended, by engine and state.',
    labelNames: ['engine', 'state'],
    registers,
  });
  const up = new Gauge({
    name: 'trainyard_database_up',
    help: 'Whether the database answered this scrape.',
    registers,
  });
  const compute = computeCounters(registry);
  const replicas = replicaGauge(registry);
  return async () => {
    const read = [backlog(pool, now()), runsInFlight(pool), computeTotals(pool), replicaCount(pool)] as const;
    const found = await Promise.all(read).catch(() => null);
    // In one go, without a pause: two scrapes at once must not mix.
    for (const gauge of [queue, runs]) gauge.reset();
    oldest.remove();
    up.set(found === null ? 0 : 1);
    compute(found?.[2] ?? null);
    replicas(found?.[3] ?? null);
    if (found === null) return;
    const [deliveries, inFlight] = found;
    queue.set({ state: 'waiting' }, deliveries.waiting);
    queue.set({ state: 'running' }, deliveries.running);
    queue.set({ state: 'postponed' }, deliveries.postponed);
    oldest.set(deliveries.oldest);
    for (const { engine, state, count } of inFlight) runs.set({ engine, state }, count);
  };
}
