import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { Instant, ModelName } from '../../../core/names.ts';
import { costOfSeconds, estimateTraining } from '../../../core/training/estimate.ts';
import { judged, MODEL, recordOf, runId } from '../samples.ts';

const CPU = { gpus: 0, spot: false };
const at = (second: number): Instant => Instant.parse(new Date(second * 1000).toISOString().replace('.000Z', 'Z'));
function trained(seconds: number, changes: Partial<RunRecord> = {}): RunRecord {
  const record = recordOf({ state: judged() });
  return { ...record, training: { startedAt: at(0), endedAt: at(seconds) }, ...changes };
}
function on(gpu: string, seconds: number, nodes?: number): RunRecord {
  const record = trained(seconds);
  const resources = { gpu, gpus: 1, spot: false, ...(nodes === undefined ? {} : { nodes }) };
  return { ...record, order: { ...record.order, request: { ...record.order.request, resources } } };
}

describe('what training is likely to take', () => {
  test('is not known without a training of the model that went well', () => {
    const others = [
      trained(60, { model: ModelName.parse('other') }),
      trained(60, { evaluates: runId(1) }),
      trained(60, { state: { state: 'cancelled', by: 'ada', workflowRun: 1 } }),
      trained(60, { training: { startedAt: null, endedAt: null } }),
    ];
    expect(estimateTraining(MODEL, CPU, others)).toBeNull();
  });

  test.each([
    [[60], { low: 60, middle: 60, high: 60 }],
    [[10, 20], { low: 12.5, middle: 15, high: 17.5 }],
    [[30, 10, 20, 50, 40], { low: 20, middle: 30, high: 40 }],
  ])('lies with past ones of %j seconds between their quartiles', (seconds, spread) => {
    const found = estimateTraining(
      MODEL,
      CPU,
      seconds.map((one) => trained(one)),
    );
    expect(found).toEqual({ runs: seconds.length, seconds: spread });
  });

  test('is told by the newest nine', () => {
    const records = [...Array.from({ length: 9 }, () => trained(10)), trained(9999)];
    expect(estimateTraining(MODEL, CPU, records)).toMatchObject({ runs: 9, seconds: { high: 10 } });
  });

  test('is told by runs on the same kind of machine, and by others where there are none', () => {
    const records = [on('a100', 100), trained(900)];
    expect(estimateTraining(MODEL, { gpu: 'a100', gpus: 1 }, records)?.seconds.middle).toBe(100);
    expect(estimateTraining(MODEL, { gpu: 'h100', gpus: 1 }, records)?.seconds.middle).toBe(500);
  });

  test('is told by runs on as many machines', () => {
    const records = [on('a100', 100, 4), on('a100', 400)];
    expect(estimateTraining(MODEL, { gpu: 'a100', gpus: 1, nodes: 4 }, records)?.seconds.middle).toBe(100);
    expect(estimateTraining(MODEL, { gpu: 'a100', gpus: 1, nodes: 1 }, records)?.seconds.middle).toBe(400);
  });
});

test('what seconds cost is not rounded: a short run is not free', () => {
  expect(costOfSeconds({ amount: 3, currency: 'USD' }, 12)).toEqual({ amount: 0.01, currency: 'USD' });
  expect(costOfSeconds({ amount: 3, currency: 'USD' }, 3)).toEqual({ amount: 0.0025, currency: 'USD' });
});
