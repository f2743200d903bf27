import { expect, test } from 'vitest';
import { ROUGH, simulate } from '../../bench/runner-simulation/simulate.ts';

// 10,000 jobs take some five seconds of CPU, for all that goes wrong to go wrong together somewhere.
test('of 10,000 jobs none is left without a runner, none runs on another’s, and no machine is left or reaped', async () => {
  const result = await simulate({ ...ROUGH, jobs: 10_000, seed: 20_261_122 });
  expect(result).toMatchObject({
    ...{ jobs: 10_000, unserved: 0, leftMachines: 0, leftRunners: 0, violations: { thefts: [], reaped: [] } },
  });
  // Milliseconds; each outage lasts for twenty minutes. A machine's own end, after hours, is not what clears it, but for
  // the few that run another's job.
  expect(result.waits.at(-1)).toBeLessThan(90 * 60_000);
  expect(result.idles[Math.floor(result.idles.length * 0.995)]).toBeLessThan(60 * 60_000);
  // What makes the above worth something did happen.
  expect(Math.min(result.reclaimed, result.neverCame)).toBeGreaterThan(10);
  expect(result.stolen).toBeGreaterThan(3);
});

test('without a single webhook the timer alone serves every job', async () => {
  const result = await simulate({ ...ROUGH, webhooks: { lost: 1, late: 0, twice: 0 }, jobs: 500, seed: 7 });
  expect(result).toMatchObject({ unserved: 0, leftMachines: 0, leftRunners: 0 });
});
