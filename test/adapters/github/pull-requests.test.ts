import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubPorts } from '../../../adapters/github/ports.ts';
import { GitId } from '../../../core/names.ts';
import { OWNER, REPO, startWorld, type World } from './world.ts';

const where = { owner: OWNER, repo: REPO };
let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.commit('main', { 'README.md': 'hello\n', 'a.txt': 'a\n' });
});
afterAll(() => world.close());

async function open(branch: string, files: Readonly<Record<string, string>>): Promise<{ number: number; sha: GitId }> {
  const main = await world.ports.source.branchHead('main');
  const sha = await world.commit(branch, files, main ?? undefined);
  const body = { ...where, title: `The ${branch}`, head: branch, base: 'main' };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
  return { number: Number(Object(data).number), sha };
}

describe('pull requests', () => {
  test('that are open have a head, a base and the preview of their merge', async () => {
    const { number, sha } = await open('one', { 'b.txt': 'b\n' });
    const main = await world.ports.source.branchHead('main');
    expect(await world.ports.pulls.get(number)).toEqual({
      number,
      state: 'open',
      merged: false,
      title: 'The one',
      author: 'ada',
      head: { sha, ref: 'one', repository: 'flights/delay' },
      base: { ref: 'main', sha: main },
      fork: false,
      mergeCommit: expect.stringMatching(/^[0-9a-f]{40}$/),
      labels: [],
      mergeable: true,
      updatedAt: expect.stringMatching(/Z$/),
      url: expect.stringContaining(`/flights/delay/pull/${number}`),
    });
  });

  test('are found by their head, without a request', async () => {
    const { number, sha } = await open('with-head', { 'h.txt': 'h\n' });
    world.requests();
    expect(await world.ports.pulls.withHead(sha)).toEqual([number]);
    expect(await world.ports.pulls.withHead(GitId.parse('0'.repeat(39) + 1))).toEqual([]);
    expect(world.requests()).toEqual([]);
  });

  test('are found by their head through the API where listing the refs of all would be too much', async () => {
    const { number, sha } = await open('with-many', { 'm.txt': 'm\n' });
    const many: typeof fetch = async () => new Response('x'.repeat(2 ** 21));
    const git = { ...world.git, fetch: many };
    const { pulls } = githubPorts({ octokit: world.ada, git, repository: where, self: 'ada' });
    expect(await pulls.withHead(sha)).toEqual([number]);
  });

  test('read lately are read again only by whoever decides', async () => {
    const { number } = await open('lately', { 'l.txt': 'l\n' });
    const asked: string[] = [];
    const octokit = {
      request(route: string, parameters?: Record<string, unknown>) {
        asked.push(route);
        return world.ada.request(route, parameters);
      },
    };
    const { pulls } = githubPorts({ octokit, git: world.git, repository: where, self: 'ada', freshFor: 60_000 });
    expect(await pulls.recent(number)).toEqual(await pulls.recent(number));
    expect(asked).toHaveLength(1);
    await pulls.get(number);
    expect(asked).toHaveLength(2);
  });

  test('that conflict have no merge commit', async () => {
    const { number } = await open('conflict', { 'a.txt': 'theirs\n' });
    await world.commit('main', { 'a.txt': 'ours\n' });
    const found = await world.ports.pulls.get(number);
    expect([found.mergeable, found.mergeCommit]).toEqual([false, null]);
  });

  test('that were squashed are found by the commit that they made, and no others', async () => {
    const { number, sha } = await open('squash', { 'c.txt': 'c\n' });
    const merge = { ...where, pull_number: number, merge_method: 'squash' };
    await world.ada.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', merge);
    const main = await world.ports.source.branchHead('main');
    if (main === null) throw new Error('expected main');
    const found = await world.ports.pulls.mergedAs(main);
    expect(found).toMatchObject({ number, merged: true, state: 'closed', mergeCommit: main, head: { sha } });
    const direct = await world.commit('main', { 'd.txt': 'd\n' });
    expect(await world.ports.pulls.mergedAs(direct)).toBeNull();
  });

  test('that are open are listed, oldest first', async () => {
    const open = await world.ports.pulls.listOpen();
    expect(open.map(({ title }) => title)).toEqual([
      'The one',
      'The with-head',
      'The with-many',
      'The lately',
      'The conflict',
    ]);
    expect(open.every(({ merged, mergeCommit }) => !merged && mergeCommit === null)).toBe(true);
  });

  test('of a fork say so, and name its repository', async () => {
    const { github } = world;
    const repository = github.repository(OWNER, REPO);
    const fork = await github.forkRepository(repository, 'ben');
    const main = await world.ports.source.branchHead('main');
    const body = { owner: 'ben', repo: fork.name };
    const tree = await world.ben.request('POST /repos/{owner}/{repo}/git/trees', {
      ...body,
      base_tree: main,
      tree: [{ path: 'e.txt', mode: '100644', type: 'blob', content: 'e' }],
    });
    const commit = await world.ben.request('POST /repos/{owner}/{repo}/git/commits', {
      ...body,
      message: 'theirs',
      tree: Object(tree.data).sha,
      parents: [main],
    });
    await world.ben.request('POST /repos/{owner}/{repo}/git/refs', {
      ...body,
      ref: 'refs/heads/theirs',
      sha: Object(commit.data).sha,
    });
    const { data } = await world.ben.request('POST /repos/{owner}/{repo}/pulls', {
      ...where,
      title: 'From a fork',
      head: 'ben:theirs',
      base: 'main',
    });
    const found = await world.ports.pulls.get(Number(Object(data).number));
    expect(found).toMatchObject({ fork: true, author: 'ben', head: { repository: `ben/${fork.name}`, ref: 'theirs' } });
  });
});
