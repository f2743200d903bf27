import { expect, test } from 'vitest';
import { setupKind } from '../../../adapters/python/setup-kind.ts';

test.each(['requirements.lock', 'models/a/requirements.txt', 'requirements-gpu.txt', 'eval/gpu.lock'])(
  '%s is installed',
  (path) => {
    expect(setupKind(path)).toEqual({ kind: 'requirements' });
  },
);

test.each([
  ['uv.lock', 'uv'],
  ['a/poetry.lock', 'poetry'],
  ['environment.lock', 'conda'],
  ['conda-linux-64.lock', 'conda'],
  ['gpu-conda.explicit.txt', 'conda'],
])('%s is installed by the tool that made it', (path, kind) => {
  expect(setupKind(path)).toEqual({ kind });
});

test.each([
  ['Pipfile.lock', 'Pipenv lock'],
  ['conda-lock.yml', 'conda lock'],
  ['environment.yaml', 'conda environment'],
  ['Dockerfile', 'container build file'],
  ['setup.py', 'file named setup.py'],
])('%s is refused by name', (path, format) => {
  expect(setupKind(path)).toMatchObject({ kind: 'unsupported', format });
});
