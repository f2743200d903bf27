import { createAppAuth } from '@octokit/auth-app';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { RepositoryEvent } from '../../../local/events.ts';
import { commit, openWorld, type World } from './world.ts';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
const Token = z.object({ token: z.string() });
const Live = z.record(z.string(), z.object({ digest: z.string(), markup: z.string() }));
const WithId = z.object({ id: z.number() });

let world: World;
let app: string;
let check: number;
const events: RepositoryEvent[] = [];

/** An App with a key of its own, installed; its installation token. */
async function installedApp(): Promise<string> {
  const made = world.github.createApp({
    slug: 'checker',
    owner: 'acme',
    webhookUrl: null,
    webhookSecret: 'test',
    permissions: { checks: 'write', contents: 'read', pull_requests: 'read' },
    events: ['check_run'],
  });
  const installation = world.github.installApp(made, 'acme');
  const { token } = await createAppAuth({ appId: made.id, privateKey: made.privateKeyPem })({ type: 'app' });
  const answered = await world.api('POST', `/app/installations/${installation.id}/access_tokens`, token);
  return Token.parse(answered.body).token;
}

beforeAll(async () => {
  world = await openWorld();
  const base = await commit(world.github, world.repository, 'main', { 'a.txt': 'one\ntwo\n' });
  const head = await commit(
    world.github,
    world.repository,
    'change',
    { 'a.txt': 'one\n<b>2</b>\n', [`${HOSTILE}.txt`]: 'x\n' },
    base,
  );
  const { ada } = world.tokens;
  await world.api('POST', '/repos/acme/flights/pulls', ada, {
    title: HOSTILE,
    head: 'change',
    base: 'main',
    body: `Body ${HOSTILE}`,
  });
  await world.api('POST', '/repos/acme/flights/issues/1/comments', world.tokens.ben, {
    body: `<!-- hidden -->\n\n**Hi** ${HOSTILE} [x](javascript:alert(1))`,
  });
  app = await installedApp();
  const annotation = {
    path: `${HOSTILE}.csv`,
    start_line: 57,
    end_line: 57,
    annotation_level: 'failure',
    message: HOSTILE,
    title: HOSTILE,
  };
  const answered = await world.api('POST', '/repos/acme/flights/check-runs', app, {
    name: 'data',
    head_sha: head,
    status: 'completed',
    conclusion: 'failure',
    output: { title: HOSTILE, summary: `**Broken** ${HOSTILE}`, text: `Text ${HOSTILE}`, annotations: [annotation] },
    actions: [{ label: 'Fix it', description: 'Fix the data', identifier: 'fix' }],
  });
  if (answered.status !== 201) throw new Error(JSON.stringify(answered.body));
  check = WithId.parse(answered.body).id;
  // The API refuses such an address; the page must not rely on it.
  world.github.tables.checkRuns.update(check, { detailsUrl: 'javascript:alert(1)' });
  world.github.onEvent((event) => events.push(event));
});
afterAll(() => world.close());

const pull = '/acme/flights/pull/1';

