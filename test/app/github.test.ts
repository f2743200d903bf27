import { expect, test } from 'vitest';
import { githubApp } from '../../app/github.ts';
import { governor } from '../../app/governor/governor.ts';
import { memoryStore } from '../../app/governor/memory-store.ts';
import { appMetrics } from '../../app/metrics/metrics.ts';
import { startAppWorld } from './world.ts';

test('the first token of an installation is asked of the GitHub that the settings name', async () => {
  const world = await startAppWorld();
  try {
    const metrics = appMetrics(Date.now);
    const store = memoryStore(Date.now);
    const github = githubApp(world.config, metrics, governor({ store: () => store, paced: false, metrics }));
    expect(await github.token(world.installation.id)).toMatch(/./);
  } finally {
    await world.close();
  }
});
