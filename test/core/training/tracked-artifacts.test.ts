import { expect, test } from 'vitest';
import { boundArtifacts, packageArtifacts } from '../../../core/training/tracked-artifacts.ts';

const file = (path: string) => ({ path, content: Buffer.from(path), executable: false });
const artifact = (path: string, size = 1) => ({ path, contentType: 'text/csv', bytes: new Uint8Array(size) });

test.each([
  ['artifacts/plots/roc.png', 'image/png'],
  ['artifacts/plots/deep/roc.json', 'application/json'],
  ['artifacts/README.md', 'text/markdown'],
  // A browser would run what is in them, at the address of the tracking server.
  ['artifacts/plots/roc.html', null],
  ['artifacts/plots/roc.svg', null],
  ['artifacts/model.json', null],
  ['artifacts/other/README.md', null],
  ['manifest.json', null],
])('of a package, %s is kept as %s', (path, contentType) => {
  expect(packageArtifacts([file(path)]).map((one) => one.contentType)).toEqual(
    contentType === null ? [] : [contentType],
  );
});

test.each(['../x', '/x', 'a//b', 'a/../b', '.git/x', 'a b', 'a?b', 'a%2e', 'a#b', ''])(
  'a path like %j is left out',
  (path) => {
    expect(boundArtifacts([artifact(path)])).toEqual([]);
  },
);

test('there are at most 40, of 4 MiB each and 16 MiB in all; the first ones stay', () => {
  const many = Array.from({ length: 60 }, (_, index) => artifact(`plots/${index}.csv`));
  expect(boundArtifacts(many)).toEqual(many.slice(0, 40));
  const large = [artifact('a', (4 << 20) + 1), ...['b', 'c', 'd', 'e', 'f'].map((path) => artifact(path, 4 << 20))];
  expect(boundArtifacts(large).map(({ path }) => path)).toEqual(['b', 'c', 'd', 'e']);
});
