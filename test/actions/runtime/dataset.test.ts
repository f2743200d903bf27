import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isElsewhere, openDatasets } from '../../../actions/runtime/dataset.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { folderDigest } from '../../../core/data/sources/folder-digest.ts';
import { DatasetPlace } from '../../../core/fingerprint/manifest.ts';
import { Sha256 } from '../../../core/names.ts';
import { NO_ACCESS, openStage } from '../stage.ts';
import { dvcPointer, lfsPointer, md5, openStores, type Stores, sha256 } from '../stores.ts';

const ROWS = 'id,word\n1,hello\n';
const PREFIXES = ['s3://team/data'];
const stage = openStage();
let stores: Stores;
beforeAll(async () => {
  stores = await openStores();
});
beforeEach(() => {
  for (const map of [stores.lfs, stores.s3, stores.redirects]) map.clear();
  stores.asked.length = 0;
});
afterAll(async () => {
  await stores.close();
  stage.close();
});

type Files = Readonly<Record<string, string | { readonly link: string }>>;
interface How {
  readonly prefixes?: readonly string[];
  readonly maxBytes?: number;
  readonly access?: Stores['access'];
}

/** What a commit's dataset comes to: contents by path, its id and its pins. */
async function read(files: Files, place: unknown, { prefixes = PREFIXES, maxBytes = 1 << 20, access }: How = {}) {
  const { directory, commit } = stage.repository({ 'README.md': 'x', ...files });
  const objects = openObjects(directory, process.env);
  const datasets = openDatasets(stage.job(), access ?? stores.access, prefixes);
  try {
    const at = { objects, tree: await objects.tree(commit) };
    const found = await datasets.find(DatasetPlace.parse(place), at);
    if (found === null) return null;
    const got = await datasets.read(found, maxBytes);
    const contents: Record<string, string> = {};
    for (const file of got.files) {
      if ('from' in file) contents[file.path] = readFileSync(file.from, 'utf8');
      else contents[file.path] = Buffer.from((await objects.blobs([file.id]).next()).value ?? []).toString();
    }
    return { contents, pins: got.pins, kind: found.kind, id: found.id, elsewhere: isElsewhere(found) };
  } finally {
    await datasets.close();
  }
}

const at = (location: string, pin: Readonly<Record<string, string>> = {}) => ({
  path: 'data/rows.csv',
  at: { location, version: null, sha256: null, ...pin },
});

describe('a dataset in git', () => {
  test('is read from git alone', async () => {
    const got = await read({ 'data/rows.csv': ROWS }, { path: 'data/rows.csv' }, { access: NO_ACCESS });
    expect(got).toMatchObject({ contents: { 'data/rows.csv': ROWS }, kind: 'blob', pins: [], elsewhere: false });
  });

  test('by a pattern is all files that match, and another with a file more', async () => {
    const files = { 'data/k=1/a.csv': ROWS, 'data/b.csv': ROWS, 'data/c.txt': 'no' };
    const before = await read(files, { path: 'data/**/*.csv' });
    expect(Object.keys(before?.contents ?? {}).sort()).toEqual(['data/b.csv', 'data/k=1/a.csv']);
    const after = await read({ ...files, 'data/d.csv': ROWS }, { path: 'data/**/*.csv' });
    expect(after?.id).not.toBe(before?.id);
  });

  test('that is not there is none', async () => {
    expect(await read({}, { path: 'data/rows.csv' })).toBeNull();
    expect(await read({}, { path: 'data/*.csv' })).toBeNull();
  });

  test.each(['data', 'data/*.csv', 'data/rows.csv'])('is refused where %s is or holds a link', async (path) => {
    const files = { 'data/a.csv': ROWS, 'data/rows.csv': { link: '/etc/passwd' } };
    await expect(read(files, { path })).rejects.toMatchObject({ code: 'input_refused' });
  });
});

