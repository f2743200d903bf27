import { afterAll, beforeAll, expect, test } from 'vitest';
import { EFFECTS } from './kill-plan.ts';
import { trainAndPromote } from './kill-story.ts';
import { KilledWorld } from './kills.ts';

/**
 * After the effect, before it is recorded: where a flow that is simply begun again would do it twice. Others beside. In
 * whichever flow comes to the step first: the timer makes up for a delivery that came while the App was dead.
 */
const BOUNDARIES = [
  'show, unrecorded',
  'react, recorded',
  'accept …, unrecorded',
  'started …, before',
  'audit, unrecorded',
  'handled, before',
  'judge …, unrecorded',
  'decide …, recorded',
  'record …, unrecorded',
  'show …, before',
  'version greeter … staging, unrecorded',
  'release greeter … staging, unrecorded',
  'stage greeter … staging, recorded',
  'stage tag greeter … staging, before',
  'handled …, recorded',
  'stage greeter … production, unrecorded',
  'deployment greeter … production, unrecorded',
];
const chosen = ['training is dispatched', 'the version is tagged', 'the deployment is made'];
const effects = EFFECTS.filter(({ effect }) => chosen.includes(effect));

let clean: KilledWorld;
let killed: KilledWorld;

beforeAll(async () => {
  [clean, killed] = await Promise.all([KilledWorld.open('clean'), KilledWorld.open('killed')]);
}, 240_000);
afterAll(async () => {
  await clean?.close();
  await killed?.close();
});

// At every boundary, after every effect and at random: kill.long.test.ts.
test('an App that is killed twenty times from an opened pull request to production leaves what a clean pass leaves', async () => {
  killed.arm({ boundaries: BOUNDARIES, effects, delays: [] });
  await Promise.all([trainAndPromote(clean.team), trainAndPromote(killed.team)]);
  await killed.comesTo(await clean.atRest(), 240);
  expect([...killed.struck()].sort()).toEqual([...BOUNDARIES, ...chosen].sort());
  await killed.team.trainyard(['verify']);
}, 600_000);

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  killed.team.assertConforms();
});
