import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkout, contents } from './place.ts';
import { webServer } from './web.ts';

const TEXT = 'a,b\nx,1\n';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const object = (digest: string): string => `files/md5/${digest.slice(0, 2)}/${digest.slice(2)}`;
const LISTING = JSON.stringify([
  { md5: md5(TEXT), relpath: 'k=1/a.csv' },
  { md5: md5('a,b\ny,2\n'), relpath: 'k=2/b.csv' },
]);

let here: ReturnType<typeof checkout>;
beforeEach(() => {
  here = checkout();
  here.put('.dvc/config', '');
});
afterEach(() => here.remove());

const pointer = (path: string, digest = md5(TEXT)): string =>
  `outs:\n- md5: ${digest}\n  size: 8\n  hash: md5\n  path: ${path}\n`;
const remote = (url: string, more = ''): string =>
  here.put('.dvc/config', `[core]\n    remote = store\n['remote "store"']\n    url = ${url}\n${more}`);

function stored(folder: string): void {
  for (const [digest, text] of [
    [md5(TEXT), TEXT],
    [md5('a,b\ny,2\n'), 'a,b\ny,2\n'],
    [`${md5(LISTING)}.dir`, LISTING],
  ] as const) {
    const path = join(folder, object(digest));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

describe('data tracked by DVC', () => {
  test.each([
    ['its own name', 'data/a.csv'],
    ['its pointer', 'data/a.csv.dvc'],
    ['dvc:', 'dvc:data/a.csv'],
  ])('is found by %s, in the cache', async (_, reference) => {
    here.put('data/a.csv.dvc', pointer('a.csv'));
    stored(join(here.directory, '.dvc/cache'));
    const files = here.open();
    const found = await files.list(reference);
    expect(contents(found)).toEqual([['data/a.csv', TEXT]]);
    expect(found[0]?.pin).toEqual({ source: 'data/a.csv', kind: 'md5', value: md5(TEXT) });
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test('is found by a lock file, in a remote that is a folder', async () => {
    here.put(
      'dvc.lock',
      `schema: '2.0'\nstages:\n  s:\n    outs:\n    - { path: out/a.csv, hash: md5, md5: ${md5(TEXT)} }\n`,
    );
    stored(join(here.root, 'remote'));
    remote('../../remote');
    const files = here.open();
    expect(contents(await files.list('out/a.csv'))).toEqual([['out/a.csv', TEXT]]);
    await files.close();
  });

  test('as a folder is all its files, in their folders, pinned by the one md5', async () => {
    here.put('data.dvc', pointer('data', `${md5(LISTING)}.dir`));
    stored(join(here.directory, '.dvc/cache'));
    const files = here.open();
    const found = await files.list('data');
    expect(found.map(({ name, path }) => [name, path.split('/').at(-2)])).toEqual([
      ['data/k=1/a.csv', 'k=1'],
      ['data/k=2/b.csv', 'k=2'],
    ]);
    expect(new Set(found.map(({ pin }) => pin?.value))).toEqual(new Set([md5(LISTING)]));
    expect(contents(await files.list('data/k=2/b.csv'))).toEqual([['data/k=2/b.csv', 'a,b\ny,2\n']]);
    await files.close();
  });

  test('is fetched from a web server', async () => {
    const web = await webServer(({ path }, response) => {
      if (path === `/dvc/${object(md5(TEXT))}`) response.end(TEXT);
      else response.writeHead(404).end();
    });
    here.put('a.csv.dvc', pointer('a.csv'));
    remote(`${web.url}/dvc`);
    const files = here.open();
    expect(contents(await files.list('a.csv'))).toEqual([['a.csv', TEXT]]);
    await files.close();
    await web.close();
  });

  test('whose content is another is refused', async () => {
    here.put('a.csv.dvc', pointer('a.csv'));
    here.put(`.dvc/cache/${object(md5(TEXT))}`, 'a,b\nx,9\n');
    const files = here.open();
    await expect(files.list('a.csv')).rejects.toThrow(new RegExp(`expected md5 ${md5(TEXT)}, the cache gave`));
    await files.close();
  });

  test.each<[what: string, config: () => void, message: RegExp]>([
    ['in no store', () => undefined, /not in the cache: run dvc pull/],
    ['in a store that can’t be read', () => remote('gs://bucket/x'), /gs:\/\/ can’t be read/],
    [
      'in a store of another address than ours',
      () => remote('s3://b/x', '    endpointurl = http://evil'),
      /set AWS_ENDPOINT_URL_S3/,
    ],
    ['in versions of a bucket', () => remote('s3://b/x', '    version_aware = true'), /version-aware/],
  ])('%s is refused, and what to do is said', async (_, config, message) => {
    here.put('a.csv.dvc', pointer('a.csv'));
    config();
    const files = here.open();
    await expect(files.list('a.csv')).rejects.toThrow(message);
    await files.close();
  });

  test('is nothing where nothing tracks it', async () => {
    const files = here.open();
    expect(await files.list('none.csv')).toEqual([]);
    await expect(files.list('dvc:none.csv')).rejects.toThrow(/tracks nothing there/);
    await files.close();
  });

  test('as a pointer that can’t be read is refused', async () => {
    here.put('a.csv.dvc', 'outs: [');
    const files = here.open();
    await expect(files.list('a.csv')).rejects.toThrow(/can’t be read as a file of DVC/);
    await files.close();
  });
});

describe('a pull request', () => {
  const trust = { kind: 'pull_request', prefixes: ['s3://team/dvc/'] } as const;

  test.each<[what: string, url: string, message: RegExp]>([
    ['a folder of the machine', '/srv/other', /a folder of this machine/],
    ['a bucket that the policy does not name', 's3://other/dvc', /no prefix that this lies below/],
    ['a server that the policy does not name', 'http://127.0.0.1:1/dvc', /no prefix that this lies below/],
  ])('can’t have DVC read from %s', async (_, url, message) => {
    here.put('a.csv.dvc', pointer('a.csv'));
    remote(url);
    const files = here.open({ trust });
    await expect(files.list('a.csv')).rejects.toThrow(message);
    await files.close();
  });

  test('can’t have DVC’s files be links to others', async () => {
    writeFileSync(join(here.root, 'secret.dvc'), pointer('a.csv'));
    symlinkSync('../secret.dvc', join(here.directory, 'a.csv.dvc'));
    const files = here.open({ trust });
    expect(await files.list('a.csv')).toEqual([]);
    await files.close();
  });

  test('can’t fill the cache with what it wants to be read', async () => {
    here.put('a.csv.dvc', pointer('a.csv'));
    stored(join(here.directory, '.dvc/cache'));
    const files = here.open({ trust });
    await expect(files.list('a.csv')).rejects.toThrow(/no cache and no remote/);
    await files.close();
  });
});
