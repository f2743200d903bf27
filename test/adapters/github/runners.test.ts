import { afterAll, beforeAll, expect, test } from 'vitest';
import { githubApi } from '../../../adapters/github/api.ts';
import { runnerRegistrations } from '../../../adapters/github/runners.ts';
import { ephemeralLabels, runnerName } from '../../../core/runners/names.ts';
import { ulid } from '../../../core/ulid.ts';
import type { Registrations } from '../../../flows/ports.ts';
import { OWNER, REPO, startWorld, type World } from './world.ts';

const RUN = ulid(1_793_577_600_000, new Uint8Array(10));
const OTHER = ulid(1_793_577_600_001, new Uint8Array(10));
let world: World;
let runners: Registrations;

beforeAll(async () => {
  world = await startWorld();
  runners = runnerRegistrations(githubApi({ octokit: world.ada, repository: { owner: OWNER, repo: REPO } }));
});
afterAll(() => world.close());

const register = (run = RUN, generation = 1) =>
  runners.register(runnerName(run, generation), ephemeralLabels('local', run));

test('a runner is registered once under its name, listed by its run, and taken off', async () => {
  const first = await register();
  await register(OTHER);
  expect(await register()).toBe('exists');
  if (first === 'exists') throw new Error('the first has a name of its own');
  expect(first.encoded.length).toBeGreaterThan(20);
  const expected = { id: first.id, name: runnerName(RUN, 1), online: false, busy: false };
  expect(await runners.list(RUN)).toEqual([expected]);
  expect(await runners.get(first.id)).toEqual(expected);
  expect(await runners.list(null)).toHaveLength(2);
  expect(await runners.remove(first.id)).toBe('removed');
  expect(await runners.remove(first.id)).toBe('removed');
  expect([await runners.get(first.id), await runners.list(RUN)]).toEqual([null, []]);
});

test('runners of a team’s own are none of ours', async () => {
  const asked = { owner: OWNER, repo: REPO, name: 'gpu-box', runner_group_id: 1, labels: ['self-hosted'] };
  await world.ada.request('POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig', asked);
  expect((await runners.list(null)).map(({ name }) => name)).not.toContain('gpu-box');
});

test('without the permission it is said which one is missing', async () => {
  const unable = runnerRegistrations(githubApi({ octokit: world.app, repository: { owner: OWNER, repo: REPO } }));
  await expect(unable.register(runnerName(RUN, 2), ['self-hosted'])).rejects.toThrow(
    /expected the repository permission administration: write/,
  );
});
