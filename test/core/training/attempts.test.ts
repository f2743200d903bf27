import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AttemptPoint, joinAttempts } from '../../../core/training/attempts.ts';

const point = (step: number, attempt = 1, metric = 'loss'): AttemptPoint => {
  return { metric, step, value: attempt, ...(attempt === 1 ? {} : { attempt }) };
};
const steps = (from: number, to: number, attempt = 1, metric = 'loss'): AttemptPoint[] =>
  Array.from({ length: to - from + 1 }, (_, index) => point(from + index, attempt, metric));
const told = ({ points, begins }: ReturnType<typeof joinAttempts<AttemptPoint>>) => ({
  steps: points.map(({ step, attempt = 1 }) => `${step}@${attempt}`).join(' '),
  begins: begins.map(({ step, attempt }) => `${step}@${attempt}`).join(' '),
});

describe('one history of', () => {
  test.each<[string, readonly AttemptPoint[], string, string]>([
    ['nothing', [], '', ''],
    ['one attempt is what it reported', steps(0, 3), '0@1 1@1 2@1 3@1', ''],
    ['two is without what the second did again', [...steps(0, 4), ...steps(3, 5, 2)], '0@1 1@1 2@1 3@2 4@2 5@2', '3@2'],
    [
      'two is without steps that the second has not reached again',
      [...steps(0, 9), ...steps(4, 4, 2)],
      '0@1 1@1 2@1 3@1 4@2',
      '4@2',
    ],
    ['two, the second from its beginning, is the second', [...steps(0, 3), ...steps(0, 1, 2)], '0@2 1@2', '0@2'],
    [
      'three, the third from before the second, has nothing of the second',
      [...steps(0, 3), ...steps(4, 5, 2), ...steps(2, 3, 3)],
      '0@1 1@1 2@3 3@3',
      '2@3',
    ],
    [
      'a run whose second reported nothing goes on with the third',
      [...steps(0, 1), ...steps(2, 2, 3)],
      '0@1 1@1 2@3',
      '2@3',
    ],
    [
      'metrics that are reported at other steps ends where the next attempt went on with any',
      [...steps(0, 4), point(4, 1, 'auc'), ...steps(3, 3, 2)],
      '0@1 1@1 2@1 3@2',
      '3@2',
    ],
  ])('%s', (_what, points, expected, begins) => {
    expect(told(joinAttempts(points))).toEqual({ steps: expected, begins });
  });
});

test('whatever was reported, a later attempt is never followed by an earlier one, and the newest loses nothing', () => {
  const any = fc.record({
    step: fc.nat(40),
    attempt: fc.integer({ min: 1, max: 5 }),
    metric: fc.constantFrom('a', 'b'),
  });
  fc.assert(
    fc.property(fc.array(any), (raw) => {
      const points = raw.map((one) => ({ ...one, value: 1 }));
      const { points: joined, begins } = joinAttempts(points);
      const byStep = joined.toSorted((a, b) => a.step - b.step).map(({ attempt }) => attempt);
      expect(byStep).toEqual(byStep.toSorted((a, b) => a - b));
      const newest = Math.max(...points.map(({ attempt }) => attempt));
      const of = (list: readonly AttemptPoint[]) => list.filter(({ attempt }) => attempt === newest);
      expect(of(joined)).toEqual(of(points));
      for (const { attempt, step } of begins)
        expect(Math.min(...joined.filter((one) => one.attempt === attempt).map((one) => one.step))).toBe(step);
    }),
  );
});