describe('a pointer of Git LFS', () => {
  test('is followed to the repository’s server, with the job’s token, and pinned by its oid', async () => {
    stores.lfs.set(sha256(ROWS), ROWS);
    const files = { 'data/a.csv': lfsPointer(ROWS), 'data/b.csv': 'id,word\n2,small\n' };
    const got = await read(files, { path: 'data' });
    expect(got).toMatchObject({
      contents: { 'data/a.csv': ROWS, 'data/b.csv': 'id,word\n2,small\n' },
      pins: [{ source: 'data/a.csv', kind: 'sha256', value: sha256(ROWS) }],
      kind: 'tree',
      elsewhere: true,
    });
    expect(stores.authorized.get('/ada/team.git/info/lfs/objects/batch')).toMatch(/^Basic /);
    expect(stores.authorized.get(`/objects/${sha256(ROWS)}`)).toBeUndefined();
  });

  test('does not send the token where .lfsconfig of the commit points', async () => {
    const files = { 'data/a.csv': lfsPointer(ROWS), '.lfsconfig': `[lfs]\n\turl = ${stores.url}/mallory\n` };
    await expect(read(files, { path: 'data/a.csv' })).rejects.toThrow('no such object');
    expect(stores.asked.filter((one) => one.includes('mallory'))).toEqual([]);
  });

  test.each<[string, string, () => void, RegExp, How]>([
    [
      'whose object has other bytes',
      lfsPointer(ROWS),
      () => stores.lfs.set(sha256(ROWS), 'id,word\n9,other\n'),
      /expected .* of sha256/,
      {},
    ],
    [
      'whose object is larger',
      lfsPointer(ROWS),
      () => stores.lfs.set(sha256(ROWS), ROWS.repeat(9)),
      /more than the/,
      {},
    ],
    ['that claims a huge size', lfsPointer(ROWS, 10 ** 14), () => {}, /more than the 1048576/, {}],
    ['that is not there', lfsPointer(ROWS), () => {}, /no such object/, {}],
    ['without a server', lfsPointer(ROWS), () => {}, /no server of Git LFS/, { access: NO_ACCESS }],
  ])('%s is refused', async (_what, pointer, prepare, message, how) => {
    prepare();
    await expect(read({ 'data/a.csv': pointer }, { path: 'data/a.csv' }, how)).rejects.toMatchObject({
      code: 'input_refused',
      message: expect.stringMatching(message),
    });
  });

  test('that claims a huge size is refused before anything is asked for', async () => {
    await expect(read({ 'data/a.csv': lfsPointer(ROWS, 10 ** 14) }, { path: 'data/a.csv' })).rejects.toThrow();
    expect(stores.asked).toEqual([]);
  });
});

