import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { githubPorts } from '../../../adapters/github/ports.ts';
import { GitId, Instant } from '../../../core/names.ts';
import type { Check, Ports } from '../../../flows/ports.ts';
import { testDatabase } from '../../flows/deliveries/database.ts';
import { OWNER, REPO, startWorld, type World } from './world.ts';

const MARKER = '<!-- trainyard:pr -->';
const where = { owner: OWNER, repo: REPO };
const ONE = '/repos/{owner}/{repo}/issues/comments/{comment_id}';
const Numbered = z.object({ number: z.int() });
const Body = z.object({ body: z.string() });

let world: World;
let ports: Pick<Ports, 'comments' | 'checks' | 'sweeps'>;
let pull: number;
let commits: string[];

beforeAll(async () => {
  world = await startWorld();
  const first = await world.commit('main', { 'README.md': 'hello\n' });
  commits = [first, await world.commit('main', { 'README.md': 'once\n' })];
  commits.push(await world.commit('main', { 'README.md': 'twice\n' }));
  await world.commit('change', { 'README.md': 'changed\n' }, first);
  const body = { ...where, title: 'Change', head: 'change', base: 'main' };
  pull = Numbered.parse((await world.ada.request('POST /repos/{owner}/{repo}/pulls', body)).data).number;
  const { effects } = testDatabase(() => new Date());
  ports = githubPorts({ octokit: world.app, repository: where, git: world.git, effects, self: 'trainyard[bot]' });
});
afterAll(() => world.close());

async function say(body: string): Promise<void> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  await world.ada.request(route, { ...where, issue_number: pull, body });
}

/** What was said to be changed. */
async function compared(put: (ports: Pick<Ports, 'comments' | 'checks'>) => Promise<unknown>): Promise<string[]> {
  const changed: string[] = [];
  await put(ports.sweeps.compared((what) => changed.push(what)));
  return changed;
}

describe('pushes', () => {
  test('are told one by one, the oldest first, with who pushed', async () => {
    const [from, middle, to] = commits;
    expect(await ports.sweeps.pushes('main', GitId.parse(from), GitId.parse(to))).toEqual([
      { before: from, after: middle, sender: 'ada' },
      { before: middle, after: to, sender: 'ada' },
    ]);
  });

  test('are not told where one of them is not known', async () => {
    expect(await ports.sweeps.pushes('main', GitId.parse('f'.repeat(40)), GitId.parse(commits[2]))).toBeNull();
  });
});

describe('our comment', () => {
  const text = `${MARKER}\nready`;
  const put = () => compared(({ comments }) => comments.putSticky(pull, MARKER, text));

  test('is written where it is not there, and left alone where it is as it should be', async () => {
    expect(await ports.sweeps.hasSticky(pull, MARKER)).toBe(false);
    expect(await put()).toEqual([`#${pull}: our comment was not there`]);
    expect(await ports.sweeps.hasSticky(pull, MARKER)).toBe(true);
    world.requests();
    expect(await put()).toEqual([]);
    expect(world.requests().filter((route) => !route.startsWith('GET '))).toEqual([]);
  });

  test('is mended where somebody has edited it, also where they took its marker away', async () => {
    const { id } = await ports.comments.putSticky(pull, MARKER, text);
    await world.ada.request(`PATCH ${ONE}`, { ...where, comment_id: id, body: 'nothing to see' });
    expect(await put()).toEqual([`#${pull}: our comment said something else`]);
    expect(Body.parse((await world.ada.request(`GET ${ONE}`, { ...where, comment_id: id })).data).body).toBe(text);
  });
});

describe('our check', () => {
  const check = (title: string): Check => ({
    ...{ name: 'trainyard / plan', externalId: 'plan', status: 'completed', conclusion: 'success' },
    ...{ sha: GitId.parse(commits[0]), title, summary: 'as planned' },
  });
  const put = (title: string) => compared(({ checks }) => checks.put(check(title)));

  test('is written where it is not there or says something else, and only then', async () => {
    expect(await put('a plan')).toEqual([expect.stringContaining('trainyard / plan was not there')]);
    expect(await put('a plan')).toEqual([]);
    expect(await put('another plan')).toEqual([expect.stringContaining('trainyard / plan said something else')]);
  });

  test('is mended where GitHub shows other words than we remember to have written', async () => {
    const { checks } = githubPorts({ octokit: world.app, repository: where, git: world.git, self: 'trainyard[bot]' });
    await checks.put(check('an old plan'));
    expect(await put('another plan')).toEqual([expect.stringContaining('said something else')]);
  });
});

test('a check that another made since the commit was looked at is not made again', async () => {
  const sha = GitId.parse(commits[1]);
  const check = (name: string): Check => ({
    ...{ name, sha, externalId: name, status: 'completed', conclusion: 'success', title: 'done', summary: 'done' },
  });
  await compared(async ({ checks }) => {
    await checks.put(check('trainyard / plan'));
    await ports.checks.put(check('trainyard / ready'));
    await checks.put(check('trainyard / ready'));
  });
  const { data } = await world.ada.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...where,
    ref: sha,
    filter: 'all',
  });
  const { check_runs: runs } = z.object({ check_runs: z.array(z.object({ name: z.string() })) }).parse(data);
  expect(runs.map(({ name }) => name).toSorted()).toEqual(['trainyard / plan', 'trainyard / ready']);
});

test('comments are read from a time on, and whether we have reacted to one', async () => {
  await say('/status');
  const { comments, complete } = await ports.sweeps.commentsSince(Instant.parse('2020-01-01T00:00:00Z'));
  const [asked] = comments.filter(({ body }) => body === '/status');
  expect([complete, asked]).toMatchObject([true, { author: 'ada', pullRequest: pull }]);
  expect(await ports.sweeps.hasReacted(asked?.id ?? 0)).toBe(false);
  await ports.comments.react(asked?.id ?? 0, 'eyes');
  expect(await ports.sweeps.hasReacted(asked?.id ?? 0)).toBe(true);
  const later = Instant.parse('2099-01-01T00:00:00Z');
  expect(await ports.sweeps.commentsSince(later)).toEqual({ comments: [], complete: true });
});

test('closed pull requests are listed', async () => {
  const route = 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}';
  expect(await ports.sweeps.closedPulls()).toEqual([]);
  await world.ada.request(route, { ...where, pull_number: pull, state: 'closed' });
  expect((await ports.sweeps.closedPulls()).map(({ number, state }) => [number, state])).toEqual([[pull, 'closed']]);
});
