import { expect, test } from 'vitest';
import { ModelName } from '../../core/names.ts';
import { reportFreeze } from '../../flows/freeze.ts';

test('a thousand bad tags make an issue that GitHub takes, and it says how many are not listed', async () => {
  const bodies: string[] = [];
  const findings = Array.from({ length: 1000 }, (_, index) => `tag ${index} ${'|'.repeat(200)}`);
  const issues = { put: async ({ body }: { body: string }) => void bodies.push(body) };
  await reportFreeze({ issues }, ModelName.parse('flight-delay'), findings, true);
  expect(bodies[0]?.length).toBeLessThanOrEqual(65_535);
  expect(bodies[0]).toMatch(
    /^<!-- trainyard:freeze:flight-delay -->\nPromotion of `flight-delay` is frozen\.\n\n- tag 0/,
  );
  expect(bodies[0]).toMatch(/Cut here: \d+ more items did not fit\.\n\nNothing of this model is promoted until/);
});
