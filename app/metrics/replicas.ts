import type { Pool } from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';
import { z } from 'zod';

const Count = z.object({ count: z.coerce.number().int().min(0) });

/** Processes that hold a lease on this database, or whose lease nobody has taken over yet. */
export async function replicaCount(pool: Pool): Promise<number> {
  const { rows } = await pool.query('select count(*) from trainyard.executors');
  return Count.parse(rows[0]).count;
}

/** @returns sets the gauge; null where the database does not say */
export function replicaGauge(registry: Registry): (count: number | null) => void {
  const replicas = new Gauge({
    name: 'trainyard_replicas',
    help: 'Processes that share this database.',
    registers: [registry],
  });
  return (count) => {
    if (count === null) replicas.remove();
    else replicas.set(count);
  };
}

/** @returns counts processes that this one took over */
export function takeoverCounter(registry: Registry): (count: number) => void {
  const takeovers = new Counter({
    name: 'trainyard_takeovers_total',
    help: 'Processes that stopped renewing their lease, and whose work this one took over.',
    registers: [registry],
  });
  return (count) => takeovers.inc(count);
}
