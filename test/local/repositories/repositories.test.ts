import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitFiles, failure, startWorld, type World } from '../world.ts';

let world: World;
let head: string;
beforeAll(async () => {
  world = await startWorld();
  head = await commitFiles(world.ada.octokit, world.repository, 'files', {
    'data/flights.csv': 'a,b\n1,2\n',
    'data/large.csv': '0123456789\n'.repeat(100_000),
    'ünï côde/ä#?.txt': 'odd name',
  });
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

const content = (path: string, more: Record<string, unknown> = {}) =>
  world.app.octokit.rest.repos.getContent({ ...world.at, path, ref: head, ...more });

describe('contents', () => {
  test('a file comes in base64 with its blob id', async () => {
    const { data } = await content('data/flights.csv');
    expect(data).toMatchObject({ type: 'file', encoding: 'base64', size: 8, path: 'data/flights.csv' });
    expect(Buffer.from('content' in data ? data.content : '', 'base64').toString()).toBe('a,b\n1,2\n');
  });

  test('a file of more than 1 MB comes raw only', async () => {
    expect((await content('data/large.csv')).data).toMatchObject({ content: '', encoding: 'none', size: 1_100_000 });
    const raw = await content('data/large.csv', { mediaType: { format: 'raw' } });
    expect(String(raw.data).length).toBe(1_100_000);
  });

  test('a folder is listed, and so is the root', async () => {
    const folder = await content('data');
    expect(Array.isArray(folder.data) ? folder.data.map((one) => one.path) : []).toEqual([
      'data/flights.csv',
      'data/large.csv',
    ]);
    expect((await content('')).data).toHaveLength(3);
  });

  test('an odd name is found', async () => {
    expect((await content('ünï côde/ä#?.txt')).data).toMatchObject({ name: 'ä#?.txt' });
  });

  test.each([
    ['a missing file', 'nothing.txt', {}],
    ['a path below a file', 'data/flights.csv/x', {}],
    ['a path outside', '../../etc/passwd', {}],
    ['an unknown ref', 'README.md', { ref: 'nowhere' }],
  ])('%s is not found', async (_, path, more) => {
    expect((await failure(content(path, more))).status).toBe(404);
  });
});

describe('commits', () => {
  test.each([
    ['a branch', 'files'],
    ['a full ref', 'refs/heads/files'],
    ['heads/', 'heads/files'],
    ['HEAD', 'HEAD'],
    ['an abbreviated id', 'short'],
  ])('are found by %s', async (_, name) => {
    const ref = name === 'short' ? head.slice(0, 9) : name;
    const { data } = await world.app.octokit.rest.repos.getCommit({ ...world.at, ref });
    expect(data.sha).toBe(name === 'HEAD' ? world.main : head);
    expect(data.files?.length).toBeGreaterThan(0);
  });

  test('are listed from any ref, by path, in pages', async () => {
    for (const text of ['1', '2', '3'])
      await commitFiles(world.ada.octokit, world.repository, 'history', { 'h.txt': text });
    const list = (more: Record<string, unknown>) =>
      world.app.octokit.rest.repos.listCommits({ ...world.at, sha: 'history', ...more });
    const first = await list({ per_page: 2 });
    expect(first.data).toHaveLength(2);
    expect(first.headers.link).toContain('rel="next"');
    expect((await list({ per_page: 2, page: 2 })).data.at(-1)?.sha).toBe(world.main);
    expect((await list({ path: 'h.txt' })).data).toHaveLength(3);
  });

  test('an author is an account where the address is one of GitHub’s', async () => {
    const { data } = await world.app.octokit.rest.repos.getCommit({ ...world.at, ref: world.main });
    expect(data.author).toMatchObject({ login: 'ada' });
  });

  test('an empty repository has none', async () => {
    await world.github.createRepository({ owner: 'acme', name: 'empty' });
    const list = world.ada.octokit.rest.repos.listCommits({ owner: 'acme', repo: 'empty' });
    expect((await failure(list)).status).toBe(409);
  });
});

describe('tags', () => {
  test('are listed with the commit behind them', async () => {
    const { octokit } = world.app;
    const tag = await octokit.rest.git.createTag({
      ...world.at,
      tag: 'v1',
      message: 'm',
      object: head,
      type: 'commit',
    });
    await octokit.rest.git.createRef({ ...world.at, ref: 'refs/tags/v1', sha: tag.data.sha });
    const { data } = await octokit.rest.repos.listTags(world.at);
    expect(data.map((one) => [one.name, one.commit.sha])).toEqual([['v1', head]]);
  });
});

describe('comparisons', () => {
  test('start at the merge base', async () => {
    await commitFiles(world.ada.octokit, world.repository, 'side', { 's.txt': '1' });
    const main = await commitFiles(world.ada.octokit, world.repository, 'main', { 'm.txt': '1' });
    const { data } = await world.app.octokit.rest.repos.compareCommitsWithBasehead({
      ...world.at,
      basehead: 'main...side',
    });
    expect(data).toMatchObject({
      status: 'diverged',
      ahead_by: 1,
      behind_by: 1,
      base_commit: { sha: main },
      merge_base_commit: { sha: world.main },
    });
    expect(data.files?.map((file) => file.filename)).toEqual(['s.txt']);
  });

  test('hold 300 files at most', async () => {
    const { data: blob } = await world.ada.octokit.rest.git.createBlob({ ...world.at, content: 'x' });
    const paths = Array.from({ length: 301 }, (_, index) => `wide/${index}.txt`);
    const tree = await world.ada.octokit.rest.git.createTree({
      ...world.at,
      base_tree: world.main,
      tree: paths.map((path) => ({ path, mode: '100644', type: 'blob', sha: blob.sha })),
    });
    const parents = [world.main];
    const wide = await world.ada.octokit.rest.git.createCommit({
      ...world.at,
      message: 'wide',
      tree: tree.data.sha,
      parents,
    });
    const basehead = `${world.main}...${wide.data.sha}`;
    const { data } = await world.app.octokit.rest.repos.compareCommitsWithBasehead({ ...world.at, basehead });
    expect(data.files).toHaveLength(300);
  });

  test('of unknown commits are not found', async () => {
    const compare = world.app.octokit.rest.repos.compareCommitsWithBasehead({
      ...world.at,
      basehead: 'main...nowhere',
    });
    expect((await failure(compare)).status).toBe(404);
  });
});

describe('answers', () => {
  test('a known ETag costs nothing', async () => {
    const url = `${world.github.urls.api}/repos/acme/flights`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    const second = await fetch(url, { headers: { 'if-none-match': etag } });
    expect([first.status, second.status]).toEqual([200, 304]);
    expect(await second.text()).toBe('');
    const left = [first, second].map(({ headers }) => Number(headers.get('x-ratelimit-remaining')));
    expect(left[1]).toBe(left[0]);
  });

  test('tell each account of a budget of its own', async () => {
    const leftOf = async ({ octokit }: Pick<typeof world.app, 'octokit'>): Promise<number> => {
      const { headers } = await octokit.rest.repos.get(world.at);
      return Number(headers['x-ratelimit-remaining']);
    };
    const before = await leftOf(world.app);
    await leftOf(world.ada);
    expect(await leftOf(world.app)).toBe(before - 1);
  });

  test('carry rate limits and a request id', async () => {
    const { headers } = await world.app.octokit.rest.repos.get(world.at);
    expect(Number(headers['x-ratelimit-limit'])).toBe(5_000);
    expect(headers['x-github-request-id']).toMatch(/\w/);
  });

  test('the limits and the server itself can be asked for', async () => {
    expect((await world.app.octokit.rest.rateLimit.get()).data.rate.limit).toBe(5_000);
    expect((await world.app.octokit.rest.meta.get()).status).toBe(200);
  });

  test('what is missing says so by name', async () => {
    const response = await fetch(`${world.github.urls.api}/repos/acme/flights/stargazers`);
    expect(response.status).toBe(501);
    expect(await response.text()).toContain('GET /repos/acme/flights/stargazers');
  });

  test.each(['evil.example:80', 'localhost', '127.0.0.1:1'])('a request to the Host %s is refused', async (host) => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request({ host: '127.0.0.1', port: world.github.port, path: '/api/v3/meta', headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });

  test('a request from another origin is refused', async () => {
    const response = await fetch(`${world.github.urls.api}/meta`, { headers: { origin: 'https://evil.example' } });
    expect(response.status).toBe(403);
  });

  test('a body that is no JSON is refused', async () => {
    const response = await fetch(`${world.github.urls.api}/repos/acme/flights/issues`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.ada.token}` },
      body: '{"title":',
    });
    expect(response.status).toBe(400);
  });
});
