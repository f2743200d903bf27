import { expect, test } from 'vitest';
import { Curves } from '../../../actions/train/curves.ts';
import type { StepMetric } from '../../../core/evaluation/metrics.ts';
import { MetricName } from '../../../core/names.ts';

const point = (step: number, metric = 'loss'): StepMetric => ({ step, metric: MetricName.parse(metric), value: 0.5 });

test('however many points come, each metric keeps its shape in bounded memory', () => {
  const curves = new Curves();
  for (let step = 0; step < 100_000; step += 1) {
    curves.add(point(step));
    curves.add(point(step, 'accuracy'));
  }
  const kept = curves.points(2000);
  expect(kept.length).toBeLessThanOrEqual(2000);
  for (const metric of ['loss', 'accuracy']) {
    const own = kept.filter((one) => one.metric === metric);
    expect(own.at(-1)?.step).toBe(99_999);
    expect(own[0]?.step).toBeLessThan(1000);
    expect(own.length).toBeGreaterThan(200);
    const gaps = own.slice(1).map(({ step }, index) => step - (own[index]?.step ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(1000);
  }
  expect(curves.step).toBe(99_999);
});

test('names without end do not grow what is kept', () => {
  const curves = new Curves();
  for (let number = 0; number < 5000; number += 1) curves.add(point(1, `m${number}`));
  expect(curves.last()).toHaveLength(200);
});
