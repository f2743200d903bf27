import { expect, test } from 'vitest';
import { loadValidations } from '../../flows/validation-state.ts';
import { COMMIT } from '../core/samples.ts';

const running = { status: 'running', workflowRun: 1, url: '', pullRequest: 1, path: 'a.csv' } as const;

test('a state that nobody of ours wrote counts as none: its data is not known to pass', async () => {
  const stored = { rows: JSON.stringify(running), a: 'no JSON', b: '{"status":"done"}', c: '"passed"' };
  const inFlight = { validations: async () => stored };
  // Only what is asked for.
  const ports = { inFlight } as unknown as Parameters<typeof loadValidations>[0];
  expect(await loadValidations(ports, COMMIT)).toEqual({ rows: running });
});
