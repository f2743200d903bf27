import { afterAll, beforeAll, expect, test } from 'vitest';
import { clone, failure, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.problems.filter((line) => line.startsWith('internal error'))).toEqual([]);
  world.judge.assertClean();
});

test('anybody clones a public repository', async () => {
  const copy = await clone(world, undefined);
  expect(await copy.git('log', '--format=%H')).toBe(world.main);
  await copy.remove();
});

test('a push tells the App which commits came, from whom, and that a branch was made', async () => {
  const copy = await clone(world, world.ada.token);
  await copy.git('checkout', '--quiet', '-b', 'feature');
  await copy.write('src/a.py', 'print(1)\n');
  await copy.git('commit', '--quiet', '-m', 'Add a');
  await copy.git('push', '--quiet', 'origin', 'feature');
  const sha = await copy.git('rev-parse', 'HEAD');
  await world.github.settled();
  const [push] = world.receiver.events('push').slice(-1);
  expect(push?.payload).toMatchObject({
    ref: 'refs/heads/feature',
    after: sha,
    created: true,
    sender: { login: 'ada' },
    pusher: { name: 'ada' },
    commits: [{ id: sha, added: ['src/a.py'], removed: [], modified: [], author: { username: 'ada' } }],
  });
  expect(world.receiver.events('create').at(-1)?.payload).toMatchObject({ ref: 'feature', ref_type: 'branch' });
  await copy.remove();
});

test('a forced push says so, and the activity lists it', async () => {
  const copy = await clone(world, world.ada.token);
  await copy.git('checkout', '--quiet', '-b', 'rewritten');
  await copy.git('commit', '--quiet', '--allow-empty', '-m', 'one');
  await copy.git('push', '--quiet', 'origin', 'rewritten');
  await copy.git('commit', '--quiet', '--amend', '--allow-empty', '-m', 'two');
  await copy.git('push', '--quiet', '--force', 'origin', 'rewritten');
  await world.github.settled();
  expect(world.receiver.events('push').at(-1)?.payload).toMatchObject({ forced: true, ref: 'refs/heads/rewritten' });
  const { data } = await world.ada.octokit.request('GET /repos/{owner}/{repo}/activity', {
    ...world.at,
    ref: 'refs/heads/rewritten',
  });
  expect(data.map((one) => [one.activity_type, one.actor?.login])).toEqual([
    ['force_push', 'ada'],
    ['branch_creation', 'ada'],
  ]);
  await copy.remove();
});

test('a pushed tag causes push and create events, its deletion a delete event', async () => {
  const copy = await clone(world, world.ada.token);
  await copy.git('tag', '-a', 'v1', '-m', 'one');
  await copy.git('push', '--quiet', 'origin', 'v1');
  await copy.git('push', '--quiet', 'origin', ':v1');
  await world.github.settled();
  expect(world.receiver.events('create').at(-1)?.payload).toMatchObject({ ref: 'v1', ref_type: 'tag' });
  expect(world.receiver.events('delete').at(-1)?.payload).toMatchObject({ ref: 'v1', ref_type: 'tag' });
  await copy.remove();
});

test.each([
  ['anonymous', undefined],
  ['a stranger', 'eve'],
] as const)('%s cannot push', async (_, who) => {
  const copy = await clone(world, who === undefined ? undefined : world[who].token);
  await copy.git('commit', '--quiet', '--allow-empty', '-m', 'x');
  await expect(copy.git('push', '--quiet', 'origin', 'HEAD:refs/heads/nope')).rejects.toThrow();
  await copy.remove();
});

test('refs/pull/* cannot be pushed', async () => {
  const copy = await clone(world, world.ada.token);
  await copy.git('commit', '--quiet', '--allow-empty', '-m', 'x');
  await expect(copy.git('push', '--quiet', 'origin', 'HEAD:refs/pull/1/head')).rejects.toThrow(/hidden ref/);
  await copy.remove();
});

test('a protected branch cannot be pushed, while another branch of the same push goes through', async () => {
  world.github.protectBranch(world.repository, 'guarded', { apps: [world.app] });
  const copy = await clone(world, world.ada.token);
  await copy.git('commit', '--quiet', '--allow-empty', '-m', 'x');
  const push = copy.git('push', '--quiet', 'origin', 'HEAD:refs/heads/guarded', 'HEAD:refs/heads/open');
  await expect(push).rejects.toThrow(/GH006: Protected branch update failed for refs\/heads\/guarded/);
  const { data } = await world.ada.octokit.rest.repos.listBranches(world.at);
  expect(data.map((branch) => branch.name)).toContain('open');
  expect(data.map((branch) => branch.name)).not.toContain('guarded');
  await copy.remove();
});

test('the App pushes with its installation token, and is the sender', async () => {
  const copy = await clone(world, world.app.token);
  await copy.git('commit', '--quiet', '--allow-empty', '-m', 'x');
  await copy.git('push', '--quiet', 'origin', 'HEAD:refs/heads/by-app');
  await world.github.settled();
  expect(world.receiver.events('push').at(-1)?.payload.sender).toMatchObject({ login: 'trainyard[bot]', type: 'Bot' });
  await copy.remove();
});

test('a private repository is hidden from strangers and open to its people', async () => {
  const secret = await world.github.createRepository({ owner: 'acme', name: 'secret', private: true });
  world.github.addCollaborator(secret, 'ada', 'write');
  await expect(clone(world, world.eve.token, 'acme/secret')).rejects.toThrow(/not found/i);
  const copy = await clone(world, world.ada.token, 'acme/secret');
  await copy.git('commit', '--quiet', '--allow-empty', '-m', 'x');
  await copy.git('push', '--quiet', 'origin', 'HEAD:main');
  await copy.remove();
  const at = { owner: 'acme', repo: 'secret' };
  expect((await failure(world.eve.octokit.rest.repos.get(at))).status).toBe(404);
  expect((await world.ada.octokit.rest.repos.get(at)).data.private).toBe(true);
});

test('a wrong token is refused even where none is needed', async () => {
  const url = `${world.github.urls.git('acme', 'flights')}/info/refs?service=git-upload-pack`;
  const authorization = `Basic ${Buffer.from('x-access-token:ghp_wrong').toString('base64')}`;
  expect((await fetch(url, { headers: { authorization } })).status).toBe(401);
  expect((await fetch(url)).status).toBe(200);
});

test('a large push arrives whole', async () => {
  const copy = await clone(world, world.ada.token);
  await copy.write('large.txt', Array.from({ length: 400_000 }, (_, line) => `${line * 7919}`).join('\n'));
  await copy.git('commit', '--quiet', '-m', 'large');
  await copy.git('-c', 'core.compression=0', 'push', '--quiet', 'origin', 'HEAD:refs/heads/large');
  const { data } = await world.ada.octokit.rest.repos.getContent({
    ...world.at,
    path: 'large.txt',
    ref: 'large',
    mediaType: { format: 'raw' },
  });
  expect(String(data).length).toBeGreaterThan(2_000_000);
  await copy.remove();
});