describe('what DVC tracks', () => {
  const config = (url: string): Files => ({
    '.dvc/config': `[core]\n    remote = r\n['remote "r"']\n    url = ${url}\n`,
  });
  const object = (text: string): string => `files/md5/${md5(text).slice(0, 2)}/${md5(text).slice(2)}`;
  const near = config('s3://team/data/dvc');

  test('is fetched from its remote below a prefix of policy, and pinned by its md5', async () => {
    stores.s3.set(`team/data/dvc/${object(ROWS)}`, ROWS);
    const got = await read({ ...near, 'data/rows.csv.dvc': dvcPointer('rows.csv', ROWS) }, { path: 'data/rows.csv' });
    expect(got).toMatchObject({
      contents: { 'data/rows.csv': ROWS },
      pins: [{ source: 'data/rows.csv', kind: 'md5', value: md5(ROWS) }],
      kind: 'files',
    });
  });

  test('in a folder or by a pattern lies beside what is in git', async () => {
    stores.s3.set(`team/data/dvc/${object(ROWS)}`, ROWS);
    const files = { ...near, 'data/a.csv.dvc': dvcPointer('a.csv', ROWS), 'data/b.csv': 'id\n' };
    for (const path of ['data', 'data/*.csv'])
      expect((await read(files, { path }))?.contents).toEqual({ 'data/a.csv': ROWS, 'data/b.csv': 'id\n' });
  });

  test('as an output in dvc.lock is found there', async () => {
    stores.s3.set(`team/data/dvc/${object(ROWS)}`, ROWS);
    const lock = `schema: '2.0'\nstages:\n  make:\n    cmd: make\n    outs:\n    - path: data/rows.csv\n      hash: md5\n      md5: ${md5(ROWS)}\n`;
    expect((await read({ ...near, 'dvc.lock': lock }, { path: 'data/rows.csv' }))?.contents).toEqual({
      'data/rows.csv': ROWS,
    });
  });

  const folder = (paths: readonly string[]): Files => {
    const list = JSON.stringify(paths.map((relpath) => ({ md5: md5(ROWS), relpath })));
    stores.s3.set(`team/data/dvc/${object(ROWS)}`, ROWS);
    stores.s3.set(`team/data/dvc/${object(list)}.dir`, list);
    return { ...near, 'data/parts.dvc': `outs:\n- md5: ${md5(list)}.dir\n  hash: md5\n  path: parts\n` };
  };

  test('as a folder is all files of its list', async () => {
    const got = await read(folder(['k=1/a.csv', 'k=2/a.csv']), { path: 'data/parts' });
    expect(got?.contents).toEqual({ 'data/parts/k=1/a.csv': ROWS, 'data/parts/k=2/a.csv': ROWS });
    expect(got?.pins).toHaveLength(1);
  });

  test.each([['../../src/train.py'], ['/etc/cron.d/x'], ['.git/config'], ['a//b.csv'], ['a/./b.csv'], ['a:b']])(
    'as a folder with %s in its list is refused',
    async (path) => {
      await expect(read(folder([path]), { path: 'data/parts' })).rejects.toMatchObject({ code: 'input_refused' });
    },
  );

  test.each<[string, Files]>([
    ['outside of every prefix', config('s3://elsewhere/dvc')],
    ['in a bucket of almost that name', config('s3://team-evil/data/dvc')],
    ['beside the prefix', config('s3://team/database')],
    ['above the prefix by ..', config('s3://team/data/../secret')],
    ['in a folder of the machine', config('/etc')],
    ['at a metadata service', config('http://169.254.169.254/latest')],
    [
      'at a store that the checkout names',
      { '.dvc/config': `${String(near['.dvc/config'])}    endpointurl = http://127.0.0.1:1\n` },
    ],
    ['nowhere', {}],
  ])('with a remote %s is not fetched', async (_what, files) => {
    const pointer = { 'data/rows.csv.dvc': dvcPointer('rows.csv', ROWS) };
    await expect(read({ ...files, ...pointer }, { path: 'data/rows.csv' })).rejects.toMatchObject({
      code: 'input_refused',
    });
    expect(stores.asked).toEqual([]);
  });

  test('is fetched from nowhere for whom policy names no prefix', async () => {
    const files = { ...near, 'data/rows.csv.dvc': dvcPointer('rows.csv', ROWS) };
    await expect(read(files, { path: 'data/rows.csv' }, { prefixes: [] })).rejects.toThrow('names no prefix');
    expect(stores.asked).toEqual([]);
  });

  test('is not followed where a remote redirects to a metadata service', async () => {
    const web = `${stores.url}/web`;
    stores.redirects.set(`/web/${object(ROWS)}`, 'http://169.254.169.254/latest/meta-data');
    const files = { ...config(web), 'data/rows.csv.dvc': dvcPointer('rows.csv', ROWS) };
    await expect(read(files, { path: 'data/rows.csv' }, { prefixes: [web] })).rejects.toThrow('which may not be read');
  });

  test.each<[string, string]>([
    ['other bytes than its md5', dvcPointer('rows.csv', ROWS)],
    ['another path in its pointer', dvcPointer('../../etc/passwd', ROWS)],
    ['a pointer that is none', 'outs: 3\n'],
  ])('with %s is refused', async (_what, pointer) => {
    stores.s3.set(`team/data/dvc/${object(ROWS)}`, 'other');
    await expect(read({ ...near, 'data/rows.csv.dvc': pointer }, { path: 'data/rows.csv' })).rejects.toMatchObject({
      code: 'input_refused',
    });
  });

  test('and git has, too, is refused', async () => {
    const files = { ...near, 'data/a.csv': ROWS, 'data/a.csv.dvc': dvcPointer('a.csv', ROWS) };
    await expect(read(files, { path: 'data' })).rejects.toThrow('remove one of them');
  });
});

