import { expect, test } from 'vitest';
import { githubApp } from '../../app/github.ts';
import { governor } from '../../app/governor/governor.ts';
import { memoryStore } from '../../app/governor/memory-store.ts';
import { appMetrics } from '../../app/metrics/metrics.ts';
import { startAppWorld } from './world.ts';

test('tokens of an installation are asked of the GitHub that the settings name, and another when one is refused', async () => {
  const world = await startAppWorld();
  try {
    const metrics = appMetrics(Date.now);
    const store = memoryStore(Date.now);
    const github = githubApp(world.config, metrics, governor({ store: () => store, paced: false, metrics }));
    const token = await github.token(world.installation.id);
    expect(token).toMatch(/./);
    // As long as GitHub takes it, it is held; when it refuses it, another is asked for.
    expect(await github.token(world.installation.id)).toBe(token);
    expect(await github.token(world.installation.id, token)).not.toBe(token);
  } finally {
    await world.close();
  }
});
