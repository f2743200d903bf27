import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AttemptPoint, joinAttempts } from '../../../core/training/attempts.ts';
import { METRICS_A_RUN, thinPoints } from '../../../core/training/thin-points.ts';

const curve = (steps: readonly number[], metric = 'loss'): AttemptPoint[] =>
  steps.map((step) => ({ metric, step, value: 1 }));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const stepsOf = (points: readonly AttemptPoint[]): number[] => points.map(({ step }) => step);

test('a curve of few points stays as it is', () => {
  expect(thinPoints(curve([5, 1, 9]), 3)).toEqual(curve([5, 1, 9]));
});

test('a curve keeps points at equal distances, and its last', () => {
  expect(stepsOf(thinPoints(curve(upTo(1000)), 100))).toEqual([...upTo(63).map((index) => index * 16), 999]);
});

test('one step far off does not cost the others their place', () => {
  expect(thinPoints(curve([...upTo(1000), 1e9]), 100).length).toBeGreaterThan(50);
});

test('metrics share what is kept, and beyond the first 200 of them nothing is', () => {
  const points = upTo(300).flatMap((index) => curve(upTo(20), `m${index}`));
  const kept = thinPoints(points, 2500);
  expect(new Set(kept.map(({ metric }) => metric)).size).toBe(METRICS_A_RUN);
  expect(kept.length).toBeLessThanOrEqual(2500);
});

test('whatever was reported, where attempts went on stays, and so do the ends of every curve', () => {
  const any = fc.record({
    step: fc.nat(1000),
    attempt: fc.integer({ min: 1, max: 4 }),
    metric: fc.constantFrom('a', 'b', 'c'),
  });
  const byStep = fc.uniqueArray(any, { selector: ({ step, metric }) => `${step} ${metric}`, maxLength: 300 });
  fc.assert(
    fc.property(byStep, fc.integer({ min: 6, max: 60 }), (raw, most) => {
      const points = raw.map((one) => ({ ...one, value: 1 }));
      const [whole, thin] = [joinAttempts(points), joinAttempts(thinPoints(points, most))];
      expect(thin.begins).toEqual(whole.begins);
      expect(thin.points.length).toBeLessThanOrEqual(most + 4);
      for (const metric of ['a', 'b', 'c']) {
        const ends = (of: typeof whole.points) => {
          const steps = of.filter((point) => point.metric === metric).map(({ step }) => step);
          return steps.length === 0 ? [] : [Math.min(...steps), Math.max(...steps)];
        };
        expect(ends(thin.points)).toEqual(ends(whole.points));
      }
    }),
  );
});
