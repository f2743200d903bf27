import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideTogether } from '../../../../core/data/drift/correction.ts';

// statsmodels.stats.multitest.multipletests(p, 0.05, method) rejects the same ones.
test.each([
  ['none', [true, false, true, true, false]],
  ['holm', [true, false, false, true, false]],
  ['benjamini_hochberg', [true, false, true, true, false]],
] as const)('%s rejects what it should', (correction, expected) => {
  const decided = decideTogether([0.001, 0.2, 0.025, 0.01, 0.06], 0.05, correction);
  expect(decided.map(({ rejected }) => rejected)).toEqual(expected);
});

test('each decision follows from its own p-value and the level stated with it', () => {
  const pValues = fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.001, 0.01)));
  fc.assert(
    fc.property(pValues, fc.constantFrom('none', 'holm', 'benjamini_hochberg'), (values, correction) => {
      decideTogether(values, 0.05, correction).forEach(({ rejected, level }, index) => {
        expect((values[index] ?? 1) <= level).toBe(rejected);
        expect(level).toBeLessThanOrEqual(0.05 + 1e-15);
        expect(level).toBeGreaterThan(0);
      });
    }),
  );
});
