import { expect, test } from 'vitest';
import { PolicyConfig } from '../../../core/config/policy.ts';
import { runnerFor } from '../../../core/policy/runner.ts';

const all = {
  gpus: ['a100', 't4', 'constructor'],
  runners: { default: 'cpu', fork: ['forks', 'x64'], gpus: { a100: ['gpu', 'a100'] } },
};

test.each<[string, object, { fork: boolean; gpu: string | null }, readonly string[] | null | string]>([
  ['no policy leaves the choice to the workflow', {}, { fork: false, gpu: null }, null],
  ['no GPU has the default', all, { fork: false, gpu: null }, ['cpu']],
  ['a GPU has its own', all, { fork: false, gpu: 'a100' }, ['gpu', 'a100']],
  ['a GPU without its own has the default', all, { fork: false, gpu: 't4' }, ['cpu']],
  ['a GPU called constructor has the default', all, { fork: false, gpu: 'constructor' }, ['cpu']],
  ['a GPU without its own and no default', { gpus: ['t4'] }, { fork: false, gpu: 't4' }, null],
  ['a GPU that policy does not name', all, { fork: false, gpu: 'h100' }, 'gpu_not_allowed'],
  ['a GPU in capitals', all, { fork: false, gpu: 'A100' }, 'gpu_not_allowed'],
  ['a GPU called __proto__', all, { fork: false, gpu: '__proto__' }, 'gpu_not_allowed'],
  ['any GPU where policy names none', {}, { fork: false, gpu: 'a100' }, 'gpu_not_allowed'],
  ['a fork has the runner of forks', all, { fork: true, gpu: null }, ['forks', 'x64']],
  ['a fork with a GPU has the runner of forks', all, { fork: true, gpu: 'a100' }, ['forks', 'x64']],
  ['a fork with a GPU that policy does not name', all, { fork: true, gpu: 'h100' }, 'gpu_not_allowed'],
  ['a fork without a runner of forks', { runners: { default: 'cpu' } }, { fork: true, gpu: null }, 'fork_denied'],
])('%s', (_, policy, request, expected) => {
  const choice = runnerFor(PolicyConfig.parse(policy), request);
  expect(choice.ok ? choice.labels : choice.reason).toEqual(expected);
});
