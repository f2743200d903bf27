import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import { reportToCheck } from '../../../core/reports/data/check.ts';
import { reportToHtml } from '../../../core/reports/data/html.ts';
import { reportToLines } from '../../../core/reports/data/terminal-report.ts';
import { checkData } from '../../../flows/check-data/check-data.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder, places } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));
const at = (name: string): string => join(folder.directory, name);

const AB = contract(`
- { name: a, logicalType: string }
- { name: b, logicalType: number, logicalTypeOptions: { minimum: 0 } }`);
const RIGHT = 'a,b\nx,1\n';
const WRONG = 'a,b\nx,-1\n';

async function why(name: string): Promise<string> {
  const report = await folder.check(name, AB);
  return `${report.status}: ${report.reason}`;
}

describe('what is no file is not checked, and is not waited for:', () => {
  test('a pipe, named or in a folder or in a glob', async () => {
    folder.put('pipes/a.csv', RIGHT);
    execFileSync('mkfifo', [at('pipes/b.csv')]);
    for (const name of ['pipes', 'pipes/*.csv', 'pipes/b.csv'])
      expect(await why(name)).toMatch(/^not_checked: .*b\.csv: expected a file, found a pipe/);
  });

  test('a device', async () => {
    expect(await why('/dev/zero')).toMatch(/^not_checked: .*found a device/);
  });

  test('a folder among files', async () => {
    folder.put('mixed/a.csv', RIGHT);
    mkdirSync(at('mixed/b.csv'));
    expect(await why('mixed/*.csv')).toMatch(/^not_checked: .*b\.csv: expected a file, found a folder/);
  });

  test('a link that leads nowhere, or to itself', async () => {
    symlinkSync('nowhere', at('dangling.csv'));
    symlinkSync('loop.csv', at('loop.csv'));
    expect(await why('dangling.csv')).toMatch(/^not_checked: .*leads nowhere/);
    expect(await why('loop.csv')).toMatch(/^not_checked: .*ELOOP/);
  });

  test.each(['', '\0', 'a\0b.csv', 'x'.repeat(5000)])('the path %j', async (name) => {
    expect(await why(name)).toMatch(/^not_checked: /);
  });
});

describe('nothing in a folder is left out in silence:', () => {
  test('a link to a file is read', async () => {
    folder.put('linked/a.csv', RIGHT);
    folder.put('elsewhere.csv', WRONG);
    symlinkSync('../elsewhere.csv', at('linked/b.csv'));
    expect(places(await folder.check('linked', AB))).toEqual(['linked/b.csv:2 b minimum']);
  });

  test('a link to a folder is refused', async () => {
    folder.put('linking/a.csv', RIGHT);
    folder.put('other/b.csv', WRONG);
    symlinkSync('../other', at('linking/more'));
    expect(await why('linking')).toMatch(/^not_checked: .*more: expected a file, found a folder/);
  });

  test('only what people and tools keep beside data is, and the report names it with its size', async () => {
    const beside = ['.a.csv.crc', '.gitkeep', 'LICENSE', 'README.md', '_SUCCESS', '_delta_log/0.json', 'k/README'];
    folder.put('spark/a.csv', RIGHT);
    for (const name of beside) folder.put(`spark/${name}`, name.toUpperCase());
    const report = await folder.check('spark', AB);
    expect([report.status, report.rows, report.files.map(({ path }) => path)]).toEqual(['passed', 1, ['spark/a.csv']]);
    expect(report.leftOut).toEqual(beside.map((name) => ({ path: `spark/${name}`, bytes: name.length })));
    const text = reportToLines(report, { data: 'spark', contract: 'c.odcs.yaml' }).join('\n');
    expect(text).toContain('Left out as no data: spark/.a.csv.crc (10 bytes), spark/.gitkeep (8 bytes)');
    expect([reportToCheck(report).summary, reportToHtml(report)].join()).toMatch(/and 2 more.*and 2 more/s);
  });

  test.each(['_data.csv', '.b.parquet', '_old/b.csv.gz', 'x/.hidden.jsonl'])(
    '%s is data to some: refused',
    async (name) => {
      folder.put('doubtful/a.csv', RIGHT);
      folder.put(`doubtful/${name}`, WRONG);
      expect(await why('doubtful')).toMatch(/^not_checked: .*some readers leave out what begins with/);
      rmSync(at(`doubtful/${name}`));
    },
  );

  test.each(['README.csv', 'notes.md', 'LICENSE.parquet', 'a.csv.dvc', 'metadata', 'readme.md.csv'])(
    '%s beside it is no README: it is read, or refused by its name',
    async (name) => {
      folder.put('unlisted/a.csv', RIGHT);
      folder.put(`unlisted/${name}`, WRONG);
      const { status, leftOut } = await folder.check('unlisted', AB);
      expect([status === 'passed', leftOut]).toEqual([false, undefined]);
      rmSync(at(`unlisted/${name}`));
    },
  );

  test('a README that a pattern matches is left out as well, and one alone is no data', async () => {
    folder.put('patterned/a.csv', RIGHT);
    folder.put('patterned/README.md', 'x');
    expect(await folder.check('patterned/*', AB)).toMatchObject({ status: 'passed', leftOut: [{ bytes: 1 }] });
    expect(await why('patterned/R*')).toMatch(/^not_checked: no file of data matches .*there is patterned\/README\.md/);
  });

  test('files in folders of other keys are refused', async () => {
    folder.put('uneven/k=1/a.csv', RIGHT);
    folder.put('uneven/k=2/x=3/a.csv', RIGHT);
    expect(await why('uneven')).toMatch(/^not_checked: expected files in folders of the same keys/);
  });
});