describe('the page of a pull request', () => {
  test.each([pull, `${pull}/files`, `${pull}/commits`, '/acme/flights/pulls', '/acme/flights'])(
    '%s shows hostile text as text',
    async (path) => {
      const browser = world.browser();
      await browser.signIn('ada');
      const page = await browser.text(path);
      expect(page).not.toMatch(/<script>alert|<img src=x|href="javascript/i);
      if (path !== `${pull}/commits`) expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    },
  );

  test('renders comments and hides their HTML comments', async () => {
    const page = await world.browser().text(pull);
    expect(page).toContain('<strong>Hi</strong>');
    expect(page).not.toContain('hidden -->');
  });

  test('shows a check with its summary, and its annotation by file and line', async () => {
    const page = await world.browser().text(pull);
    expect(page).toContain('<strong>Broken</strong>');
    expect(page).toContain('.csv:57');
    expect(page).toContain('1 check failed, 0 passed');
  });

  test('shows the change as a diff', async () => {
    const page = await world.browser().text(`${pull}/files`);
    expect(page).toMatch(/<tr class="add">.*&lt;b&gt;2&lt;\/b&gt;/);
    expect(page).toMatch(/<tr class="remove">.*two/);
  });

  test('offers forms to the signed-in only', async () => {
    const page = await world.browser().text(pull);
    expect(page).not.toMatch(/name="body"|Squash and merge|Fix it/);
    expect(page).toContain('/login?return_to=');
  });
});

test('a comment is sent as the signed-in person, with plain line ends', async () => {
  const browser = world.browser();
  await browser.signIn('ben');
  const response = await browser.post(`${pull}/comments`, { body: '/train\r\nplease' });
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toMatch(/^\/acme\/flights\/pull\/1#issuecomment-\d+$/);
  const event = events.findLast((one) => one.event === 'issue_comment');
  expect([event?.action, event?.sender.login]).toEqual(['created', 'ben']);
  expect(z.object({ comment: z.object({ body: z.string() }) }).parse(event?.payload).comment.body).toBe(
    '/train\nplease',
  );
});

test('an empty comment is refused in words', async () => {
  const browser = world.browser();
  await browser.signIn('ben');
  const response = await browser.post(`${pull}/comments`, { body: ' \r\n ' });
  expect(response.status).toBe(422);
  expect(await response.text()).toContain('A comment needs some text.');
});

test('a comment that is too long is refused in the words of the API', async () => {
  const browser = world.browser();
  await browser.signIn('ben');
  expect((await browser.post(`${pull}/comments`, { body: 'x'.repeat(65_537) })).status).toBe(422);
});

describe('the buttons of a check', () => {
  test('reach its App', async () => {
    const browser = world.browser();
    await browser.signIn('ada');
    expect(await browser.text(pull)).toContain('Fix it');
    expect((await browser.post(`/acme/flights/check-runs/${check}/actions`, { identifier: 'fix' })).status).toBe(303);
    const event = events.findLast((one) => one.action === 'requested_action');
    expect([event?.sender.login, event?.payload['requested_action']]).toEqual(['ada', { identifier: 'fix' }]);
  });

  test('ask for another run', async () => {
    const browser = world.browser();
    await browser.signIn('ada');
    await browser.post(`/acme/flights/check-runs/${check}/rerequest`, {});
    expect(events.findLast((one) => one.event === 'check_run')?.action).toBe('rerequested');
  });

  test('are refused to readers, and where the check is of another repository', async () => {
    const [ben, ada] = [world.browser(), world.browser()];
    await ben.signIn('ben');
    await ada.signIn('ada');
    expect((await ben.post(`/acme/flights/check-runs/${check}/actions`, { identifier: 'fix' })).status).toBe(403);
    expect((await ada.post(`/acme/secret/check-runs/${check}/actions`, { identifier: 'fix' })).status).toBe(404);
    expect((await ada.post(`/acme/flights/check-runs/${check}/actions`, { identifier: 'other' })).status).toBe(422);
  });
});

describe('the live parts', () => {
  test('come as JSON with a digest, and not again while nothing has changed', async () => {
    const browser = world.browser();
    const first = await browser.get(`${pull}?live=1`);
    const etag = first.headers.get('etag') ?? '';
    expect(Object.keys(Live.parse(await first.json()))).toEqual(['head', 'timeline', 'merge', 'close', 'side']);
    expect((await browser.get(`${pull}?live=1`, { 'if-none-match': etag })).status).toBe(304);
    await world.api('PATCH', `/repos/acme/flights/check-runs/${check}`, app, {
      output: { title: 'Other', summary: 'Changed' },
    });
    const changed = await browser.get(`${pull}?live=1`, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(await changed.text()).toContain('Changed');
  });

  test('are what the page itself holds', async () => {
    const browser = world.browser();
    const parts = Live.parse(await (await browser.get(`${pull}?live=1`)).json());
    const page = await browser.text(pull);
    for (const { digest, markup } of Object.values(parts)) {
      expect(page).toContain(markup);
      expect(page).toContain(`data-digest="${digest}"`);
    }
  });
});

test('a pull request is closed and opened again', async () => {
  const browser = world.browser();
  await browser.signIn('ada');
  await browser.post(`${pull}/state`, { state: 'closed' });
  expect(await browser.text(pull)).toContain('Closed without merging');
  await browser.post(`${pull}/state`, { state: 'open' });
  expect(await browser.text(pull)).toContain('Squash and merge');
});

describe('merging', () => {
  test('by an unknown method is refused', async () => {
    const browser = world.browser();
    await browser.signIn('ada');
    expect((await browser.post(`${pull}/merge`, { method: 'force', sha: 'a'.repeat(40) })).status).toBe(422);
  });

  test('is refused to readers', async () => {
    const browser = world.browser();
    await browser.signIn('ben');
    expect((await browser.post(`${pull}/merge`, { method: 'squash', sha: 'a'.repeat(40) })).status).toBe(403);
  });

  test('is refused when the head has moved since the page was read', async () => {
    const browser = world.browser();
    await browser.signIn('ada');
    expect((await browser.post(`${pull}/merge`, { method: 'squash', sha: 'a'.repeat(40) })).status).toBe(409);
  });

  test('squashes and shows it', async () => {
    const browser = world.browser();
    await browser.signIn('ada');
    const sha = /name="sha" value="([0-9a-f]{40})"/.exec(await browser.text(pull))?.[1] ?? '';
    expect((await browser.post(`${pull}/merge`, { method: 'squash', sha })).status).toBe(303);
    const page = await browser.text(pull);
    expect(page).toContain('Merged');
    expect(page).not.toContain('Squash and merge');
  });
});

test('what the page asked of the API fits the description', () => world.judge.assertClean());
