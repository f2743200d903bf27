import { describe, expect, test } from 'vitest';
import { costOf, costSoFar } from '../../../core/ledger/cost.ts';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { Instant } from '../../../core/names.ts';
import { judged, OUTPUT, recordOf, runId } from '../samples.ts';

const at = (time: string): Instant => Instant.parse(`2026-11-02T${time}Z`);
const price = { amount: 3, currency: 'USD' };
const training = { state: 'training', workflowRun: 10 } as const;
const judging = { state: 'judging', trainRun: 10, output: OUTPUT, workflowRun: 11, order: judged().order } as const;
const evaluating = { ...judging, order: { ...judging.order, timeout: 900 } } as const;
const failed = { state: 'failed', at: 'training', reason: 'exit', message: 'exit code 1', workflowRun: 10 } as const;
const neverBegan = { ...failed, at: 'dispatch' } as const;
const cancelled = { state: 'cancelled', by: 'ada', workflowRun: 10 } as const;
const began = { startedAt: at('10:00:00'), endedAt: null };
const halfAnHour = { startedAt: at('10:00:00'), endedAt: at('10:30:00') };
const order = { ...recordOf().order, timeout: 7200 };

describe('a run costs', () => {
  test.each<[string, Partial<RunRecord>, number | null]>([
    [
      'nothing that is known where no price applied',
      { hourlyPrice: null, state: judged(), training: halfAnHour },
      null,
    ],
    ['its timeout while it waits', {}, 6],
    ['its timeout while it trains', { state: training, training: began }, 6],
    [
      'what has gone by, once that is more than its timeout',
      { state: training, training: { startedAt: at('06:00:00'), endedAt: null } },
      12,
    ],
    ['its hours while it is judged', { state: judging, training: halfAnHour }, 1.5],
    ['its hours once it is judged', { state: judged(), training: halfAnHour }, 1.5],
    ['its hours where it failed', { state: failed, training: halfAnHour }, 1.5],
    ['its hours where it was cancelled', { state: cancelled, training: halfAnHour }, 1.5],
    ['nothing where its training never began', { state: neverBegan }, 0],
    ['nothing where it was cancelled before it began', { state: cancelled }, 0],
    ['the time-out of its evaluator where it evaluates another', { state: evaluating, evaluates: runId(2) }, 0.75],
    ['that also once it is judged', { state: { ...judged(), order: evaluating.order }, evaluates: runId(2) }, 0.75],
    ['nothing where it was to evaluate another, and did not begin', { state: neverBegan, evaluates: runId(2) }, 0],
    ['what nobody knows where times were not kept yet', { state: judged() }, null],
    [
      'nothing where a clock went back',
      { state: failed, training: { startedAt: at('10:00:01'), endedAt: at('10:00:00') } },
      0,
    ],
  ])('%s', (_, changes, amount) => {
    const cost = costOf(recordOf({ hourlyPrice: price, order, ...changes }), at('10:00:00'));
    expect(cost).toEqual(amount === null ? null : { amount, currency: 'USD' });
  });
});

describe('a run has cost so far', () => {
  test.each<[string, Partial<RunRecord>, number | null]>([
    ['nothing while it waits to be begun', {}, 0],
    ['what has gone by, and not its timeout', { state: training, training: began }, 1.5],
    ['what it cost, once it has ended', { state: cancelled, training: halfAnHour }, 1.5],
    ['what it cost while it is judged', { state: judging, training: halfAnHour }, 1.5],
    ['its evaluator’s time-out where it evaluates another', { state: evaluating, evaluates: runId(2) }, 0.75],
    ['nothing that is known where no price applied', { hourlyPrice: null, state: training, training: began }, null],
  ])('%s', (_, changes, amount) => {
    const cost = costSoFar(recordOf({ hourlyPrice: price, order, ...changes }), at('10:30:00'));
    expect(cost).toEqual(amount === null ? null : { amount, currency: 'USD' });
  });
});