describe('folders of keys of which readers make different values are not checked:', () => {
  test.each([
    ['k=NULL', /some readers find no value and some that word/],
    ['k=null', /name it __HIVE_DEFAULT_PARTITION__/],
    ['k=a=b', /some readers find no key=value/],
    ['k=a\\b', /some readers take the backslash/],
    ['a%20key=1', /some readers decode the key/],
    ['k=1/K=2', /one key is there twice/],
  ])('%s', async (name, reason) => {
    const own = dataFolder();
    own.put(`keyed/${name}/a.csv`, RIGHT);
    expect(await own.check('keyed', AB)).toMatchObject({
      status: 'not_checked',
      reason: expect.stringMatching(reason),
    });
    rmSync(own.directory, { recursive: true });
  });

  test('and those that all decode alike are', async () => {
    const keyed = contract(
      '- { name: a, logicalType: string }\n- { name: b, logicalType: number }\n- { name: k, logicalType: string, required: true, unique: true }',
    );
    const folders = ['a%20b', 'a b', '%E2%82%AC', '100%', '%zz', '01', '', '__HIVE_DEFAULT_PARTITION__'];
    for (const value of folders) folder.put(`keyed/k=${value}/a.csv`, RIGHT);
    const report = await folder.check('keyed', keyed);
    const failed = report.rules.filter(({ status }) => status === 'failed').map(({ rule }) => rule);
    // Of no value, and of `a b`, which is there in two ways.
    expect([report.rows, failed]).toEqual([folders.length, ['required', 'unique']]);
  });
});

describe('a name that is a pattern, too,', () => {
  const names = [
    'f[1].csv',
    'f*.csv',
    'f?.csv',
    '[f]/f1.csv',
    'f[!a].csv',
    'k=[1]/a*.csv',
    '[[]f.csv',
    'f[1]*.jsonl.gz',
  ];

  test.each(names)('is a name where it is one: %s', async (name) => {
    const lines = '{"a":"x","b":1}\n{"a":"x","b":-1}\n';
    const text = name.endsWith('.csv') ? `${RIGHT}y,-1\n` : lines;
    const own = dataFolder();
    own.put(name, name.endsWith('.gz') ? gzipSync(text) : text);
    const wanted = [`${name}:${name.endsWith('.csv') ? 3 : 2} b minimum`];
    const loose = { ...AB, settings: { ...AB.settings, extraColumns: null } };
    expect(places(await own.check(name, loose))).toEqual(wanted);
    expect(places(await own.check('.', loose))).toEqual(wanted);
    rmSync(own.directory, { recursive: true });
  });

  test.each([
    ['f[1].csv', 'f1.csv'],
    ['f*.csv', 'f1.csv'],
    ['{f,g}1.csv', 'g1.csv'],
    ['d[1]/a.csv', 'd1/a.csv'],
  ])('%s is refused beside %s, of which it would take the place', async (name, other) => {
    const own = dataFolder();
    own.put(name, RIGHT);
    own.put(other, WRONG);
    const { status, reason } = await own.check(name, AB);
    expect([status, reason]).toEqual(['not_checked', expect.stringContaining(`which ${other} matches: rename`)]);
    rmSync(own.directory, { recursive: true });
  });

  test.each([
    'it\'s "quoted".csv',
    'a\nb.csv',
    'a,b;c.csv',
    '{a,b}.csv',
    'a\\b.csv',
    'http:/x/f.csv',
    'ünï 列.csv',
    '$HOME~.csv',
  ])('and %j is only a name', async (name) => {
    expect(places(await folder.check(folder.put(name, WRONG), AB))).toEqual([`${name}:2 b minimum`]);
  });
});

