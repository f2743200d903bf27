import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJobToken, revokeJobToken } from '../../local/auth/tokens.ts';
import type { RepositoryEvent } from '../../local/events.ts';
import { failure, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  world.judge.assertClean();
});

function jobToken(permissions: Record<string, 'read' | 'write'>): string {
  return createJobToken(world.github.tables, {
    repositoryId: world.repository.id,
    permissions,
    runId: 1,
    jobId: 77,
    expiresAt: new Date(Date.now() + 60_000),
  });
}

test('a listener hears an event at once, until it stops listening', async () => {
  const heard: RepositoryEvent[] = [];
  const stop = world.github.onEvent((event) => heard.push(event));
  await world.ada.octokit.rest.issues.create({ ...world.at, title: 'one' });
  stop();
  await world.ada.octokit.rest.issues.create({ ...world.at, title: 'two' });
  expect(heard.map((one) => [one.event, one.action, one.byJob, one.sender.login])).toEqual([
    ['issues', 'opened', false, 'ada'],
  ]);
});

test('what a job does is marked as such, and done by github-actions[bot]', async () => {
  const heard: RepositoryEvent[] = [];
  const stop = world.github.onEvent((event) => heard.push(event));
  const job = world.as(jobToken({ issues: 'write' }));
  const { data } = await job.rest.issues.create({ ...world.at, title: 'by a job' });
  stop();
  expect(data.user?.login).toBe('github-actions[bot]');
  expect(heard.map((one) => one.byJob)).toEqual([true]);
});

test("a job's token has its permissions only, and ends with the job", async () => {
  const token = jobToken({ contents: 'read' });
  const job = world.as(token);
  expect((await job.rest.repos.getContent({ ...world.at, path: 'README.md' })).status).toBe(200);
  expect((await failure(job.rest.issues.create({ ...world.at, title: 'x' }))).status).toBe(403);
  revokeJobToken(world.github.tables, 77);
  expect((await failure(job.rest.repos.getContent({ ...world.at, path: 'README.md' }))).status).toBe(401);
});

test('a listener that fails does not fail the request', async () => {
  const stop = world.github.onEvent(() => {
    throw new Error('a listener of the test');
  });
  expect((await world.ada.octokit.rest.issues.create({ ...world.at, title: 'fine' })).status).toBe(201);
  stop();
  expect(world.problems.splice(0)).toEqual([expect.stringContaining('a listener of the test')]);
});
