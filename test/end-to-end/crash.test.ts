import { test } from 'vitest';
import { killedAfter, PROMOTION, TRAINING } from './kills.ts';

/** The effects after which a second run, workflow or version would come of a flow that is simply begun again. */
const chosen = ['the run is in the ledger', 'training is dispatched', 'the version is tagged'];
const among = ({ effect }: { effect: string }): boolean => chosen.includes(effect);

// After each of all effects: crash.long.test.ts.
const killed = killedAfter('crash', TRAINING.filter(among), PROMOTION.filter(among));

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  killed.team().assertConforms();
});
