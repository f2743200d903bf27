import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callJson } from '../../../adapters/data-sources/http-client.ts';
import { checkout, contents } from './place.ts';
import { type Web, webServer } from './web.ts';

const TEXT = 'a,b\nx,1\n';
const SHA = createHash('sha256').update(TEXT).digest('hex');
const here = checkout();
let web: Web;
let other: Web;

beforeAll(async () => {
  other = await webServer((_, response) => response.end(TEXT));
  web = await webServer(({ path }, response) => {
    const to = (location: string) => response.writeHead(302, { location }).end();
    if (path.startsWith('/data')) response.end(TEXT);
    else if (path === '/moved') to('/data.csv');
    else if (path === '/away') to(`${other.url}/data.csv`);
    else if (path === '/round') to('/round');
    else if (path === '/file') to('file:///etc/passwd');
    else if (path === '/large') response.writeHead(200, { 'content-length': '999999' }).write('x'.repeat(100));
    else if (path === '/endless') response.write('x'.repeat(200_000));
    else if (path === '/unframed.csv') {
      response.socket?.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${TEXT}`);
    } else if (path === '/chunks') {
      response.write(TEXT);
      setTimeout(() => response.socket?.end(), 20);
    } else if (path === '/short')
      response.writeHead(200, { 'content-length': '50' }).end('a', () => response.destroy());
    else response.writeHead(404).end('<b>nothing here</b>');
  });
});
afterAll(async () => {
  await Promise.all([web.close(), other.close()]);
  here.remove();
});

test('a file from a server is fetched once, and pinned by its digest', async () => {
  const files = here.open();
  const first = await files.list(`${web.url}/data.csv?token=secret`);
  expect(await files.list(`${web.url}/data.csv?token=secret`)).toBe(first);
  expect(contents(first)).toEqual([[`${web.url}/data.csv`, TEXT]]);
  expect(first[0]?.pin).toEqual({ source: `${web.url}/data.csv`, kind: 'sha256', value: SHA });
  await files.close();
  expect(here.left()).toEqual([]);
});

test('an answer that does not say where it ends is taken by its digest alone', async () => {
  const files = here.open();
  await expect(files.list(`${web.url}/unframed.csv`)).rejects.toThrow(
    `states no length, so that a part can’t be told from the whole: compare what it holds with its source, and add #sha256=${SHA}`,
  );
  expect(contents(await files.list(`${web.url}/unframed.csv#sha256=${SHA}`))).toEqual([
    [`${web.url}/unframed.csv`, TEXT],
  ]);
  await files.close();
});

test('chunks that break off are refused', async () => {
  const files = here.open();
  await expect(files.list(`${web.url}/chunks`)).rejects.toThrow(/can’t be read: aborted/);
  await files.close();
});

test('key=value folders of an address stay', async () => {
  const files = here.open();
  expect((await files.list(`${web.url}/data/k=1/f.csv`))[0]?.path).toMatch(/\/k=1\/f\.csv$/);
  await files.close();
});

test.each(['/data/k=[1]/f.csv', '/data/k=*/f.csv'])('a folder that would be a pattern is refused: %s', async (path) => {
  const files = here.open();
  await expect(files.list(`${web.url}${path}`)).rejects.toThrow(/can’t be read: rename it/);
  await files.close();
});

test('a digest that is stated must be the content’s', async () => {
  const files = here.open();
  await expect(files.list(`${web.url}/data.csv#sha256=${SHA}`)).resolves.toHaveLength(1);
  await expect(files.list(`${web.url}/data.csv#sha256=${'0'.repeat(64)}`)).rejects.toThrow(
    /expected sha256 0{64}, got/,
  );
  await files.close();
});

test('redirects are followed, also to another server', async () => {
  const files = here.open();
  expect(contents(await files.list(`${web.url}/moved`))).toEqual([[`${web.url}/moved`, TEXT]]);
  expect(contents(await files.list(`${web.url}/away`))).toEqual([[`${web.url}/away`, TEXT]]);
  await files.close();
});

test.each([
  ['missing', '/none.csv', /expected 200, got 404: <b>nothing here/],
  ['redirected for ever', '/round', /more than 5 redirects/],
  ['redirected to a file', '/file', /redirected to file:/],
  ['larger than it may be, as it says', '/large', /more than the 1000 bytes/],
  ['larger than it may be, without end', '/endless', /more than the 1000 bytes/],
  ['shorter than it says', '/short', /can’t be read/],
])('what is %s is refused', async (_, path, message) => {
  const files = here.open({ bounds: { bytes: 1000, files: 10, seconds: 20 } });
  await expect(files.list(`${web.url}${path}`)).rejects.toThrow(message);
  await files.close();
});

test('a server that says nothing is given up on', async () => {
  const silent = await webServer(() => undefined);
  const files = here.open({ bounds: { bytes: 1000, files: 10, seconds: 1 } });
  await expect(files.list(`${silent.url}/a.csv`)).rejects.toThrow(/not read within 1 s/);
  await files.close();
  await silent.close();
});

describe('an address that is not of the public internet', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])(
    '%s is refused before anything is sent',
    async (host) => {
      const files = here.open({ allowPrivate: false });
      const count = web.seen.length;
      await expect(files.list(`http://${host}:${new URL(web.url).port}/data.csv`)).rejects.toThrow(
        /no address of the public/,
      );
      expect(web.seen).toHaveLength(count);
      await files.close();
    },
  );
});

test('a redirect out of the prefixes of the policy is not followed', async () => {
  const files = here.open({ trust: { kind: 'pull_request', prefixes: [web.url] } });
  const count = other.seen.length;
  await expect(files.list(`${web.url}/away`)).rejects.toThrow(/which may not be read/);
  expect(other.seen).toHaveLength(count);
  await files.close();
});

test('content is kept as it was sent: gzip stays gzip', async () => {
  const zipped = await webServer((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(TEXT)),
  );
  const files = here.open();
  const [file] = await files.list(`${zipped.url}/data.csv.gz`);
  expect(file?.bytes).toBe(gzipSync(TEXT).length);
  await files.close();
  await zipped.close();
});

test('an answer in gzip that breaks off is an error at once', async () => {
  const web = await webServer((_seen, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.write(gzipSync('x'.repeat(10_000)).subarray(0, 20), () => response.destroy());
  });
  await expect(callJson({ url: web.url }, { seconds: 20, allowPrivate: true })).rejects.toMatchObject({
    code: 'unreadable',
  });
  await web.close();
});

test('no client of the web is loaded before something is fetched: each check would start later', () => {
  const sources = new URL('../../../adapters/data-sources/sources.ts', import.meta.url);
  const loaded = "console.log(process.moduleLoadList.filter((name) => name.endsWith(' http')).length)";
  const program = `await import(${JSON.stringify(sources.href)}); ${loaded}`;
  const run = (text: string) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' }).trim();
  expect(run(program)).toBe('0');
  // That it is found where it is loaded.
  expect(run(`await import('node:http'); ${loaded}`)).toBe('1');
});
