import type { Octokit } from 'octokit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitFiles, failure, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.eve.octokit.rest.issues.create({ ...world.at, title: 'not a pull request' });
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

async function openPull(branch: string) {
  const sha = await commitFiles(world.ada.octokit, world.repository, branch, { [`${branch}.txt`]: '1' });
  const sides = { title: branch, head: branch, base: 'main' };
  const { data } = await world.ada.octokit.rest.pulls.create({ ...world.at, ...sides });
  return { at: { ...world.at, pull_number: data.number }, sha };
}

type At = Awaited<ReturnType<typeof openPull>>['at'];
type Event = 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT';

const review = async (by: Octokit, at: At, event?: Event, more: { body?: string; commit_id?: string } = {}) =>
  (await by.rest.pulls.createReview({ ...at, ...(event === undefined ? {} : { event }), ...more })).data;

const states = async (at: At, as: Octokit = world.app.octokit): Promise<string[]> =>
  (await as.rest.pulls.listReviews(at)).data.map((one) => `${one.user?.login} ${one.state}`);

describe('a review', () => {
  test('says who found what of which commit, and is delivered', async () => {
    const { at, sha } = await openPull('approve');
    const made = await review(world.ben.octokit, at, 'APPROVE', { body: 'good' });
    expect(made).toMatchObject({
      state: 'APPROVED',
      body: 'good',
      commit_id: sha,
      user: { login: 'ben', id: world.ben.id },
      submitted_at: expect.stringMatching(/Z$/),
    });
    await world.github.settled();
    expect(world.receiver.events('pull_request_review', 'submitted').at(-1)?.payload).toMatchObject({
      review: { id: made.id, state: 'approved', commit_id: sha },
      pull_request: { number: at.pull_number },
      sender: { login: 'ben' },
    });
  });

  test('stays with its commit when the head moves, and may name an earlier one', async () => {
    const { at, sha } = await openPull('older');
    await review(world.ben.octokit, at, 'APPROVE');
    await commitFiles(world.ada.octokit, world.repository, 'older', { 'older.txt': '2' });
    await review(world.eve.octokit, at, 'APPROVE', { commit_id: sha });
    const { data } = await world.app.octokit.rest.pulls.listReviews(at);
    expect(data.map((one) => one.commit_id)).toEqual([sha, sha]);
  });

  test('is listed in order, beside the earlier ones of the same person', async () => {
    const { at } = await openPull('order');
    await review(world.ben.octokit, at, 'APPROVE');
    await review(world.ben.octokit, at, 'REQUEST_CHANGES', { body: 'no' });
    await review(world.ben.octokit, at, 'COMMENT', { body: '/train flight-delay' });
    expect(await states(at)).toEqual(['ben APPROVED', 'ben CHANGES_REQUESTED', 'ben COMMENTED']);
  });

  test('without an event is a draft that only its author sees, one at a time', async () => {
    const { at } = await openPull('draft');
    expect((await review(world.ben.octokit, at)).state).toBe('PENDING');
    expect(await states(at)).toEqual([]);
    expect(await states(at, world.ben.octokit)).toEqual(['ben PENDING']);
    expect(await failure(review(world.ben.octokit, at))).toMatchObject({ status: 422 });
  });
});

describe('GitHub refuses', () => {
  test.each([
    ['an approval by the author', 'APPROVE', {}, 'Can not approve your own pull request'],
    ['changes requested by the author', 'REQUEST_CHANGES', { body: 'no' }, 'Can not request changes on your own'],
  ] as const)('%s', async (name, event, more, message) => {
    const { at } = await openPull(name.replaceAll(' ', '-'));
    const refused = await failure(review(world.ada.octokit, at, event, more));
    expect(refused).toMatchObject({ status: 422, message: expect.stringContaining(message) });
  });

  test.each([
    ['a comment without words', 'COMMENT', {}],
    ['changes requested without words', 'REQUEST_CHANGES', { body: ' ' }],
    ['a commit that nobody has', 'APPROVE', { commit_id: 'f'.repeat(40) }],
    ['an abbreviated commit', 'APPROVE', { commit_id: 'main' }],
  ] as const)('%s', async (name, event, more) => {
    const { at } = await openPull(name.replaceAll(' ', '-'));
    expect((await failure(review(world.ben.octokit, at, event, more))).status).toBe(422);
    expect(await states(at)).toEqual([]);
  });

  test('a commit that is not of the pull request', async () => {
    const { at } = await openPull('elsewhere');
    const refused = review(world.ben.octokit, at, 'APPROVE', { commit_id: world.main });
    expect((await failure(refused)).status).toBe(422);
  });

  test('a review of an issue', async () => {
    expect((await failure(review(world.ben.octokit, { ...world.at, pull_number: 1 }, 'APPROVE'))).status).toBe(404);
  });
});

describe('a dismissal', () => {
  test('takes an approval back and is delivered', async () => {
    const { at } = await openPull('dismiss');
    const { id } = await review(world.ben.octokit, at, 'APPROVE');
    const { data } = await world.ada.octokit.rest.pulls.dismissReview({ ...at, review_id: id, message: 'outdated' });
    expect(data.state).toBe('DISMISSED');
    expect(await states(at)).toEqual(['ben DISMISSED']);
    await world.github.settled();
    expect(world.receiver.events('pull_request_review', 'dismissed').at(-1)?.payload).toMatchObject({
      review: { id, state: 'dismissed' },
      sender: { login: 'ada' },
    });
  });

  test('needs write access, words, and a verdict to take back', async () => {
    const { at } = await openPull('refused');
    const { id } = await review(world.ben.octokit, at, 'APPROVE');
    const comment = await review(world.ben.octokit, at, 'COMMENT', { body: 'hm' });
    const dismiss = (by: Octokit, review_id: number, message: string) =>
      failure(by.rest.pulls.dismissReview({ ...at, review_id, message }));
    expect((await dismiss(world.eve.octokit, id, 'mine')).status).toBe(403);
    expect((await dismiss(world.ada.octokit, id, ' ')).status).toBe(422);
    expect((await dismiss(world.ada.octokit, comment.id, 'why')).status).toBe(422);
    expect(await states(at)).toEqual(['ben APPROVED', 'ben COMMENTED']);
  });
});
