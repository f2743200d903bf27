import { afterAll, beforeAll, expect, test } from 'vitest';
import { commit, openWorld, type World } from './world.ts';

let world: World;
let sha: string;
beforeAll(async () => {
  world = await openWorld();
  sha = await commit(world.github, world.repository, 'main', {
    'README.md': '# Flights\n\n<script>alert(1)</script>',
    'data/late.csv': 'id,late\n1,0\n<b>,1\n',
    'charts/a.svg': '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    'page.html': '<script>alert(1)</script>',
    'model.bin': 'ab\0cd',
    '"><img src=x onerror=alert(1)>.txt': 'hostile name',
  });
  await commit(world.github, world.repository, 'feature/deep', { 'only-here.txt': 'x' }, sha);
  await commit(world.github, world.secret, 'main', { 'key.txt': 'secret' });
});
afterAll(() => world.close());

const get = (path: string): Promise<Response> => world.browser().get(`/acme/flights/${path}`);

test('a picture is served as one that can run nothing', async () => {
  const response = await get(`raw/${sha}/charts/a.svg`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('image/svg+xml');
  expect(response.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  );
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

test.each([
  ['page.html', 'text/plain; charset=utf-8', null],
  ['README.md', 'text/plain; charset=utf-8', null],
  ['model.bin', 'application/octet-stream', 'attachment'],
])('the raw %s is %s', async (name, type, disposition) => {
  const response = await get(`raw/${sha}/${name}`);
  expect(response.headers.get('content-type')).toBe(type);
  expect(response.headers.get('content-disposition')).toBe(disposition);
});

test('a branch name with a slash is told from the path', async () => {
  expect((await get('raw/feature/deep/only-here.txt')).status).toBe(200);
  expect((await get('raw/main/only-here.txt')).status).toBe(404);
});

test.each([
  'raw/main/../../../../etc/passwd',
  'raw/..%2f..%2f..%2fconfig',
  'raw/main/data',
  'raw/nothing/x',
  'raw/main/data/late.csv/x',
  'tree/main/data/late.csv',
])('%s is not found', async (path) => {
  expect((await get(path)).status).toBe(404);
});

test('a file of a private repository needs somebody who may see it', async () => {
  const ada = world.browser();
  await ada.signIn('ada');
  expect((await world.browser().get('/acme/secret/raw/main/key.txt')).status).toBe(404);
  expect(await ada.text('/acme/secret/raw/main/key.txt')).toBe('secret');
});

test('a text file is shown by lines, as text', async () => {
  const page = await (await get(`blob/${sha}/data/late.csv`)).text();
  expect(page).toContain('<tr id="L3">');
  expect(page).toContain('&lt;b&gt;,1');
});

test('a Markdown file is rendered without what could act', async () => {
  const page = await (await get('blob/main/README.md')).text();
  expect(page).toContain('<h1>Flights</h1>');
  expect(page).not.toContain('alert(1)');
});

test('a hostile file name is text in the listing', async () => {
  const page = await (await get('tree/main')).text();
  expect(page).toContain('&quot;&gt;&lt;img src=x onerror=alert(1)&gt;.txt');
  expect(page).not.toContain('<img src=x');
});
