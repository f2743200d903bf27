import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('signing in', () => {
  test('is offered as each user, and as nobody else', async () => {
    const page = await world.browser().text('/login');
    expect(page).toContain('value="ada"');
    expect(page).toContain('value="ben"');
    expect(page).not.toContain('value="acme"');
    expect(page).not.toContain('value="github-actions[bot]"');
  });

  test('sets a cookie that scripts and other sites do not get', async () => {
    const response = await world.browser().get('/login');
    expect(response.headers.get('set-cookie')).toMatch(
      /^local_github_session_\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  test('shows who is signed in', async () => {
    const browser = world.browser();
    await browser.signIn('ada');
    expect(await browser.text('/')).toContain('Signed in as <strong>ada</strong>');
  });

  test('gives the session a new id', async () => {
    const browser = world.browser();
    const before = (await browser.get('/login')).headers.get('set-cookie');
    await browser.text('/login');
    const after = (await browser.post('/login', { login: 'ada' })).headers.get('set-cookie');
    expect(after).not.toBe(before);
  });

  test('leads back to where the person was', async () => {
    const browser = world.browser();
    await browser.text('/login');
    const response = await browser.post('/login', { login: 'ada', return_to: '/acme/flights' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/acme/flights']);
  });

  test.each(['//evil.example/', 'https://evil.example/', 'javascript:alert(1)', '/\\evil.example'])(
    'does not lead to %s',
    async (address) => {
      const browser = world.browser();
      await browser.text('/login');
      const response = await browser.post('/login', { login: 'ada', return_to: address });
      expect(response.headers.get('location')).toBe('/');
    },
  );

  test.each(['acme', 'github-actions[bot]', 'nobody'])('as %s is refused', async (login) => {
    const browser = world.browser();
    await browser.text('/login');
    expect((await browser.post('/login', { login })).status).toBe(404);
  });

  test('out ends the session and its token', async () => {
    const browser = world.browser();
    await browser.signIn('ada');
    const tokens = world.github.tables.tokens.list().length;
    await browser.post('/logout', {});
    expect(world.github.tables.tokens.list()).toHaveLength(tokens - 1);
    expect(await browser.text('/')).toContain('Sign in');
  });
});

describe('a form', () => {
  test('without its token is refused', async () => {
    const browser = world.browser();
    await browser.signIn('ada');
    expect((await browser.post('/logout', { csrf: '' })).status).toBe(403);
    expect((await browser.post('/logout', { csrf: 'x'.repeat(32) })).status).toBe(403);
  });

  test('with the token of another session is refused', async () => {
    const [one, other] = [world.browser(), world.browser()];
    await one.signIn('ada');
    await other.signIn('ben');
    const token = /name="csrf" value="([^"]+)"/.exec(await one.text('/'))?.[1] ?? '';
    expect((await other.post('/logout', { csrf: token })).status).toBe(403);
  });

  test.each(['http://evil.example', 'null', 'http://127.0.0.1:1'])('from the origin %s is refused', async (origin) => {
    const browser = world.browser();
    await browser.signIn('ada');
    expect((await browser.post('/logout', {}, { origin })).status).toBe(403);
  });

  test('without an origin is refused', async () => {
    const page = await world.browser().get('/login');
    const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
    const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const address = `http://127.0.0.1:${world.github.port}/login`;
    const body = new URLSearchParams({ csrf, login: 'ada' });
    expect((await fetch(address, { method: 'POST', body, headers: { cookie }, redirect: 'manual' })).status).toBe(403);
  });
});

test('every page forbids what it does not need', async () => {
  const { headers } = await world.browser().get('/');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src 'nonce-[\w+/=]{20,}'(;|$)/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('each answer has a nonce of its own', async () => {
  const policies = await Promise.all(
    [1, 2].map(async () => (await world.browser().get('/')).headers.get('content-security-policy')),
  );
  expect(policies[0]).not.toBe(policies[1]);
});

test('a private repository is shown to those who may see it only', async () => {
  const [stranger, ada] = [world.browser(), world.browser()];
  await ada.signIn('ada');
  expect(await stranger.text('/')).not.toContain('acme/secret');
  expect((await stranger.get('/acme/secret')).status).toBe(404);
  expect(await ada.text('/')).toContain('acme/secret');
});

test('what a repository says of itself is shown as text', async () => {
  const page = await world.browser().text('/');
  expect(page).toContain('Late &lt;b&gt;flights&lt;/b&gt;');
});

test.each(['/acme/flights/wiki', '/%E0%A4%A', '/acme/flights/pull/0', '/acme/flights/pull/x', '/nobody/nothing'])(
  '%s is not found, in words',
  async (path) => {
    const response = await world.browser().get(path);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('Nothing here');
  },
);
