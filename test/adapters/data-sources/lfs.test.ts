import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkout, contents } from './place.ts';
import { type Seen, type Web, webServer } from './web.ts';

const TEXT = 'a,b\nx,1\n';
const OID = createHash('sha256').update(TEXT).digest('hex');
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize ${TEXT.length}\n`;
const PIN = { source: 'big.csv', kind: 'sha256', value: OID };

const Asked = z.object({
  operation: z.literal('download'),
  transfers: z.array(z.string()),
  hash_algo: z.literal('sha256'),
  objects: z.array(z.object({ oid: z.string(), size: z.number() })),
});

let here: ReturnType<typeof checkout>;
let server: Web;
/** What the server does with the object. */
let object: (url: string) => Record<string, unknown>;
let content = TEXT;
let wanted: string | null = null;

/** The batch API, as its specification has it (docs/api/batch.md of git-lfs). */
function batch({ headers, body }: Seen): [number, unknown] {
  if (headers.accept !== 'application/vnd.git-lfs+json' || headers['content-type'] !== headers.accept)
    return [415, { message: 'media type' }];
  if (wanted !== null && headers.authorization !== wanted) return [401, { message: 'who are you?' }];
  const { objects } = Asked.parse(JSON.parse(body));
  return [200, { transfer: 'basic', objects: objects.map((one) => ({ ...one, ...object(server.url) })) }];
}

beforeEach(async () => {
  here = checkout();
  content = TEXT;
  wanted = null;
  object = (url) => ({
    actions: { download: { href: `${url}/object?sig=1`, header: { 'x-key': 'k' }, expires_in: 60 } },
  });
  server = await webServer((seen, response) => {
    if (seen.path === '/o/r.git/info/lfs/objects/batch') {
      const [status, answer] = batch(seen);
      response.writeHead(status, { 'content-type': 'application/vnd.git-lfs+json' }).end(JSON.stringify(answer));
    } else if (seen.path === '/object?sig=1' && seen.headers['x-key'] === 'k') response.end(content);
    else response.writeHead(404).end();
  });
  execFileSync('git', ['init', '-q', here.directory]);
  here.put('big.csv', POINTER);
});
afterEach(async () => {
  await server.close();
  here.remove();
});

function remote(url: string): void {
  execFileSync('git', ['-C', here.directory, 'remote', 'add', 'origin', url]);
}

describe('a pointer of Git LFS', () => {
  test('is followed to the repository’s own store', async () => {
    here.put(`.git/lfs/objects/${OID.slice(0, 2)}/${OID.slice(2, 4)}/${OID}`, TEXT);
    const files = here.open();
    const found = await files.list('big.csv');
    expect([contents(found), found[0]?.pin]).toEqual([[['big.csv', TEXT]], PIN]);
    await files.close();
  });

  test('is followed to its remote where the store has other bytes under its name', async () => {
    here.put(`.git/lfs/objects/${OID.slice(0, 2)}/${OID.slice(2, 4)}/${OID}`, 'a,b\nx,9\n');
    remote(`${server.url}/o/r`);
    const files = here.open();
    expect(contents(await files.list('*.csv'))).toEqual([['big.csv', TEXT]]);
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test('among other files leaves those as they are', async () => {
    here.put('small.csv', 'a,b\n');
    remote(`${server.url}/o/r.git`);
    const files = here.open();
    expect(contents(await files.list('*.csv'))).toEqual([
      ['big.csv', TEXT],
      ['small.csv', 'a,b\n'],
    ]);
    await files.close();
  });

  test('is asked for with the credentials in the remote’s address, which the object’s address never gets', async () => {
    remote(`${server.url.replace('//', '//me:secret@')}/o/r`);
    wanted = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    const files = here.open();
    expect(contents(await files.list('big.csv'))).toEqual([['big.csv', TEXT]]);
    expect(server.seen.find(({ path }) => path.startsWith('/object'))?.headers.authorization).toBeUndefined();
    await files.close();
  });

  test.each<[what: string, change: () => void, message: RegExp]>([
    ['has other content', () => (content = 'a,b\ny,1\n'), /expected 8 bytes of sha256/],
    ['has more content', () => (content = TEXT.repeat(2)), /more than the 8 bytes/],
    ['has less content', () => (content = 'a'), /expected 8 bytes/],
    ['lacks it', () => (object = () => ({ error: { code: 404, message: 'gone' } })), /has no .*: gone/],
    ['names no address', () => (object = () => ({})), /the server does not name it/],
    [
      'names a file',
      () => (object = () => ({ actions: { download: { href: 'file:///etc/passwd' } } })),
      /can’t be read/,
    ],
    ['asks who we are', () => (wanted = 'Basic x'), /asks for credentials; run git lfs pull/],
  ])('whose server %s is refused', async (_, change, message) => {
    change();
    remote(`${server.url}/o/r`);
    const files = here.open({ variables: { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' } });
    await expect(files.list('big.csv')).rejects.toThrow(message);
    await files.close();
  });

  test('without a remote says what to do', async () => {
    const files = here.open();
    await expect(files.list('big.csv')).rejects.toThrow(/run git lfs pull/);
    await files.close();
  });

  test('of a pull request is not asked for where its own checkout says', async () => {
    here.put('.lfsconfig', `[lfs]\n\turl = ${server.url}/o/r.git/info/lfs\n`);
    const stranger = here.open({ trust: { kind: 'pull_request', prefixes: [] } });
    await expect(stranger.list('big.csv')).rejects.toThrow(/no remote/);
    const person = here.open();
    await expect(person.list('big.csv')).resolves.toHaveLength(1);
    await Promise.all([stranger.close(), person.close()]);
  });

  test('is what lfs: asks for', async () => {
    here.put('plain.csv', 'a,b\n');
    const files = here.open();
    await expect(files.list('lfs:plain.csv')).rejects.toThrow(/expected a pointer/);
    await files.close();
  });
});
