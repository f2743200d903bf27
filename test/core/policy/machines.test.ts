import { expect, test } from 'vitest';
import type { EngineName } from '../../../core/config/training.ts';
import { machinesProblem } from '../../../core/policy/machines.ts';

test.each<[EngineName, number | undefined]>([
  ['runner', undefined],
  ['runner', 1],
  ['ray', 2],
  ['kubernetes', 64],
])('%s trains on %s machines', (engine, nodes) => {
  expect(machinesProblem(engine, { nodes })).toBeNull();
});

test('a runner is one machine', () => {
  expect(machinesProblem('runner', { nodes: 2 })).toMatch(
    /one machine on the engine runner.*nodes: 2.*ray and kubernetes/,
  );
});