describe('a location', () => {
  const location = 's3://team/data/rows.csv';
  const pinned = { sha256: sha256(ROWS) };

  test('is read to the path where training finds it, and its digest is said', async () => {
    stores.s3.set('team/data/rows.csv', ROWS);
    expect(await read({}, at(location))).toMatchObject({
      contents: { 'data/rows.csv': ROWS },
      pins: [
        { source: location, kind: 'sha256', value: sha256(ROWS) },
        { source: location, kind: 'etag', value: `"${md5(ROWS)}"` },
      ],
    });
  });

  test('of a folder is all files below it, pinned by their list', async () => {
    stores.s3.set('team/data/parts/k=1/a.csv', ROWS);
    stores.s3.set('team/data/parts/b.csv', 'id\n');
    const digest = folderDigest([
      { path: 'b.csv', bytes: 3, sha256: Sha256.parse(sha256('id\n')) },
      { path: 'k=1/a.csv', bytes: ROWS.length, sha256: Sha256.parse(sha256(ROWS)) },
    ]);
    const got = await read({}, { ...at('s3://team/data/parts/', { sha256: digest }), path: 'data/parts' });
    expect(got?.contents).toEqual({ 'data/parts/b.csv': 'id\n', 'data/parts/k=1/a.csv': ROWS });
    expect(got?.pins).toEqual([{ source: 's3://team/data/parts/', kind: 'sha256', value: digest }]);
  });

  test('asks for the version that the config names', async () => {
    stores.s3.set('team/data/rows.csv', ROWS);
    await read({}, at(location, { version: 'v1.2', ...pinned }));
    expect(stores.asked.join()).toContain('versionId=v1.2');
  });

  test.each<[string, unknown, How, RegExp]>([
    [
      'with other content than is pinned',
      at(location, { sha256: 'a'.repeat(64) }),
      {},
      /expected sha256 a{64} .* found/,
    ],
    ['outside of policy', at('s3://team/secret/rows.csv'), {}, /policy\.locations/],
    ['in a bucket of almost that name', at('s3://team-evil/data/rows.csv'), {}, /policy\.locations/],
    ['beside the prefix', at('s3://team/database/rows.csv'), {}, /policy\.locations/],
    ['where policy names none', at(location), { prefixes: [] }, /policy\.locations/],
    ['at a metadata service', at('https://169.254.169.254/x'), { prefixes: ['https://169.254.169.254/'] }, /metadata/],
    ['of another kind', at('gs://team/x.csv'), { prefixes: ['gs://team/'] }, /not yet from gs/],
    ['where nothing is', at('s3://team/data/gone.csv'), {}, /no such object/],
    ['larger than may be fetched', at(location), { maxBytes: 4 }, /more than the 4 bytes/],
    ['with a version of a folder', at('s3://team/data/', { version: 'v' }), {}, /no version/],
  ])('%s is refused', async (_what, place, how, message) => {
    stores.s3.set('team/data/rows.csv', ROWS);
    await expect(read({}, place, how)).rejects.toMatchObject({
      code: 'input_refused',
      message: expect.stringMatching(message),
    });
  });

  test('and a file at its path are one too many', async () => {
    await expect(read({ 'data/rows.csv': ROWS }, at(location))).rejects.toThrow('remove one of them');
  });
});

describe('a table', () => {
  const table = (location: string, more: object = {}) => ({ ...at(location), path: 'data/rows.parquet', ...more });
  const inGit = { 'tables/rows/_delta_log/00000000000000000000.json': '{}\n', 'tables/rows/p.parquet': 'PAR1' };

  test.each<[string, unknown, How, RegExp]>([
    ['outside of policy', table('delta:s3://team/secret/rows'), {}, /policy\.locations/],
    ['where policy names none', table('delta:s3://team/data/rows'), { prefixes: [] }, /policy\.locations/],
    [
      'of which policy names the metadata alone',
      table('iceberg:s3://team/data/t/metadata/1.metadata.json'),
      { prefixes: ['s3://team/data/t/metadata'] },
      /policy\.locations/,
    ],
    ['on a web server', table('delta:https://team.example.com/t'), { prefixes: ['https://team.example.com'] }, /S3/],
    ['at a path that leads away', table('delta:../../etc'), {}, /folder of this repository or of a store/],
    ['in git’s own folder', table('delta:.git/objects'), {}, /folder of this repository or of a store/],
    [
      'to a file of another kind',
      { ...table('delta:s3://team/data/rows'), path: 'data/rows' },
      {},
      /\.parquet or \.csv/,
    ],
    ['without DuckDB’s extension', table('delta:s3://team/data/rows'), {}, /extension delta, which is not here/],
    ['in git, without it', table('delta:tables/rows'), {}, /extension delta, which is not here/],
    ['of Iceberg, without it', table('iceberg:s3://team/data/t'), {}, /extension avro, which is not here/],
    ['in git that DVC tracks', table('delta:tables/far'), {}, /expected a table’s folder in git/],
  ])('%s is refused, and nothing is asked for', async (_what, place, how, message) => {
    const files = { ...inGit, 'tables/far.dvc': dvcPointer('far', ROWS) };
    await expect(read(files, place, how)).rejects.toMatchObject({
      code: 'input_refused',
      message: expect.stringMatching(message),
    });
    expect(stores.asked).toEqual([]);
  });

  test('in git that is a link is refused', async () => {
    const files = { ...inGit, 'tables/rows/more': { link: '/etc' } };
    await expect(read(files, table('delta:tables/rows'))).rejects.toMatchObject({ code: 'input_refused' });
  });

  test('in git with another file in it is another dataset', async () => {
    const objects = async (files: Files): Promise<string> => {
      const { directory, commit } = stage.repository(files);
      const of = openObjects(directory, process.env);
      const datasets = openDatasets(stage.job(), NO_ACCESS, []);
      const found = await datasets.find(DatasetPlace.parse(table('delta:tables/rows')), {
        objects: of,
        tree: await of.tree(commit),
      });
      return found?.id ?? '';
    };
    expect(await objects(inGit)).not.toBe(await objects({ ...inGit, 'tables/rows/_delta_log/1.json': '{}' }));
  });
});