describe('compressed text', () => {
  test.each([
    ['members of gzip', 'm.csv.gz', Buffer.concat([gzipSync(RIGHT), gzipSync('"y\nz",1\nv,-1\n')])],
    ['frames of zstd', 'm.csv.zst', Buffer.concat([zstdCompressSync(RIGHT), zstdCompressSync('"y\nz",1\nv,-1\n')])],
    [
      'frames of zstd with one to skip between',
      's.csv.zst',
      Buffer.concat([
        zstdCompressSync(RIGHT),
        Buffer.from('502a4d1803000000010203', 'hex'),
        zstdCompressSync('"y\nz",1\nv,-1\n'),
      ]),
    ],
  ])('in several %s keeps its lines', async (_, name, bytes) => {
    expect(places(await folder.check(folder.put(name, bytes), AB))).toEqual([`${name}:5 b minimum`]);
  });

  const flipped = gzipSync(RIGHT);
  flipped[flipped.length - 6] = (flipped[flipped.length - 6] ?? 0) ^ 1;

  test.each([
    ['without its sum', 'c.csv.gz', gzipSync(RIGHT).subarray(0, -8)],
    ['with another sum', 'c.csv.gz', flipped],
    ['followed by something else', 'c.csv.gz', Buffer.concat([gzipSync(RIGHT), Buffer.from('garbage')])],
    ['within itself', 'c.csv.gz', gzipSync(gzipSync(RIGHT))],
    ['by its name alone', 'c.csv.gz', RIGHT],
    ['with an empty file', 'c.csv.gz', ''],
    ['cut', 'c.csv.zst', zstdCompressSync(RIGHT).subarray(0, -4)],
    ['followed by something else', 'c.csv.zst', Buffer.concat([zstdCompressSync(RIGHT), Buffer.from('garbage')])],
    ['in a format without lines', 'c.jsonl.gz', gzipSync('{"a":"x","b":1}\n').subarray(0, -8)],
  ])('%s (%s) is not checked', async (_, name, bytes) => {
    folder.put(name, bytes);
    expect(await why(name)).toMatch(/^not_checked: .*(can’t be read|expected)/);
  });

  test('that grows beyond the bound ends, and leaves nothing behind', async () => {
    const scratch = at('scratch');
    mkdirSync(scratch);
    folder.put('bomb.csv.gz', gzipSync(Buffer.concat([Buffer.from('a,b\n'), Buffer.alloc(64 << 20, 'x,1\n')])));
    const files = localFiles({ directory: folder.directory, scratch, maxExpanded: 1 << 20 });
    const request = { dataset: 'bomb', data: 'bomb.csv.gz', contract: AB, contractFile: 'c.yaml', base: null };
    const limits = { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 64 };
    const ports = { engines: bundledEngines({ scratch }), files };
    const report = await checkData({ ...request, limits, today: '2026-06-01' }, ports);
    await files.close();
    expect([report.status, report.reason]).toEqual(['not_checked', expect.stringContaining('grows beyond')]);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('a file that changes while it is read is not checked:', () => {
  test.each<[what: string, change: (path: string) => void]>([
    ['it grows', (path) => appendFileSync(path, 'y,-1\n')],
    ['it is cut', (path) => truncateSync(path, 4)],
    ['it goes', (path) => rmSync(path)],
  ])('%s', async (_, change) => {
    folder.put('changing.csv', RIGHT);
    const files = localFiles({ directory: folder.directory, conversion });
    const request = { dataset: 'changing', data: 'changing.csv', contract: AB, contractFile: 'c.yaml', base: null };
    const limits = { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 64 };
    const report = await checkData(
      { ...request, limits, today: '2026-06-01' },
      { engines: bundledEngines(), files },
      async () => change(at('changing.csv')),
    );
    await files.close();
    expect([report.status, report.reason]).toEqual([
      'not_checked',
      expect.stringContaining('changed while it was read'),
    ]);
  });
});
