import { expect, test } from 'vitest';
import { githubApp } from '../../app/github.ts';
import { appMetrics } from '../../app/metrics/metrics.ts';
import { startAppWorld } from './world.ts';

test('the first token of an installation is asked of the GitHub that the settings name', async () => {
  const world = await startAppWorld();
  try {
    const github = githubApp(world.config, appMetrics(Date.now));
    expect(await github.token(world.installation.id)).toMatch(/./);
  } finally {
    await world.close();
  }
});
