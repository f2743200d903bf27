import { describe, test } from 'vitest';
import { endAsClean, openStories } from './deliveries/permuted.ts';

const HOURS = 3_600_000;
/** Beside each other: a story waits for its git most of the time. */
const SEEDS = [11, 12, 13, 14];

describe.concurrent('thousands of ways that deliveries may take end as a clean pass', () => {
  test.each(SEEDS)(
    'seed %i',
    async (seed) => {
      // A server grows with its repositories.
      for (let part = 0; part < 10; part += 1) {
        const stories = await openStories();
        try {
          await endAsClean(stories, { seed: seed * 1000 + part, numRuns: 50 });
        } finally {
          await stories.close();
        }
      }
    },
    4 * HOURS,
  );
});
