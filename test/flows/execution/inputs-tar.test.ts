import { expect, test } from 'vitest';
import { sha256Hex } from '../../../core/canonical.ts';
import type { DatasetPlace, TreeEntry } from '../../../core/fingerprint/manifest.ts';
import { DatasetName, GitId, RepoPath, Sha256 } from '../../../core/names.ts';
import { inputPins, isInGit } from '../../../flows/input-pins.ts';
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
type Files = Readonly<Record<string, Given>>;

function sourceOf(files: Files, truncated = false): Pick<Ports, 'source'> {
  const entries = Object.entries(files).map(([path, { mode = '100644', type = 'blob', text = '', size }]) => {
    return { path, mode, type, id: GitId.parse('a'.repeat(40)), size: size ?? text.length };
  });
  const source: Partial<Ports['source']> = {
    tree: async () => ({ commit: COMMIT, entries, truncated }) as never,
    file: async (_commit, path) => (path in files ? Buffer.from(files[path]?.text ?? '') : null),
  };
  return { source: source as Ports['source'] };
}

/** As the signed record names those that touch an input. */
const attributesOf = (files: Files) =>
  Object.keys(files)
    .filter((path) => path.endsWith('.gitattributes'))
    .map((path) => ({ path, id: COMMIT }));

function pinned(files: Files, inputs: readonly string[], rows?: DatasetPlace, truncated = false) {
  const data = rows === undefined ? {} : { [DatasetName.parse('rows')]: rows };
  const paths = [...inputs, ...(rows === undefined ? [] : [rows.path])].map((path) => RepoPath.parse(path));
  const order = { commit: COMMIT, inputs: paths, data };
  return inputPins(sourceOf(files, truncated).source, { order, attributes: attributesOf(files) });
}

