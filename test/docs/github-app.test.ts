import { expect, test } from 'vitest';
import { CONVERTERS } from '../../app/deliveries/registry.ts';
import { APP_EVENTS, APP_PERMISSIONS } from '../../scripts/demo/world.ts';
import { codeIn, tableAfter } from './pages.ts';

test('the page lists the permissions that the App of the demo has, and no other', () => {
  const listed = tableAfter('docs/github-app.md', '## Permissions').map(([name = '', level]) => [
    codeIn(name)[0],
    level,
  ]);
  expect(Object.fromEntries(listed)).toEqual(APP_PERMISSIONS);
});

test('the page gives a reason for each', () => {
  for (const [, , reason] of tableAfter('docs/github-app.md', '## Permissions')) expect(reason).toMatch(/\w{3,}/);
});

test('the page lists the events that the App is subscribed to and reads', () => {
  const listed = tableAfter('docs/github-app.md', '## Events').map(([name = '']) => codeIn(name)[0]);
  expect(listed).toEqual([...APP_EVENTS]);
  const forRunners = tableAfter('docs/github-app.md', '(runners.md), also:').map(([name = '']) => codeIn(name)[0]);
  expect([...listed, ...forRunners].sort()).toEqual([...CONVERTERS.keys()].sort());
});
