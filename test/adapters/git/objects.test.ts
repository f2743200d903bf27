import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitObject, gitObject, packOf, tagObject, treeOfOneFile } from '../../../adapters/git/objects.ts';

let directory: string;
const git = (args: readonly string[], input?: Buffer | string): string =>
  execFileSync('git', args, {
    cwd: directory,
    env: { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  }).toString();

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trainyard-objects-'));
  git(['init', '--bare', '--quiet', '.']);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const by = {
  name: 'trainyard[bot]',
  email: 'trainyard[bot]@users.noreply.github.com',
  at: new Date(1_790_000_000_000),
};

describe('git objects', () => {
  test('are what git itself unpacks and finds sound', () => {
    const blob = gitObject('blob', Buffer.from('{"envelope":"über"}'));
    const tree = treeOfOneFile('envelope.json', blob.id);
    const first = commitObject({ tree: tree.id, parent: null, by, message: 'version: delay' });
    const second = commitObject({ tree: tree.id, parent: first.id, by, message: 'stage: delay' });
    const tag = tagObject({ name: 'delay@v1.0.0', target: second.id, by, message: 'delay 1.0.0\n\nTrainyard-Run: x' });
    git(['unpack-objects', '--strict', '-q'], packOf([blob, tree, first, second, tag]));
    git(['update-ref', 'refs/tags/delay@v1.0.0', tag.id]);
    expect(git(['fsck', '--strict', '--no-progress'])).toBe('');
    expect(git(['rev-list', 'delay@v1.0.0']).trim().split('\n')).toEqual([second.id, first.id]);
    expect(git(['show', `${second.id}:envelope.json`])).toBe('{"envelope":"über"}');
    expect(git(['for-each-ref', '--format=%(contents:body)', 'refs/tags']).trim()).toBe('Trainyard-Run: x');
  });

  test('of any size fit a pack', () => {
    const sizes = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(2047, 2048, 262_143, 262_144));
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 3 }), (lengths) => {
        const blobs = lengths.map((length, index) => gitObject('blob', Buffer.alloc(length, index)));
        git(['unpack-objects', '-q'], packOf(blobs));
        for (const { id, content } of blobs) expect(Number(git(['cat-file', '-s', id]))).toBe(content.length);
      }),
      { numRuns: 8 },
    );
  });

  test('take no line of a name as one of their own', () => {
    const tree = treeOfOneFile('a', gitObject('blob', Buffer.alloc(0)).id);
    const forged = { ...by, name: 'x>\nparent 0000000000000000000000000000000000000000' };
    const { content } = commitObject({ tree: tree.id, parent: null, by: forged, message: 'm' });
    expect(content.toString()).not.toMatch(/^parent/m);
  });
});
