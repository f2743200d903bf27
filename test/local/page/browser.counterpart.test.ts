import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect, type Tab } from '../../../scripts/chromium/devtools.ts';
import { FLAGS, PLACES } from '../../../scripts/chromium/launch.ts';
import { commit, openWorld, type World } from './world.ts';

let world: World;
let tab: Tab;
let browser: ChildProcess;
let profile: string;
let disconnect: () => void;

beforeAll(async () => {
  const binary = process.env['CHROMIUM'] ?? PLACES.find(existsSync);
  if (binary === undefined) throw new Error('expected Chromium: apt-get install chromium, or set CHROMIUM to its path');
  world = await openWorld();
  const base = await commit(world.github, world.repository, 'main', { 'a.txt': 'one\n' });
  await commit(world.github, world.repository, 'change', { 'a.txt': 'two\n' }, base);
  await world.api('POST', '/repos/acme/flights/pulls', world.tokens.ada, {
    title: 'Change',
    head: 'change',
    base: 'main',
    body: '',
  });
  profile = await mkdtemp(join(tmpdir(), 'browser-'));
  const child = spawn(binary, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  browser = child;
  ({ tab, close: disconnect } = await connect(child.stderr));
});
afterAll(async () => {
  disconnect();
  const ended = new Promise((resolve) => browser.once('close', resolve));
  browser.kill();
  await ended;
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  await world.close();
});

const page = (path: string): string => `${world.github.urls.server}${path}`;
const pull = '/acme/flights/pull/1';
/** Opens a page and waits until it is there: on a busy machine what is asked before gives nothing. */
const openWhole = async (path: string): Promise<void> => {
  await tab.open(page(path));
  await vi.waitFor(async () => expect(await tab.evaluate('document.readyState')).toBe('complete'), 20_000);
};
const conversation = (): Promise<unknown> => tab.evaluate("document.querySelector('[data-live=timeline]').innerText");

test('signing in works under the page policy and with its cookie', async () => {
  await tab.open(page(`/login?return_to=${encodeURIComponent(pull)}`));
  await tab.evaluate(
    "[...document.querySelectorAll('input[name=login]')].find((one) => one.value === 'ada').form.requestSubmit()",
  );
  await vi.waitFor(async () => expect(await tab.evaluate('location.pathname')).toBe(pull), 20_000);
  // The address changes before the page is there.
  const who = () => tab.evaluate("document.querySelector('.who')?.innerText ?? ''");
  await vi.waitFor(async () => expect(await who()).toContain('ada'), 20_000);
  expect(await tab.evaluate('document.cookie')).toBe('');
});

test("what somebody else writes appears, and one's own draft stays", async () => {
  await openWhole(pull);
  await tab.evaluate("document.querySelector('textarea').value = 'a draft'");
  await world.api('POST', '/repos/acme/flights/issues/1/comments', world.tokens.ben, {
    body: 'a comment from elsewhere',
  });
  await vi.waitFor(async () => expect(await conversation()).toContain('a comment from elsewhere'), {
    timeout: 20_000,
    interval: 200,
  });
  expect(await tab.evaluate("document.querySelector('textarea').value")).toBe('a draft');
});

test('a comment that is typed and sent appears', async () => {
  await openWhole(pull);
  await tab.evaluate(
    "document.querySelector('textarea').value = '/train please'; document.querySelector('.comment-form').requestSubmit()",
  );
  await vi.waitFor(async () => expect(await tab.evaluate('location.hash')).toMatch(/^#issuecomment-/), 20_000);
  await vi.waitFor(async () => expect(await conversation()).toContain('/train please'), 20_000);
});

test('the policy lets style and script of the page itself through, and no other', async () => {
  await openWhole(pull);
  const radius = () => tab.evaluate("getComputedStyle(document.querySelector('.comment-box')).borderRadius");
  await vi.waitFor(async () => expect(await radius()).toBe('8px'), 20_000);
  expect(await tab.evaluate("typeof document.querySelector('time').innerText")).toBe('string');
  await tab.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.broken = 1\">')");
  await tab.evaluate(
    "const one = document.createElement('script'); one.textContent = 'window.broken = 1'; document.body.append(one)",
  );
  await tab.settled(300);
  expect(await tab.evaluate('window.broken')).toBeUndefined();
});

test('a raw picture runs no script', async () => {
  const sha = await commit(world.github, world.repository, 'pictures', {
    'x.svg':
      '<svg xmlns="http://www.w3.org/2000/svg"><text id="t">before</text><script>document.getElementById("t").textContent = "after"</script></svg>',
  });
  await tab.open(page(`/acme/flights/raw/${sha}/x.svg`));
  expect(await tab.evaluate("document.getElementById('t').textContent")).toBe('before');
});
