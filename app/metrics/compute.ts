import type { Pool } from 'pg';
import { Counter, type Registry } from 'prom-client';
import { z } from 'zod';
import { costOf } from '../../core/ledger/cost.ts';
import { isFinal } from '../../core/ledger/machine.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import { machinesOf } from '../../core/policy/machines.ts';
import { RunRequest } from '../../core/training/request.ts';
import type { LedgerWatcher } from '../ledger-watch.ts';
import { currencyKind, gpuKind } from './bounds.ts';

const Total = z.object({
  engine: RunRequest.shape.engine,
  gpu: z.string(),
  currency: z.string(),
  runs: z.coerce.number(),
  seconds: z.coerce.number(),
  gpu_seconds: z.coerce.number(),
  cost: z.coerce.number(),
});
export type ComputeTotal = z.infer<typeof Total>;

/** What a run's training used; null while it goes on. */
export interface Used {
  readonly gpu: string;
  readonly currency: string;
  readonly seconds: number;
  readonly gpuSeconds: number;
  readonly cost: number;
}

/** By the run's record, once its compute is gone; one that judges another counts when it has ended, with what it costs. */
export function usedBy(record: RunRecord): Used | null {
  const { startedAt, endedAt } = record.training;
  const over = record.evaluates === null ? endedAt !== null || isFinal(record.state) : isFinal(record.state);
  if (!over) return null;
  const seconds =
    startedAt === null || endedAt === null ? 0 : Math.max(0, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  const { resources } = record.order.request;
  const { gpu, gpus } = resources;
  const price = costOf(record, record.at);
  return {
    gpu: gpuKind(gpus === 0 ? undefined : (gpu ?? 'other')),
    currency: currencyKind(price?.currency),
    seconds,
    gpuSeconds: seconds * gpus * machinesOf(resources),
    cost: price?.amount ?? 0,
  };
}

/**
 * Adds each run's use to totals, once, whatever ends between and however often it is told: a total never falls, as a run
 * that is forgotten stays in it.
 */
export function countsCompute(pool: Pool): LedgerWatcher {
  return {
    async run(repository, record) {
      const used = usedBy(record);
      if (used === null) return;
      const { gpu, currency, seconds, gpuSeconds, cost } = used;
      await pool.query(
        `with counted as (
           insert into trainyard.compute_counted (repository, run) values ($1, $2) on conflict do nothing returning 1)
         insert into trainyard.compute_totals as total (engine, gpu, currency, runs, seconds, gpu_seconds, cost)
         select $3, $4, $5, 1, $6, $7, $8 from counted
         on conflict (engine, gpu, currency) do update
         set runs = total.runs + 1, seconds = total.seconds + excluded.seconds,
             gpu_seconds = total.gpu_seconds + excluded.gpu_seconds, cost = total.cost + excluded.cost`,
        [repository, record.run, record.order.request.engine, gpu, currency, seconds, gpuSeconds, cost],
      );
    },
  };
}

export async function computeTotals(pool: Pool): Promise<readonly ComputeTotal[]> {
  const { rows } = await pool.query(
    'select engine, gpu, currency, runs, seconds, gpu_seconds, cost from trainyard.compute_totals',
  );
  return z.array(Total).parse(rows);
}

/** Counters that show totals of the database: every replica shows the same. */
export function computeCounters(registry: Registry): (totals: readonly ComputeTotal[] | null) => void {
  const registers = [registry];
  const runs = new Counter({
    name: 'trainyard_trained_runs_total',
    help: 'Runs whose compute is gone, by engine and kind of GPU.',
    labelNames: ['engine', 'gpu'],
    registers,
  });
  const hours = new Counter({
    name: 'trainyard_training_hours_total',
    help: 'Hours that training took, by engine and kind of GPU.',
    labelNames: ['engine', 'gpu'],
    registers,
  });
  const gpuHours = new Counter({
    name: 'trainyard_gpu_hours_total',
    help: 'Hours of GPUs that training held: its hours times its GPUs on all of its machines.',
    labelNames: ['engine', 'gpu'],
    registers,
  });
  const cost = new Counter({
    name: 'trainyard_cost_total',
    help: 'What runs cost, by policy’s prices.',
    labelNames: ['engine', 'gpu', 'currency'],
    registers,
  });
  return (totals) => {
    for (const counter of [runs, hours, gpuHours, cost]) counter.reset();
    for (const { engine, gpu, currency, ...total } of totals ?? []) {
      runs.inc({ engine, gpu }, total.runs);
      hours.inc({ engine, gpu }, total.seconds / 3600);
      gpuHours.inc({ engine, gpu }, total.gpu_seconds / 3600);
      if (currency !== 'none') cost.inc({ engine, gpu, currency }, total.cost);
    }
  };
}
