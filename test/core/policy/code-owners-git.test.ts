import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matchesPattern } from '../../../core/policy/code-owners.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'owners-'));
  execFileSync('git', ['init', '--quiet', folder]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Which of the paths git ignores by one pattern. */
function ignored(pattern: string, paths: readonly string[]): string[] {
  const excludes = join(folder, '.git', 'info', 'exclude');
  writeFileSync(excludes, `${pattern}\n`);
  const { status, stdout } = spawnSync(
    'git',
    ['-C', folder, '-c', 'core.excludesFile=', 'check-ignore', '--no-index', '--stdin'],
    {
      input: paths.join('\n'),
      encoding: 'utf8',
    },
  );
  // 1 says that none is ignored.
  if (status !== 0 && status !== 1) throw new Error(`git ended with ${status}`);
  return stdout.split('\n').filter((line) => line !== '');
}

const names = ['a', 'b', 'ab', 'ba'];
const paths = names.flatMap((one) => [
  one,
  ...names.flatMap((two) => [`${one}/${two}`, `${one}/${two}/a`, `${one}/${two}/b/ab`]),
]);

test('a pattern matches what git ignores by it, but for the star that ends at the files of its folder', () => {
  const part = fc.constantFrom('a', 'b', 'ab', '*', '**', '?', 'a*', '*b', '?b');
  const pattern = fc
    .record({ root: fc.boolean(), parts: fc.array(part, { minLength: 1, maxLength: 4 }), folder: fc.boolean() })
    .filter(({ root, parts, folder: ends }) => !(parts.at(-1) === '*' && !ends && (root || parts.length > 1)))
    .map(({ root, parts, folder: ends }) => `${root ? '/' : ''}${parts.join('/')}${ends ? '/' : ''}`);
  fc.assert(
    fc.property(pattern, (text) => {
      expect(paths.filter((path) => matchesPattern(text, path))).toEqual(ignored(text, paths));
    }),
    { numRuns: 120 },
  );
});