async function packed(files: Files, inputs: readonly string[], truncated = false) {
  const tar = digesting(
    inputsTar(sourceOf(files, truncated), COMMIT, await pinned(files, inputs, undefined, truncated)),
  );
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

test.each<[string, Files, string]>([
  ['is not there', { 'b.py': {} }, 'found nothing there'],
  ['is a link', { 'a.py': { mode: '120000', text: '/etc/passwd' } }, 'found a link'],
  ['is a submodule', { 'a.py': { mode: '160000', type: 'commit' } }, 'found a submodule'],
  ['is larger than may be', { 'a.py': { size: 2 ** 40 } }, 'expected at most'],
])('an input that %s is refused', async (_what, files, message) => {
  await expect(packed(files, ['a.py'])).rejects.toMatchObject({
    code: 'not_possible',
    message: expect.stringContaining(message),
  });
});

const OID = sha256Hex('the content');
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize 11\n`;

test('a pointer of Git LFS that no attributes tell of is refused for good, and not packed as it is', async () => {
  await expect(packed({ 'a.py': { text: POINTER } }, ['a.py'])).rejects.toMatchObject({
    name: 'PortError',
    code: 'malformed',
    message: expect.stringContaining('filter=lfs'),
  });
});

test('a tree of which a part is missing is refused', async () => {
  await expect(packed({ 'a.py': {} }, ['a.py'], true)).rejects.toMatchObject({ code: 'not_possible' });
});

const place = (path: string, location?: string, sha256: string | null = OID): DatasetPlace => ({
  path: RepoPath.parse(path),
  ...(location === undefined
    ? {}
    : { at: { location, version: null, sha256: sha256 === null ? null : Sha256.parse(sha256) } }),
});
const md5 = 'd'.repeat(32);
const pointer = (path: string, sum = md5): Given => ({
  text: `outs:\n- md5: ${sum}\n  size: 2\n  hash: md5\n  path: ${path}\n`,
});
const lock = (path: string): Given => ({
  text: `schema: '2.0'\nstages:\n  prepare:\n    cmd: x\n    outs:\n    - path: ${path}\n      hash: md5\n      md5: ${md5}\n      size: 2\n`,
});

test.each<[string, DatasetPlace, Files, Record<string, unknown>]>([
  [
    'an object at a location',
    place('rows.csv', 's3://team/rows.csv'),
    {},
    { files: { 'rows.csv': { kind: 'sha256', digest: OID, size: null } } },
  ],
  [
    'a folder at a location',
    place('rows', 's3://team/rows/'),
    {},
    { folders: { rows: { kind: 'sha256', digest: OID } } },
  ],
  [
    'a file that DVC tracks',
    place('data/rows.csv'),
    { 'data/rows.csv.dvc': pointer('rows.csv') },
    { files: { 'data/rows.csv': { kind: 'md5', digest: md5 } } },
  ],
  [
    'a folder that DVC tracks',
    place('data'),
    { 'data.dvc': pointer('data', `${md5}.dir`) },
    { folders: { data: { kind: 'md5', digest: md5 } } },
  ],
  [
    'what a stage of DVC made',
    place('data/rows.csv'),
    { 'dvc.lock': lock('data/rows.csv') },
    { files: { 'data/rows.csv': { kind: 'md5', digest: md5 } } },
  ],
  [
    'a folder of git with a pointer of DVC in it',
    place('data'),
    { data: { mode: '040000', type: 'tree' }, 'data/a.csv': {}, 'data/b.csv.dvc': pointer('b.csv') },
    { files: { 'data/a.csv': { kind: 'git' }, 'data/b.csv': { kind: 'md5', digest: md5 } } },
  ],
  [
    'a pointer of Git LFS',
    place('rows.csv'),
    { '.gitattributes': { text: '*.csv filter=lfs diff=lfs merge=lfs -text\n' }, 'rows.csv': { text: POINTER } },
    { files: { 'rows.csv': { kind: 'sha256', digest: OID, size: 11 } } },
  ],
])('%s is pinned by what the commit says of it, and brought by a job', async (_, rows, files, expected) => {
  const pins = await pinned({ 'a.py': {}, ...files }, ['a.py'], rows);
  expect(isInGit(pins)).toBe(false);
  const found = { files: Object.fromEntries(pins.files), folders: Object.fromEntries(pins.folders) };
  expect(found).toMatchObject({ files: { 'a.py': { kind: 'git' } } });
  expect(found).toMatchObject(expected);
});

test('a dataset by a pattern that git has is packed from git', async () => {
  const pins = await pinned({ 'a.py': {}, 'data/a.csv': {}, 'data/b.txt': {} }, ['a.py'], place('data/*.csv'));
  expect([isInGit(pins), [...pins.files.keys()]]).toEqual([true, ['a.py', 'data/a.csv']]);
});

test.each<[string, DatasetPlace, Files, string]>([
  ['at a location without a digest', place('rows.csv', 's3://team/rows.csv', null), {}, 'sha256'],
  [
    'that is a table of the commit without one',
    place('rows.csv', 'delta:tables/rows', null),
    { 'tables/rows/a': {} },
    'sha256',
  ],
  ['that git has beside its location', place('rows.csv', 's3://team/rows.csv'), { 'rows.csv': {} }, 'remove one'],
  ['of which there is nothing', place('rows.csv'), {}, 'found none'],
  [
    'that is a part of what DVC tracks',
    place('data/a.csv'),
    { 'data.dvc': pointer('data', `${md5}.dir`) },
    'name data',
  ],
  ['that DVC does not track', place('rows.csv'), { 'dvc.lock': lock('other.csv') }, 'nothing of it in dvc.lock'],
  ['whose pointer leads out', place('rows.csv'), { 'rows.csv.dvc': pointer('../rows.csv') }, 'nothing of it'],
  [
    'whose pointer holds the App up',
    place('rows.csv'),
    { 'rows.csv.dvc': { text: '#\n'.repeat(17_000) } },
    'at most 16000',
  ],
  ['whose pointer can’t be read', place('rows.csv'), { 'rows.csv.dvc': { text: '}' } }, 'can’t be read'],
])('a dataset %s is refused', async (_, rows, files, message) => {
  await expect(pinned({ 'a.py': {}, ...files }, ['a.py'], rows)).rejects.toMatchObject({
    code: 'not_possible',
    message: expect.stringContaining(message),
  });
});
