import { expect, test } from 'vitest';
import { githubApp } from '../../app/github.ts';
import { governor } from '../../app/governor/governor.ts';
import { UNKNOWN } from '../../app/governor/limits.ts';
import { memoryStore } from '../../app/governor/memory-store.ts';
import { appMetrics } from '../../app/metrics/metrics.ts';
import { type AppWorld, startAppWorld } from './world.ts';

async function inWorld(check: (world: AppWorld) => Promise<void>): Promise<void> {
  const world = await startAppWorld();
  try {
    await check(world);
  } finally {
    await world.close();
  }
}

function appOf(world: AppWorld, store = memoryStore(Date.now)) {
  const metrics = appMetrics(Date.now);
  return githubApp(world.config, metrics, governor({ store: () => store, paced: false, metrics }));
}

test('the first token of an installation is asked of the GitHub that the settings name', () =>
  inWorld(async (world) => {
    expect(await appOf(world).token(world.installation.id)).toMatch(/./);
  }));

test('an installation whose limits are used up does not keep the others’ repositories from being known', () =>
  inWorld(async (world) => {
    world.github.createOrganization('trains');
    await world.github.createRepository({ owner: 'trains', name: 'delay' });
    const other = world.github.installApp(world.app, 'trains');
    const store = memoryStore(Date.now);
    const blockedUntil = Date.now() + 600_000;
    await store.swap(world.installation.id, 0, { ...UNKNOWN, blockedUntil }, Date.now());
    const left: unknown[] = [];
    const found = await appOf(world, store).repositories((installation, { code }) => left.push([installation, code]));
    expect(found).toEqual([{ installation: other.id, repository: 'trains/delay' }]);
    expect(left).toEqual([[world.installation.id, 'rate_limited']]);
  }));
