import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { atMostEvery, tokenBuckets } from '../../../app/ingest/rate.ts';

describe('a token bucket', () => {
  test('lets a burst through, then so many a second, for each key', () => {
    const allowed = tokenBuckets(2, 3);
    expect([1, 2, 3, 4].map(() => allowed('a', 0))).toEqual([true, true, true, false]);
    expect(allowed('b', 0)).toBe(true);
    expect([allowed('a', 500), allowed('a', 500)]).toEqual([true, false]);
  });
});

describe('at most every interval', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('calls at once, then at the end of each interval in which something came in', () => {
    const calls: string[] = [];
    const call = atMostEvery(
      () => 2000,
      (key) => calls.push(key),
      Date.now,
    );
    for (const key of ['a', 'a', 'b', 'a']) call(key);
    expect(calls).toEqual(['a', 'b']);
    vi.advanceTimersByTime(2000);
    expect(calls).toEqual(['a', 'b', 'a']);
    vi.advanceTimersByTime(10_000);
    expect(calls).toEqual(['a', 'b', 'a']);
    call('a');
    expect(calls).toHaveLength(4);
  });

  test('waits longer the more keys are called', () => {
    const calls: string[] = [];
    const call = atMostEvery(
      (keys) => 1000 * keys,
      (key) => calls.push(key),
      Date.now,
    );
    for (const key of ['a', 'b', 'c', 'a']) call(key);
    vi.advanceTimersByTime(2000);
    expect(calls).toEqual(['a', 'b', 'c']);
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual(['a', 'b', 'c', 'a']);
  });
});
