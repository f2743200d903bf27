import { describe, expect, test } from 'vitest';
import type { ParamValue } from '../../../core/config/params.ts';
import { sourceManifest } from '../../../core/fingerprint/source.ts';
import { judgeOrder, runRequest, trainOrder } from '../../../core/training/order.ts';
import { JudgeOrder, RunRequest, TrainOrder } from '../../../core/training/request.ts';
import { COMMIT, CONFIG_TEXT, changedConfig, configOf, effectiveOf, treeOf } from '../samples.ts';

const base = configOf(CONFIG_TEXT);
const effective = effectiveOf(base);

test('a request holds every parameter, and which were set', () => {
  const set: Record<string, ParamValue> = { solver: 'adam', learning_rate: 0.2 };
  const request = runRequest(effective, set);
  expect(request).toMatchObject({
    params: { learning_rate: 0.2, epochs: 10, solver: 'adam', shuffle: true },
    explicit: ['learning_rate', 'solver'],
    seed: 7,
  });
});

test('a request with memory is read back as it was written', () => {
  const config = changedConfig(
    ['timeout: 2h', 'timeout: 2h\n      resources: { memory: 64GiB, gpus: 1, gpu: a100, cpus: 4, spot: true }'],
    ['policy:', 'policy:\n  gpus: [a100]'],
  );
  const request = runRequest(effectiveOf(config), {});
  expect(RunRequest.parse(JSON.parse(JSON.stringify(request)))).toEqual(request);
  expect(request.resources.memory).toBe(64 * 2 ** 30);
});

test('the order of training is read back as it was written', () => {
  const source = sourceManifest(effective, treeOf());
  if (!source.ok) throw new Error('the sample has no source');
  const order = trainOrder(effective, source.manifest, COMMIT, runRequest(effective, {}));
  expect(TrainOrder.parse(JSON.parse(JSON.stringify(order)))).toEqual(order);
  expect(order).toMatchObject({
    timeout: 7200,
    source: source.source,
    data: { flights: { path: 'data/flights.csv' } },
  });
});

describe('the order of judging', () => {
  test('is read back as it was written', () => {
    const order = judgeOrder(effective, COMMIT);
    expect(JudgeOrder.parse(JSON.parse(JSON.stringify(order)))).toEqual(order);
  });

  test('takes the evaluator from the base and the training data from the head', () => {
    const head = changedConfig(['python evaluate.py', 'echo'], ['path: data/flights.csv', 'path: data/new.csv']);
    expect(judgeOrder(effectiveOf(base, head), COMMIT)).toMatchObject({
      run: 'python evaluate.py',
      trainingData: { flights: { path: 'data/new.csv' } },
    });
  });

  test('is none without an evaluator', () => {
    const { evaluate: _evaluate, ...config } = effective.config;
    expect(judgeOrder({ ...effective, config }, COMMIT)).toBeNull();
  });
});
