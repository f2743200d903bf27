import { expect } from 'vitest';

/** The first `digits` significant digits agree. */
export function expectDigits(found: number, expected: number, digits: number): void {
  const off = Math.abs(found - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);
  expect(off, `${found} against ${expected}`).toBeLessThan(10 ** -digits);
}

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function normalFrom(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
