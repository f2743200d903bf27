import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fault, seeded } from '../fakes/faults.ts';
import { FaultyWorld } from './faulty-world.ts';
import { trainAndPromote } from './kill-story.ts';

/** Those after which nobody has to wait. All of them, and many seeds: faults.long.test.ts. */
const KINDS: readonly Fault[] = [
  '502',
  '502 after the effect',
  '401 expired token',
  '404 after create',
  'reset before the effect',
  'reset after the effect',
  'broken off in the body',
  'half of the body as if it were all',
];

/** Another one draws other faults: a failure names it. */
const SEED = Number(process.env['FAULT_SEED'] ?? 1);

let clean: FaultyWorld;
let faulty: FaultyWorld;

beforeAll(async () => {
  [clean, faulty] = await Promise.all([FaultyWorld.open('faultless'), FaultyWorld.open('faults')]);
}, 240_000);
afterAll(async () => {
  await clean?.close();
  await faulty?.close();
});

test(`a GitHub that fails, resets and cuts off one request in ten, and every fourth write, is left as after a clean pass (seed ${SEED})`, async () => {
  faulty.proxy.follow(seeded({ seed: SEED, kinds: KINDS, reads: 10, writes: 25, most: 60 }));
  await Promise.all([trainAndPromote(clean.team), trainAndPromote(faulty.team)]);
  await faulty.comesTo(await clean.atRest());
  expect(new Set(faulty.proxy.applied().map(({ fault }) => fault)).size).toBeGreaterThan(KINDS.length / 2);
  await faulty.team.trainyard(['verify']);
}, 600_000);

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  faulty.team.assertConforms();
});
