import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FAULTS, type Fault, type Plan, seeded } from '../fakes/faults.ts';
import type { EndState } from './end-state.ts';
import { FaultyWorld } from './faulty-world.ts';
import { trainAndPromote } from './kill-story.ts';

/** How many seeds of mixed faults: a failure names its own. */
const SEEDS = Array.from({ length: Number(process.env['FAULT_SEEDS'] ?? 10) }, (_, index) => index + 1);
/** Each of them keeps the App waiting for a minute and more. */
const SLOW: readonly Fault[] = ['403 secondary limit'];

vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 900_000 });

let clean: EndState;

beforeAll(async () => {
  const world = await FaultyWorld.open('faultless');
  try {
    await trainAndPromote(world.team, 900);
    clean = await world.atRest();
  } finally {
    await world.close();
  }
});
afterAll(() => {
  process.stdout.write(`seeds of mixed faults: ${SEEDS.join(', ')}\n`);
});

async function endsAsClean(name: string, plan: Plan): Promise<void> {
  const world = await FaultyWorld.open(name);
  try {
    world.proxy.follow(plan);
    await trainAndPromote(world.team, 900);
    await world.comesTo(clean, 600);
    expect(world.proxy.applied().length).toBeGreaterThan(0);
    await world.team.trainyard(['verify']);
    world.team.assertConforms();
  } finally {
    await world.close();
  }
}

describe('a GitHub that fails leaves what a clean pass leaves', () => {
  test.each(FAULTS)('always in the same way: %s', async (fault) => {
    const most = SLOW.includes(fault) ? 2 : 60;
    await endsAsClean('fault', seeded({ seed: 1, kinds: [fault], reads: 10, writes: 25, most }));
  });
  test.each(SEEDS)('in all ways, seed %i', async (seed) => {
    const kinds = FAULTS.filter((fault) => !SLOW.includes(fault));
    await endsAsClean(`seed-${seed}`, seeded({ seed, kinds, reads: 10, writes: 25, most: 60 }));
  });
});
