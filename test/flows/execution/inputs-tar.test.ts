import { expect, test } from 'vitest';
import { sha256Hex } from '../../../core/canonical.ts';
import type { TreeEntry } from '../../../core/fingerprint/manifest.ts';
import { DatasetName, GitId, RepoPath } from '../../../core/names.ts';
import { digesting, inputsTar } from '../../../flows/inputs-tar.ts';
import type { Ports } from '../../../flows/ports.ts';
import { filesIn } from './world.ts';

const COMMIT = GitId.parse('c'.repeat(40));

interface Given {
  readonly mode?: string;
  readonly type?: TreeEntry['type'];
  readonly text?: string;
  readonly size?: number;
}

function sourceOf(files: Readonly<Record<string, Given>>, truncated = false): Pick<Ports, 'source'> {
  const entries = Object.entries(files).map(([path, { mode = '100644', type = 'blob', text = '', size }]) => {
    return { path, mode, type, id: GitId.parse('a'.repeat(40)), size: size ?? text.length };
  });
  const source: Partial<Ports['source']> = {
    tree: async () => ({ commit: COMMIT, entries, truncated }) as never,
    file: async (_commit, path) => (path in files ? Buffer.from(files[path]?.text ?? '') : null),
  };
  return { source: source as Ports['source'] };
}

async function packed(files: Readonly<Record<string, Given>>, inputs: readonly string[], truncated = false) {
  const order = { commit: COMMIT, inputs: inputs.map((path) => RepoPath.parse(path)), data: {} };
  const tar = digesting(await inputsTar(sourceOf(files, truncated), order));
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar.content()) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), digest: tar.digest() };
}

test('what is declared is packed, in one order, and nothing beside it', async () => {
  const files: Record<string, Given> = {
    src: { mode: '040000', type: 'tree' },
    'src/b.py': { text: 'b' },
    'src/a.py': { text: 'a' },
    'src2/c.py': { text: 'c' },
    'x.py': { text: 'x' },
  };
  const { bytes, digest } = await packed(files, ['x.py', 'src']);
  expect(filesIn(bytes)).toEqual(['src/a.py', 'src/b.py', 'x.py']);
  expect(digest).toBe(sha256Hex(bytes));
});

test.each<[string, Readonly<Record<string, Given>>, string]>([
  ['is not there', { 'b.py': {} }, 'found nothing there'],
  ['is a link', { 'a.py': { mode: '120000', text: '/etc/passwd' } }, 'found a link'],
  ['is a submodule', { 'a.py': { mode: '160000', type: 'commit' } }, 'found a submodule'],
  ['is larger than may be', { 'a.py': { size: 2 ** 40 } }, 'expected at most'],
  [
    'is a pointer of Git LFS',
    { 'a.py': { text: 'version https://git-lfs.github.com/spec/v1\noid sha256:0' } },
    'Git LFS',
  ],
])('an input that %s is refused', async (_what, files, message) => {
  await expect(packed(files, ['a.py'])).rejects.toMatchObject({
    code: 'not_possible',
    message: expect.stringContaining(message),
  });
});

test('a tree of which a part is missing is refused', async () => {
  await expect(packed({ 'a.py': {} }, ['a.py'], true)).rejects.toMatchObject({ code: 'not_possible' });
});

test('data outside of the repository is refused, since nothing would bring it', async () => {
  const at = { location: 's3://team/rows.csv', sha256: sha256Hex('rows'), version: null };
  const order: Parameters<typeof inputsTar>[1] = {
    commit: COMMIT,
    inputs: [RepoPath.parse('a.py')],
    data: { [DatasetName.parse('rows')]: { path: RepoPath.parse('rows.csv'), at } },
  };
  await expect(inputsTar(sourceOf({ 'a.py': {} }), order)).rejects.toMatchObject({
    code: 'not_possible',
    message: expect.stringContaining('dataset rows lies outside'),
  });
});
