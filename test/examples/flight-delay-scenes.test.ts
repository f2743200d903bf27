import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../core/config/parse.ts';
import { parseContract } from '../../core/data/contract.ts';
import { RepoPath } from '../../core/names.ts';
import { validateCsv } from '../core/data/csv-reference/validate.ts';
import { applyScene, copyExample, git, readScene, sceneNames } from './scenes.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trainyard-scenes-'));
  copyExample(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const CODE = ['pr1', 'pr2', 'pr3', 'pr4', 'pr5'];

/** Makes the example a repository with one branch per scene, each off the first commit. */
function branches(scenes: readonly string[]): void {
  git(directory, 'init', '-q', '-b', 'main');
  git(directory, 'add', '-A');
  git(directory, 'commit', '-q', '-m', 'first');
  for (const scene of scenes) {
    git(directory, 'checkout', '-q', '-b', scene, 'main');
    applyScene(directory, scene);
    git(directory, 'add', '-A');
    git(directory, 'commit', '-q', '-m', readScene(scene).commit);
  }
  git(directory, 'checkout', '-q', 'main');
}

describe('the scenes of the flight-delay demo', () => {
  test('are all described', () => {
    expect(sceneNames().sort()).toEqual([...CODE, 'pr1-broken-data'].sort());
    for (const name of sceneNames()) expect(readScene(name).branch).not.toBe('main');
  });

  test('merge without a conflict, in the order of the story', () => {
    branches(CODE);
    for (const scene of ['pr1', 'pr3', 'pr2', 'pr4', 'pr5']) git(directory, 'merge', '-q', '-m', scene, scene);
    expect(git(directory, 'status', '--porcelain')).toBe('');
  });

  test('apply also after pr1 and pr3', () => {
    for (const scene of ['pr1', 'pr3', 'pr2', 'pr4', 'pr5']) applyScene(directory, scene);
  });

  test.each([
    ['pr1', /^src\/features\//],
    ['pr2', /^models\/flight-delay\//],
    ['pr3', /^models\/flight-delay\//],
    ['pr4', /^README\.md$/],
    ['pr5', /^\.github\/trainyard\.yml$/],
  ])('%s changes only what its story says', (scene, where) => {
    branches([scene]);
    const changed = git(directory, 'diff', '--name-only', 'main', scene).trim().split('\n');
    expect(changed.filter((path) => !where.test(path))).toEqual([]);
  });

  test('pr5 lowers a gate and leaves the config valid', () => {
    const minimum = (): number | undefined => {
      const parsed = parseConfig(readFileSync(join(directory, '.github/trainyard.yml'), 'utf8'));
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      return Object.values(Object.values(parsed.config.models)[0]?.gates ?? {})[0]?.min;
    };
    const before = minimum();
    applyScene(directory, 'pr5');
    expect(minimum()).toBeLessThan(before ?? 0);
  });

  test('pr1-broken-data breaks the contract at the lines that it edits and nowhere else', () => {
    applyScene(directory, 'pr1-broken-data');
    const file = RepoPath.parse('models/flight-delay/flights.odcs.yaml');
    const parsed = parseContract(readFileSync(join(directory, file), 'utf8'), { file });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const bytes = readFileSync(join(directory, 'data/flights.csv'));
    const result = validateCsv([bytes], parsed.contract, { file: RepoPath.parse('data/flights.csv') });
    expect(result.status).toBe('failed');
    const found = result.findings.map(({ line, column }) => ({ line, column }));
    expect(found).toEqual(readScene('pr1-broken-data').edits.map(({ line, column }) => ({ line, column })));
  });
});
