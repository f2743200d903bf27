import { expect, test } from 'vitest';
import { profileFromCounts, sampleFromCounts } from '../../../../core/data/profile/from-counts.ts';

const counted = (counts: Record<string, number>, nulls = 0) => ({ counts: new Map(Object.entries(counts)), nulls });

test.each([
  ['integer', { 2: 3, '-1': 1 }, [-1, 2], [1, 3]],
  ['number', { nan: 1, inf: 2, '-inf': 4, '1e-3': 1 }, [-Infinity, 0.001, Infinity], [4, 1, 2]],
  ['date', { '1970-01-02': 2, '1969-12-31': 1 }, [-86_400_000, 86_400_000], [1, 2]],
] as const)('values of type %s stand on the number line', (type, counts, values, each) => {
  const sample = sampleFromCounts({ type, counted: counted(counts, 7) });
  expect(sample).toMatchObject({ kind: 'numbers', nulls: 7 });
  if (sample.kind === 'numbers') expect([[...sample.counts.values], [...sample.counts.counts]]).toEqual([values, each]);
});

test('values without an order are categories', () => {
  expect(sampleFromCounts({ type: 'string', counted: counted({ a: 2 }, 1) })).toEqual({
    kind: 'categories',
    counts: new Map([['a', 2]]),
    nulls: 1,
    others: 0,
  });
});

test('a profile counts what is no number apart', () => {
  const column = { name: 'x', type: 'number', counted: counted({ 1: 2, nan: 3, oops: 1 }, 4) } as const;
  expect(profileFromCounts(column, false, 8)).toMatchObject({
    kind: 'numbers',
    nulls: 4,
    nan: 4,
    min: 1,
    max: 1,
    counts: '2',
  });
});
