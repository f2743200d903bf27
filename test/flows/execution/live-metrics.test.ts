import { afterEach, expect, test } from 'vitest';
import { handleEvent } from '../../../flows/handle.ts';
import { launchRun } from '../../../flows/launch.ts';
import type { Ports, StepMetric } from '../../../flows/ports.ts';
import { type Computing, RUN, startComputing } from './world.ts';

let computing: Computing;
afterEach(() => computing.close());

test('new metrics are written to the check of their run at once, and to nothing else', async () => {
  computing = await startComputing();
  await launchRun(computing.ports, await computing.draft());
  const reported: StepMetric[] = [];
  const ports: Ports = {
    ...computing.ports,
    inFlight: { ...computing.ports.inFlight, stepMetrics: async () => reported },
    comments: {
      ...computing.ports.comments,
      putSticky: () => Promise.reject(new Error('the comment is not for this')),
    },
  };
  const before = computing.checks.length;
  for (const step of [1, 2]) {
    reported.push({ step, metric: 'loss', value: 1 / step });
    await handleEvent({ kind: 'progress', run: RUN }, ports);
    expect(computing.checks.at(-1)?.summary).toContain(`| \`loss\` | ${step} | 1 |`);
  }
  reported.push({ step: 2, metric: 'loss', value: 0.4, attempt: 2 });
  await handleEvent({ kind: 'progress', run: RUN }, ports);
  expect(computing.checks.at(-1)?.summary).toContain('Attempt 2 went on at step 2.');
  expect(computing.checks.slice(before).map(({ name }) => name)).toEqual(Array(3).fill('trainyard / train: delay'));
});
