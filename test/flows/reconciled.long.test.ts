import { describe, test } from 'vitest';
import { converge, openStories } from './deliveries/permuted.ts';

const HOURS = 3_600_000;

describe.concurrent('from any of a thousand states the reconciler converges in one pass', () => {
  test.each([21, 22, 23, 24])(
    'seed %i',
    async (seed) => {
      // A server grows with its repositories.
      for (let part = 0; part < 5; part += 1) {
        const stories = await openStories();
        try {
          await converge(stories, { seed: seed * 1000 + part, numRuns: 50 });
        } finally {
          await stories.close();
        }
      }
    },
    4 * HOURS,
  );
});
