import { beforeAll, describe, expect, test, vi } from 'vitest';
import { drawn } from './boundaries.ts';
import type { EndState } from './end-state.ts';
import { EFFECTS, type KillPlan, UNHARMED } from './kill-plan.ts';
import { trainTwiceAndRollBack } from './kill-story.ts';
import { KilledWorld } from './kills.ts';

/** Another one draws other moments: a failure names it. */
const SEED = process.env['KILL_SEED'] ?? '1';
/** Deaths at random moments of one pass. */
const DRAWN = 32;
/** Milliseconds after a start: from within it to well into the work. */
const [SOONEST, LATEST] = [300, 6000];

// Every kill takes the seconds of a start and of a takeover; a machine that does much else at once takes many.
vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 900_000 });

let clean: EndState;
let boundaries: readonly string[];
const struck: string[] = [];

/** A pass of the story; what it left and the boundaries that it came to. */
async function pass(name: string, plan: KillPlan, judge: (world: KilledWorld) => Promise<void>): Promise<void> {
  const world = await KilledWorld.open(name);
  const began = performance.now();
  try {
    world.arm(plan);
    // Delays count from a start.
    if (plan.delays.length > 0) await world.strike();
    await trainTwiceAndRollBack(world.team, 900);
    await judge(world);
    const kills = world.struck();
    struck.push(...kills);
    process.stdout.write(`${name}: ${kills.length} kills in ${Math.round((performance.now() - began) / 1000)} s\n`);
    world.team.assertConforms();
  } finally {
    await world.close();
  }
}

const endsAsClean = async (world: KilledWorld): Promise<void> => {
  await world.comesTo(clean, 240);
  await world.team.trainyard(['verify']);
};

const at = (moment: string): string[] => boundaries.filter((point) => point.endsWith(`, ${moment}`));
const random = (pass: number): readonly number[] =>
  Array.from({ length: DRAWN }, (_, index) => SOONEST + drawn(LATEST - SOONEST, SEED, pass, index));

beforeAll(async () => {
  await pass('clean', UNHARMED, async (world) => {
    clean = await world.atRest();
    boundaries = world.reached();
  });
});

describe(`an App that is killed (seed ${SEED}) leaves what a clean pass leaves`, () => {
  test.each([
    ['at the beginning of every step', 'before'],
    ['after the effect of every step, before it is recorded', 'unrecorded'],
    ['after every step is recorded', 'recorded'],
  ] as const)('%s', async (_, moment) => {
    await pass(moment, { ...UNHARMED, boundaries: at(moment) }, endsAsClean);
  });
  test('in the midst of steps, after every effect', async () => {
    await pass('effects', { ...UNHARMED, effects: EFFECTS }, endsAsClean);
  });
  test.each([1, 2])('at random moments: pass %i', async (number) => {
    await pass('random', { ...UNHARMED, delays: random(number) }, endsAsClean);
  });
});

test('all this was at least two hundred kills, and one at every boundary of every step', async () => {
  // What another event did first because the App was dead is struck in a pass of its own.
  for (let rest = missed(); rest.length > 0; rest = missed()) {
    const before = struck.length;
    await pass('rest', { ...UNHARMED, boundaries: rest }, endsAsClean);
    if (struck.length === before) break;
  }
  expect(missed()).toEqual([]);
  expect(struck.length).toBeGreaterThanOrEqual(200);
});

/** A merge that the timer heard of first has the same steps as one that its delivery told of. */
const missed = (): readonly string[] => {
  const step = (point: string): string => point.slice(point.indexOf(':'));
  const done = new Set(struck.map(step));
  return boundaries.filter((point) => !done.has(step(point)));
};
