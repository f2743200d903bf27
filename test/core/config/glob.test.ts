import { matchesGlob } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOfDataset, isPattern, matchesPath, patternProblem } from '../../../core/config/glob.ts';

test.each([
  ['data/*.csv', 'data/a.csv', true],
  ['data/*.csv', 'data/a.csv.gz', false],
  ['data/*.csv', 'data/deep/a.csv', false],
  ['data/*.csv', 'data/.hidden.csv', false],
  ['data/*.csv', 'database/a.csv', false],
  ['data/?.csv', 'data/a.csv', true],
  ['data/?.csv', 'data/ab.csv', false],
  ['data/**/*.csv', 'data/a.csv', true],
  ['data/**/*.csv', 'data/k=1/l=2/a.csv', true],
  ['data/**/*.csv', 'data/.git/a.csv', false],
  ['data/**/part/*.csv', 'data/a/part/b.csv', true],
  ['data/**/part/*.csv', 'data/a/parts/b.csv', false],
  ['data/*a*b*.csv', 'data/xxabxx.csv', true],
  ['data/[ab].csv', 'data/a.csv', false],
  ['data/*', 'data', false],
  ['*.csv', 'a.csv', true],
])('%s against %s: %s', (pattern, path, expected) => {
  expect(matchesPath(path, pattern)).toBe(expected);
});

test('agrees with Node’s own reading of patterns', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), minLength: 1, maxLength: 5 });
  const pattern = fc
    .array(fc.oneof(part, fc.constant('**')), { minLength: 1, maxLength: 4 })
    .map((parts) => `d/${parts.join('/')}/x*`)
    // A part of dots alone is no name, and two stars within one are refused.
    .filter((text) => patternProblem(text) === null && !/(?:^|\/)\.+(?:\/|$)/.test(text));
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'x'), minLength: 1, maxLength: 5 });
  const path = fc
    .array(name, { minLength: 1, maxLength: 5 })
    .map((names) => `d/${names.join('/')}/x`)
    .filter((text) => !/(?:^|\/)\.+(?:\/|$)/.test(text));
  fc.assert(
    fc.property(path, pattern, (one, by) => {
      expect(matchesPath(one, by)).toBe(matchesGlob(one, by));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['data/flights.csv', null],
  ['data/*.csv', null],
  ['data/**/*.csv', null],
  ['*.csv', null],
  ['**/*.csv', 'begins with the name of a folder'],
  ['*/a.csv', 'begins with the name of a folder'],
  ['data/**.csv', 'a whole part'],
  ['data/**', 'the names of files'],
  ['data/*a*b*c*d*e', 'at most'],
  ['data/**/a/**/b/**/c/**/d/**/*.csv', 'at most'],
])('%s as a pattern: %s', (path, problem) => {
  const found = patternProblem(path);
  if (problem === null) expect(found).toBeNull();
  else expect(found).toContain(problem);
});

test('a pattern that backtracks elsewhere is matched at once', () => {
  const stars = `${'*a'.repeat(500)}b`;
  expect(matchesPath('a'.repeat(1000), stars)).toBe(false);
});

test('a file is of a dataset by its path, its folder or its pattern', () => {
  expect(['data', 'data/a.csv', 'data/*.csv'].map((path) => isOfDataset('data/a.csv', path))).toEqual([
    true,
    true,
    true,
  ]);
  expect(['dat', 'data/b.csv', 'data/*.parquet'].some((path) => isOfDataset('data/a.csv', path))).toBe(false);
  expect(isPattern('data/[a].csv')).toBe(false);
});
