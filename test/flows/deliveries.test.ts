import { afterAll, beforeAll, describe, test } from 'vitest';
import { CALM, endAsClean, openStories, type Stories } from './deliveries/permuted.ts';

/*
 * One story (deliveries/story.ts), told with its deliveries on a rough way, ends as in a clean pass (invariant 8): same
 * comments, reactions, checks, ledger, records, jobs, tags, deployments, releases and issues.
 *
 * What may rightly end otherwise, and is therefore not in it:
 * - A command without `@sha` about a head whose sighting was lost or came in after the comment is refused, and the reply
 *   asks for `@sha` (invariant 2). So the people of the story name the head; that the reply asks is tested elsewhere.
 * - A command that is edited before anything was heard of it never runs, and one that was heard of before it was edited
 *   has run. So only what is no command is made one here: it never runs.
 * - Whoever acts without waiting for the answer to their last command may be overtaken by it. So people wait until what
 *   they build on can be seen; jobs end, and heads are pushed, whenever they like.
 * - Which of two entries of the ledger comes first, where neither depends on the other: their order is not compared.
 * - A button that was pressed leaves no trace on GitHub: without its delivery, which GitHub keeps to be sent again, it
 *   was never pressed. So such deliveries come twice and late here, but are not lost.
 */

let stories: Stories;

beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.close());

describe('the story ends as it does in a clean pass when deliveries', () => {
  test.each([
    ['are told again, much later, too', { ...CALM, twice: 100, late: 2 }],
    ['come late and in any order', { ...CALM, late: 4, shuffled: true }],
    ['get lost now and then', { ...CALM, lost: 20 }],
    ['all get lost', { ...CALM, lost: 100 }],
    ['come in floods', { ...CALM, flood: 3 }],
  ])(
    '%s',
    async (_name, weather) => {
      await stories.endsAsClean(weather);
    },
    180_000,
  );

  test('suffer several of these at once', () => endAsClean(stories, { seed: 4, numRuns: 3 }), 300_000);
});
