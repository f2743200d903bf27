import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { githubApi } from '../../../adapters/github/api.ts';
import { reviews } from '../../../adapters/github/reviews.ts';
import { person } from '../../../scripts/demo/people.ts';
import { OWNER, REPO, startWorld, type World } from './world.ts';

const where = { owner: OWNER, repo: REPO };
let world: World;
let number: number;
let sha: string;

beforeAll(async () => {
  world = await startWorld();
  const base = await world.commit('main', { 'a.txt': 'a\n' });
  sha = await world.commit('change', { 'a.txt': 'b\n' }, base);
  const body = { ...where, title: 'Change', head: 'change', base: 'main' };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
  number = z.object({ number: z.int() }).parse(data).number;
});
afterAll(() => world.close());

test('reviews are told in the order in which they were given, each with the head of its time', async () => {
  const cara = person({ apiUrl: world.github.urls.api }, world.github.createUser('cara'));
  world.github.addCollaborator(world.github.repository(OWNER, REPO), 'cara', 'write');
  const at = { ...where, pull_number: number };
  await cara.octokit.rest.pulls.createReview({ ...at, event: 'REQUEST_CHANGES', body: 'Why?', commit_id: sha });
  const later = await world.commit('change', { 'a.txt': 'c\n' });
  await cara.octokit.rest.pulls.createReview({ ...at, event: 'COMMENT', body: 'I see.', commit_id: later });
  await cara.octokit.rest.pulls.createReview({ ...at, event: 'APPROVE', commit_id: later });
  const found = await world.ports.reviews.list(number);
  expect(found.map(({ user, userType, state, commit }) => [user, userType, state, commit])).toEqual([
    ['cara', 'User', 'changes_requested', sha],
    ['cara', 'User', 'commented', later],
    ['cara', 'User', 'approved', later],
  ]);
});

/** What GitHub might answer one day. */
function listing(...answered: readonly object[]) {
  const request = async () => ({ status: 200, headers: {}, data: answered, url: 'https://api.github.com/reviews' });
  return reviews(githubApi({ octokit: { request }, repository: where })).list(1);
}
const given = { state: 'APPROVED', commit_id: 'a'.repeat(40), submitted_at: '2026-11-22T10:00:00Z' };

test('a review that is not submitted, or whose account is gone, counts nothing', async () => {
  const pending = { ...given, state: 'PENDING', submitted_at: null, user: { login: 'cara', type: 'User' } };
  expect(await listing(pending, { ...given, user: null })).toEqual([]);
});

test('a review of a kind that is not known is an error, and passes for nothing', async () => {
  const strange = { ...given, state: 'ENDORSED', user: { login: 'cara', type: 'User' } };
  await expect(listing(strange)).rejects.toMatchObject({ code: 'malformed' });
});
