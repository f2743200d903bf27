import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRefName } from '../../../local/git/refs.ts';

test.each([
  ['refs/heads/main', true],
  ['refs/trainyard/runs/01ABC', true],
  ['refs/tags/flight-delay#production#4', true],
  ['refs/tags/model@v1.2.0', true],
  ['refs/heads', false],
  ['refs/heads/', false],
  ['heads/main', false],
  ['refs/heads/../../config', false],
  ['refs/heads/a.lock', false],
  ['refs/heads/.a', false],
  ['refs/heads/a b', false],
  ['refs/heads/a@{1}', false],
  ['refs/heads/a\0b', false],
  ['refs//heads/a', false],
])('%j as a ref name: %s', (name, good) => {
  expect(isRefName(name)).toBe(good);
});

test('no name passes that git itself refuses', () => {
  const part = fc.string({ unit: fc.constantFrom(...'ab.@{}~^:?*[\\/ -#\u0001é'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (parts) => {
      const name = `refs/heads/${parts.join('/')}`;
      fc.pre(isRefName(name));
      expect(spawnSync('git', ['check-ref-format', name]).status).toBe(0);
    }),
    { numRuns: 60 },
  );
});
