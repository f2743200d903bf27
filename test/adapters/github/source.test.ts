import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GitId } from '../../../core/names.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let first: GitId;
let second: GitId;

beforeAll(async () => {
  world = await startWorld();
  first = await world.commit('main', { 'README.md': 'hello\n', 'models/delay/train.py': 'print(1)\n' });
  second = await world.commit('feature/a', { 'models/delay/train.py': 'print(2)\n' }, first);
});
afterAll(() => world.close());

describe('the source host', () => {
  test('names the repository and its default branch', async () => {
    expect(await world.ports.source.repository()).toEqual({
      name: 'flights/delay',
      defaultBranch: 'main',
      url: expect.stringContaining('/flights/delay'),
    });
  });

  test('asks for the repository once', async () => {
    await world.ports.source.repository();
    world.requests();
    await world.ports.source.repository();
    expect(world.requests()).toEqual([]);
  });

  test('finds a branch whose name holds a slash, and no branch that is not there', async () => {
    expect(await world.ports.source.branchHead('feature/a')).toBe(second);
    expect(await world.ports.source.branchHead('feature')).toBeNull();
  });

  test('lists folders and files of a commit with their modes, ids and sizes', async () => {
    const tree = await world.ports.source.tree(second);
    expect(tree.truncated).toBe(false);
    expect(tree.entries.map(({ path, mode, type, size }) => [path, mode, type, size])).toEqual([
      ['README.md', '100644', 'blob', 6],
      ['models', '040000', 'tree', undefined],
      ['models/delay', '040000', 'tree', undefined],
      ['models/delay/train.py', '100644', 'blob', 9],
    ]);
  });

  test('asks for the tree of a commit once', async () => {
    await world.ports.source.tree(second);
    world.requests();
    await world.ports.source.tree(second);
    await world.ports.source.file(second, 'README.md', 100);
    await world.ports.source.file(second, 'README.md', 100);
    expect(world.requests()).toEqual(['GET /repos/{owner}/{repo}/git/blobs/{file_sha}']);
  });

  test('reads a file at a commit', async () => {
    const bytes = await world.ports.source.file(first, 'models/delay/train.py', 100);
    expect(Buffer.from(bytes ?? []).toString()).toBe('print(1)\n');
  });

  test.each(['nothing.txt', 'models', 'README.md/x'])('finds no file at %s', async (path) => {
    expect(await world.ports.source.file(first, path, 100)).toBeNull();
  });

  test('refuses a file that is larger than allowed without fetching it', async () => {
    await expect(world.ports.source.file(first, 'README.md', 5)).rejects.toMatchObject({ code: 'too_large' });
  });

  test('finds the merge base of two commits', async () => {
    expect(await world.ports.source.mergeBase(first, second)).toBe(first);
  });

  test('an unknown commit is an error, not an empty tree', async () => {
    const unknown = first.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) as GitId;
    await expect(world.ports.source.tree(unknown)).rejects.toMatchObject({ code: 'not_found' });
  });
});
