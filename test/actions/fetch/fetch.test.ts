import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchInputs } from '../../../actions/fetch/fetch.ts';
import type { DataAccess } from '../../../actions/runtime/data-access.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { Sha256 } from '../../../core/names.ts';
import { unpackTar } from '../../../core/packaging/tar.ts';
import { sourceOf, trainOrder } from '../orders.ts';
import { NO_ACCESS, openStage } from '../stage.ts';
import { dvcPointer, lfsPointer, md5, openStores, type Stores, sha256 } from '../stores.ts';

const stage = openStage();
afterAll(() => stage.close());

type Content = string | { readonly link: string };
const FILES: Record<string, Content> = {
  'src/train.py': 'print("train")\n',
  'src/deep/feature.py': 'x = 1\n',
  'data/rows.csv': 'id\r\n1\r\n',
  'data/other.csv': 'not declared\n',
  'README.md': 'not declared\n',
  '.gitattributes': '* text=auto eol=lf\nsrc export-ignore\n',
};

interface How {
  readonly change?: Parameters<typeof trainOrder>[0];
  readonly access?: DataAccess;
}

async function fetchFrom(files: Readonly<Record<string, Content>>, source?: string, how: How = {}) {
  const { directory, commit } = stage.repository(files);
  const objects = openObjects(directory, process.env);
  const draft = trainOrder({ commit, ...how.change });
  const order = { ...draft, source: Sha256.parse(source ?? sourceOf(draft, await objects.tree(commit))) };
  const inputs = { order, checkout: directory, githubToken: '' };
  const outputs = await fetchInputs(inputs, stage.job(), objects, stage.artifacts, how.access ?? NO_ACCESS);
  return unpackTar(stage.take(outputs.artifactId, 'inputs.tar'));
}

test('the declared inputs are passed on as git has them, and nothing beside them', async () => {
  const files = await fetchFrom(FILES);
  expect(Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]))).toEqual({
    'data/rows.csv': 'id\r\n1\r\n',
    'src/deep/feature.py': 'x = 1\n',
    'src/train.py': 'print("train")\n',
  });
});

test('inputs that are not those of the order are refused', async () => {
  await expect(fetchFrom(FILES, 'f'.repeat(64))).rejects.toMatchObject({ code: 'digest_mismatch' });
});

test.each([
  ['a missing input', { 'src/train.py': 'x' }, 'data/rows.csv'],
  ['a link among the inputs', { ...FILES, 'src/link': { link: '../../etc/passwd' } }, 'symbolic link'],
])('%s is refused', async (_what, files, message) => {
  await expect(fetchFrom(files, '0'.repeat(64))).rejects.toMatchObject({
    code: 'input_refused',
    message: expect.stringContaining(message),
  });
});

test('a Git LFS pointer that can’t be followed is refused by name', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
  await expect(fetchFrom({ ...FILES, 'data/rows.csv': pointer })).rejects.toMatchObject({
    code: 'input_refused',
    message: expect.stringContaining('no server of Git LFS'),
  });
});

test('a name that a package can’t hold is refused', async () => {
  await expect(fetchFrom({ ...FILES, 'src/a:b': 'x' })).rejects.toMatchObject({ code: 'input_refused' });
});

describe('data that is not in git', () => {
  const ROWS = 'id\n1\n';
  const code = { 'src/train.py': 'x = 1\n' };
  let stores: Stores;
  beforeAll(async () => {
    stores = await openStores();
    stores.lfs.set(sha256(ROWS), ROWS);
    stores.s3.set(`team/dvc/files/md5/${md5(ROWS).slice(0, 2)}/${md5(ROWS).slice(2)}`, ROWS);
    stores.s3.set('team/rows.csv', ROWS);
  });
  afterAll(() => stores.close());

  const dvc = {
    '.dvc/config': `[core]\n    remote = r\n['remote "r"']\n    url = s3://team/dvc\n`,
    'data/rows.csv.dvc': dvcPointer('rows.csv', ROWS),
  };
  const at = (pin: Readonly<Record<string, string>>) => ({
    rows: { path: 'data/rows.csv', at: { location: 's3://team/rows.csv', version: null, sha256: null, ...pin } },
  });
  const locations = ['s3://team/'];
  const contents = async (files: Readonly<Record<string, Content>>, change: How['change'] = {}) => {
    const packed = await fetchFrom({ ...code, ...files }, undefined, { change, access: stores.access });
    return Object.fromEntries(packed.map(({ path, content }) => [path, Buffer.from(content).toString()]));
  };

  test.each<[string, Readonly<Record<string, Content>>, How['change']]>([
    ['behind a pointer of Git LFS', { 'data/rows.csv': lfsPointer(ROWS) }, {}],
    ['tracked by DVC', dvc, { locations }],
    ['at a pinned location', {}, { locations, data: at({ sha256: sha256(ROWS) }) }],
  ])('%s comes to training at its path', async (_what, files, change) => {
    expect(await contents(files, change)).toEqual({ ...code, 'data/rows.csv': ROWS });
  });

  test('by a pattern comes whole, with its pointers followed', async () => {
    const change = { inputs: ['data/*.csv', 'src'], data: { rows: { path: 'data/*.csv' } } };
    const files = { 'data/a.csv': lfsPointer(ROWS), 'data/b.csv': 'id\n2\n', 'data/c.txt': 'no' };
    expect(await contents(files, change)).toEqual({ ...code, 'data/a.csv': ROWS, 'data/b.csv': 'id\n2\n' });
  });

  test('and no dataset stays the pointer that it is', async () => {
    const files = { 'src/other.csv.dvc': dvcPointer('other.csv', ROWS), 'data/rows.csv': ROWS };
    expect(await contents(files)).toMatchObject({ 'src/other.csv.dvc': files['src/other.csv.dvc'] });
    expect(stores.asked.filter((one) => one.includes('other'))).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, Content>>, How['change'], RegExp]>([
    ['at a location without a pin', {}, { locations, data: at({}) }, /not pinned/],
    ['of other content than its pin', {}, { locations, data: at({ sha256: 'a'.repeat(64) }) }, /expected sha256 a{64}/],
    ['at a location, of a fork', {}, { data: at({ sha256: sha256(ROWS) }) }, /policy\.locations/],
    ['tracked by DVC, of a fork', dvc, {}, /names no prefix/],
  ])('%s is refused', async (_what, files, change, message) => {
    await expect(contents(files, change)).rejects.toMatchObject({
      code: 'input_refused',
      message: expect.stringMatching(message),
    });
  });

  test('under another pin has another fingerprint than the order', async () => {
    const { directory, commit } = stage.repository(code);
    const objects = openObjects(directory, process.env);
    const tree = await objects.tree(commit);
    const [one, other] = ['a', 'b'].map((digit) =>
      trainOrder({ commit, locations, data: at({ sha256: digit.repeat(64) }) }),
    );
    if (one === undefined || other === undefined) throw new Error('no order');
    expect(sourceOf(one, tree)).not.toBe(sourceOf(other, tree));
  });
});
