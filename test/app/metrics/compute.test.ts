import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrateDatabase } from '../../../app/database/migrations.ts';
import { computeCounters, computeTotals, countsCompute, usedBy } from '../../../app/metrics/compute.ts';
import type { RunRecord, RunState } from '../../../core/ledger/run.ts';
import { Instant, RepositoryName } from '../../../core/names.ts';
import { judged, OUTPUT, recordOf, runId } from '../../core/samples.ts';
import { freshDatabase } from '../database/fresh-database.ts';

const repository = RepositoryName.parse('flights/delay');
const failed: RunState = { state: 'failed', at: 'training', reason: 'exit', message: 'no', workflowRun: 10 };
const judging = (): RunState => ({
  state: 'judging',
  trainRun: 10,
  output: OUTPUT,
  workflowRun: 11,
  order: judged().order,
});

/** A run with GPUs that trained for so many minutes; null: it has not ended. */
function run(
  number: number,
  state: RunState,
  minutes: number | null,
  changes: { gpu?: string; gpus?: number } = {},
): RunRecord {
  const base = recordOf({ run: runId(number), state });
  const { request } = base.order;
  const resources = { ...request.resources, gpu: 'A100-80GB', gpus: 2, ...changes };
  const at = (minute: number) =>
    Instant.parse(new Date(Date.UTC(2026, 10, 2, 10, minute)).toISOString().replace('.000', ''));
  return {
    ...base,
    hourlyPrice: { amount: 6, currency: 'EUR' },
    order: { ...base.order, request: { ...request, resources } },
    training: { startedAt: at(0), endedAt: minutes === null ? null : at(minutes) },
  };
}

let pool: pg.Pool;
beforeAll(async () => {
  const url = await freshDatabase();
  await migrateDatabase(url);
  pool = new pg.Pool({ connectionString: url, max: 2 });
});
afterAll(async () => {
  await pool?.end();
});

describe('what a run used', () => {
  test('is its hours, times its GPUs, at its price', () => {
    expect(usedBy(run(1, judging(), 30))).toEqual({
      gpu: 'a100',
      currency: 'EUR',
      seconds: 1800,
      gpuSeconds: 3600,
      cost: 3,
    });
  });

  test('is not known while it trains', () => {
    expect(usedBy(run(1, { state: 'training', workflowRun: 10 }, null))).toBeNull();
  });

  test('is nothing where it never began', () => {
    const never = { ...run(1, { ...failed, at: 'dispatch' }, null), training: { startedAt: null, endedAt: null } };
    expect(usedBy(never)).toMatchObject({ seconds: 0, gpuSeconds: 0, cost: 0 });
  });

  test('of a run that judges another is counted when it has ended, with its evaluator’s time-out', () => {
    const evaluates = { evaluates: runId(9), training: { startedAt: null, endedAt: null } };
    expect(usedBy({ ...run(1, judging(), null), ...evaluates })).toBeNull();
    expect(usedBy({ ...run(1, judged(), null), ...evaluates })).toMatchObject({ seconds: 0, cost: 1.5 });
  });
});

describe('totals', () => {
  test('count each run once, however often it is told, and outlast what is remembered of it', async () => {
    const watcher = countsCompute(pool);
    await watcher.run?.(repository, run(1, { state: 'training', workflowRun: 10 }, null));
    expect(await computeTotals(pool)).toEqual([]);
    for (const state of [judging(), judging(), judged()]) await watcher.run?.(repository, run(1, state, 30));
    await Promise.all([2, 2, 2].map((number) => watcher.run?.(repository, run(number, failed, 60, { gpu: 'a100' }))));
    await watcher.run?.(repository, run(3, judged(), 10, { gpus: 0 }));
    await pool.query('delete from trainyard.compute_counted');
    const registry = new Registry();
    computeCounters(registry)(await computeTotals(pool));
    const shown = (await registry.metrics()).split('\n').filter((line) => line.startsWith('trainyard'));
    expect(shown.sort()).toEqual([
      'trainyard_cost_total{engine="runner",gpu="a100",currency="EUR"} 9',
      'trainyard_cost_total{engine="runner",gpu="none",currency="EUR"} 1',
      'trainyard_gpu_hours_total{engine="runner",gpu="a100"} 3',
      'trainyard_gpu_hours_total{engine="runner",gpu="none"} 0',
      'trainyard_trained_runs_total{engine="runner",gpu="a100"} 2',
      'trainyard_trained_runs_total{engine="runner",gpu="none"} 1',
      'trainyard_training_hours_total{engine="runner",gpu="a100"} 1.5',
      expect.stringMatching(/^trainyard_training_hours_total\{engine="runner",gpu="none"\} 0\.16/),
    ]);
  });
});
