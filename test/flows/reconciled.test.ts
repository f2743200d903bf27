import { afterAll, beforeAll, test } from 'vitest';
import { converge, openStories, type Stories } from './deliveries/permuted.ts';

let stories: Stories;

beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.close());

test('from any state a first pass of the reconciler mends what it can, and a second one changes nothing', async () => {
  await converge(stories, { seed: 2, numRuns: 5 });
}, 300_000);

test('a new database is filled by one pass, whatever was lost with the old one', async () => {
  await stories.converges({
    acts: 9,
    unheard: true,
    diesAt: null,
    afterEffect: false,
    damages: ['the database is lost'],
  });
}, 180_000);
