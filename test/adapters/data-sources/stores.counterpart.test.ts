import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatasets } from '../../../actions/runtime/dataset.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { GitId, RepoPath } from '../../../core/names.ts';
import { NO_ACCESS, openStage } from '../../actions/stage.ts';
import { pythonWith } from '../../python.ts';
import { checkout, contents } from './place.ts';

const here = checkout();
/** Apart: their demands on the same packages differ. */
let python: ReturnType<typeof pythonWith>;
let withDvc: ReturnType<typeof pythonWith>;
let moto: ChildProcess;
let variables: Record<string, string>;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Runs boto3 against moto. */
function boto(script: string): string {
  const start = `import boto3, os\ns3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL_S3'])\n`;
  return execFileSync(python.bin('python'), ['-c', start + script], {
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  });
}

beforeAll(async () => {
  python = pythonWith('moto[server,s3]==5.2.5');
  withDvc = pythonWith('dvc[s3]==3.67.1');
  const port = await freePort();
  variables = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  moto = spawn(python.bin('moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // It says on standard error that it runs.
  let said = '';
  for await (const chunk of moto.stderr ?? []) {
    said += String(chunk);
    if (said.includes('Running on')) break;
  }
  boto(`
s3.create_bucket(Bucket='team-data')
s3.put_bucket_versioning(Bucket='versions', VersioningConfiguration={'Status': 'Enabled'}) if s3.create_bucket(Bucket='versions') else None
for n in range(1203): s3.put_object(Bucket='team-data', Key=f'many/{n:04}.csv', Body=b'a\\n%d\\n' % n)
s3.put_object(Bucket='team-data', Key='flights/k=1/a b+c.csv', Body=b'a\\n1\\n')`);
}, 900_000);

afterAll(async () => {
  const ended = once(moto, 'close');
  moto.kill();
  await ended;
  here.remove();
  python.remove();
  withDvc.remove();
});

describe('a store that speaks S3 (moto)', () => {
  test('gives an object with an odd name, pinned by the ETag that boto3 sees', async () => {
    const files = here.open({ variables });
    const found = await files.list('s3://team-data/flights/');
    expect(contents(found)).toEqual([['s3://team-data/flights/k=1/a b+c.csv', 'a\n1\n']]);
    const etag = boto(`print(s3.head_object(Bucket='team-data', Key='flights/k=1/a b+c.csv')['ETag'], end='')`);
    expect(found[0]?.pin).toEqual({ source: 's3://team-data/flights/k=1/a b+c.csv', kind: 'etag', value: etag });
    await files.close();
  });

  test('gives more objects than one page has', async () => {
    const files = here.open({ variables });
    expect(await files.list('s3://team-data/many/*.csv')).toHaveLength(1203);
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test('gives the version that is asked for, and names the newest', async () => {
    const ids = boto(`
first = s3.put_object(Bucket='versions', Key='a.csv', Body=b'a\\n1\\n')['VersionId']
second = s3.put_object(Bucket='versions', Key='a.csv', Body=b'a\\n2\\n')['VersionId']
print(first, second)`)
      .trim()
      .split(' ');
    const files = here.open({ variables });
    const newest = await files.list('s3://versions/a.csv');
    expect([contents(newest)[0]?.[1], newest[0]?.pin]).toMatchObject([
      'a\n2\n',
      { kind: 'object_version', value: ids[1] },
    ]);
    expect(contents(await files.list(`s3://versions/a.csv?versionId=${ids[0]}`))[0]?.[1]).toBe('a\n1\n');
    await files.close();
  });

  test.each([
    ['s3://team-data/none.csv', /no such object/],
    ['s3://no-such-bucket/a.csv', /no such bucket/],
  ])('%s is said to be missing', async (reference, message) => {
    const files = here.open({ variables });
    await expect(files.list(reference)).rejects.toThrow(message);
    await files.close();
  });
});

describe('data that DVC tracks', () => {
  const dvc = (...args: string[]): void => {
    const env = { ...process.env, ...variables, DVC_NO_ANALYTICS: '1', HOME: here.root };
    execFileSync(withDvc.bin('dvc'), args, { cwd: here.directory, env, stdio: 'pipe' });
  };

  beforeAll(() => {
    execFileSync('git', ['init', '-q', here.directory]);
    dvc('init');
    here.put('data/one.csv', 'a,b\nx,1\n');
    for (const k of [1, 2]) here.put(`folder/k=${k}/part.csv`, `a\n${k}\n`);
    dvc('add', 'data/one.csv', 'folder');
    writeFileSync(
      join(here.directory, 'dvc.yaml'),
      'stages:\n  make:\n    cmd: printf "a\\n9\\n" > made.csv\n    outs: [made.csv]\n',
    );
    dvc('repro');
  });

  const forget = (): void => {
    for (const name of ['data/one.csv', 'folder', 'made.csv', '.dvc/cache'])
      rmSync(join(here.directory, name), { recursive: true, force: true });
  };

  async function readAll(): Promise<void> {
    const files = here.open({ variables });
    expect(contents(await files.list('data/one.csv'))).toEqual([['data/one.csv', 'a,b\nx,1\n']]);
    expect(contents(await files.list('made.csv'))).toEqual([['made.csv', 'a\n9\n']]);
    const folder = await files.list('folder');
    expect(contents(folder)).toEqual([
      ['folder/k=1/part.csv', 'a\n1\n'],
      ['folder/k=2/part.csv', 'a\n2\n'],
    ]);
    const pointer = readFileSync(join(here.directory, 'folder.dvc'), 'utf8');
    expect(pointer).toContain(`md5: ${folder[0]?.pin?.value}.dir`);
    await files.close();
    expect(here.left()).toEqual([]);
  }

  test('is read from its cache, from a folder, and from a bucket', async () => {
    mkdirSync(join(here.root, 'remote'));
    dvc('remote', 'add', '--default', 'near', '../remote');
    dvc('push');
    for (const name of ['data/one.csv', 'folder', 'made.csv'])
      rmSync(join(here.directory, name), { recursive: true, force: true });
    await readAll();
    forget();
    await readAll();
    dvc('pull');
    dvc('remote', 'add', '--default', 'far', 's3://team-data/dvc');
    dvc('remote', 'modify', 'far', 'endpointurl', variables['AWS_ENDPOINT_URL_S3'] ?? '');
    dvc('push');
    forget();
    await readAll();
  });

  test('is what a pull request’s job reads from the commit, below a prefix of policy alone', async () => {
    // `far` is the default remote by now, and nothing but what is pushed there is left.
    forget();
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', ...args], {
        cwd: here.directory,
        encoding: 'utf8',
      }).trim();
    git('add', '-A');
    git('commit', '-q', '-m', 'data');
    const objects = openObjects(here.directory, process.env);
    const tree = await objects.tree(GitId.parse(git('rev-parse', 'HEAD')));
    const stage = openStage();
    const read = async (path: string, prefixes: readonly string[]) => {
      const datasets = openDatasets(stage.job(), { ...NO_ACCESS, variables, allowPrivate: true }, prefixes);
      const found = await datasets.find({ path: RepoPath.parse(path) }, { objects, tree });
      if (found === null) throw new Error(`nothing at ${path}`);
      const { files } = await datasets.read(found, 1 << 20);
      const texts = files.map((file) => ('from' in file ? readFileSync(file.from, 'utf8') : ''));
      await datasets.close();
      return texts;
    };
    const prefixes = ['s3://team-data/dvc'];
    expect(await read('data/one.csv', prefixes)).toEqual(['a,b\nx,1\n']);
    expect(await read('folder', prefixes)).toEqual(['a\n1\n', 'a\n2\n']);
    expect(await read('folder/k=2/part.csv', prefixes)).toEqual(['a\n2\n']);
    expect(await read('made.csv', prefixes)).toEqual(['a\n9\n']);
    await expect(read('made.csv', ['s3://team-data/dv'])).rejects.toThrow('names no prefix');
    stage.close();
  });
});
