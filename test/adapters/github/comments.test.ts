import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER, REPO, startWorld, type World } from './world.ts';

const MARKER = '<!-- trainyard:pr -->';
const where = { owner: OWNER, repo: REPO };
let world: World;
let pull: number;

beforeAll(async () => {
  world = await startWorld();
  const base = await world.commit('main', { 'README.md': 'hello\n' });
  await world.commit('change', { 'README.md': 'changed\n' }, base);
  const answer = await world.ada.request('POST /repos/{owner}/{repo}/pulls', {
    ...where,
    title: 'Change',
    head: 'change',
    base: 'main',
  });
  pull = numberOf(answer.data, 'number');
});
afterAll(() => world.close());

function numberOf(data: unknown, field: string): number {
  return Number(Object(data)[field]);
}

async function comment(body: string): Promise<number> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  return numberOf((await world.ada.request(route, { ...where, issue_number: pull, body })).data, 'id');
}

describe('comments', () => {
  test('are read with author, times and pull request', async () => {
    const id = await comment('/train');
    expect(await world.ports.comments.get(id)).toEqual({
      id,
      pullRequest: pull,
      body: '/train',
      author: 'ada',
      authorId: expect.any(Number),
      authorType: 'User',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test('that are not there are null', async () => {
    expect(await world.ports.comments.get(99_999_999)).toBeNull();
  });

  test('get one reaction however often it is asked for, and none when they are gone', async () => {
    const id = await comment('/status');
    await world.ports.comments.react(id, 'eyes');
    await world.ports.comments.react(id, 'eyes');
    const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}';
    const { data } = await world.ada.request(route, { ...where, comment_id: id });
    expect(Object(data).reactions.eyes).toBe(1);
    await world.ports.comments.react(99_999_999, 'eyes');
  });

  test('sticky: written once, then edited in place, and not sent again when nothing changed', async () => {
    const first = await world.ports.comments.putSticky(pull, MARKER, `${MARKER}\none`);
    const second = await world.ports.comments.putSticky(pull, MARKER, `${MARKER}\ntwo`);
    expect(second.id).toBe(first.id);
    expect(await world.ports.comments.get(first.id)).toMatchObject({
      body: `${MARKER}\ntwo`,
      author: 'trainyard[bot]',
    });
    world.requests();
    await world.ports.comments.putSticky(pull, MARKER, `${MARKER}\ntwo`);
    expect(world.requests().filter((route) => !route.startsWith('GET'))).toEqual([]);
  });

  test('sticky: of two passes that crossed and wrote one each, the older stays', async () => {
    const crossed = '<!-- trainyard:crossed -->';
    const [one, two] = await Promise.all(
      ['one', 'two'].map((text) => world.ports.comments.putSticky(pull, crossed, `${crossed}\n${text}`)),
    );
    expect(one?.id).toBe(two?.id);
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
    const { data } = await world.ada.request(route, { ...where, issue_number: pull, per_page: 100 });
    const left = Object(data).filter(({ body }: { body: string }) => body.startsWith(crossed));
    expect(left.map(({ id }: { id: number }) => id)).toEqual([one?.id]);
  });

  test('sticky: the marker in a comment of somebody else is passed over', async () => {
    const other = '<!-- trainyard:other -->';
    const forged = await comment(`${other}\nforged`);
    const ours = await world.ports.comments.putSticky(pull, other, `${other}\nours`);
    expect(ours.id).not.toBe(forged);
    expect(await world.ports.comments.get(forged)).toMatchObject({ body: `${other}\nforged` });
  });
});
