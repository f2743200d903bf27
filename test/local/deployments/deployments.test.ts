import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitFiles, failure, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

const deploy = (more: Record<string, unknown> = {}) =>
  world.app.octokit.rest.repos.createDeployment({
    ...world.at,
    ref: world.main,
    environment: 'staging',
    auto_merge: false,
    required_contexts: [],
    ...more,
  });

test('a deployment keeps its payload and reports its statuses, newest first', async () => {
  const { data } = await deploy({ payload: { model: 'flight-delay', version: 'v1.0.0' }, task: 'promote' });
  if (!('id' in data)) throw new Error('expected a deployment');
  expect(data).toMatchObject({
    sha: world.main,
    payload: { model: 'flight-delay' },
    task: 'promote',
    production_environment: false,
  });
  const at = { ...world.at, deployment_id: data.id };
  expect((await world.ada.octokit.rest.repos.getDeployment(at)).data).toEqual(data);
  await world.app.octokit.rest.repos.createDeploymentStatus({ ...at, state: 'in_progress' });
  await world.app.octokit.rest.repos.createDeploymentStatus({ ...at, state: 'success', description: 'promoted' });
  const statuses = await world.ada.octokit.rest.repos.listDeploymentStatuses(at);
  expect(statuses.data.map((one) => one.state)).toEqual(['success', 'in_progress']);
  await world.github.settled();
  expect(world.receiver.events('deployment').at(-1)?.payload.deployment.id).toBe(data.id);
  expect(world.receiver.events('deployment_status').map((one) => one.payload.deployment_status.state)).toEqual([
    'in_progress',
    'success',
  ]);
});

test('a success makes earlier deployments to that environment inactive', async () => {
  const ids: number[] = [];
  for (const _ of [1, 2]) {
    const { data } = await deploy({ environment: 'rolling' });
    if (!('id' in data)) throw new Error('expected a deployment');
    ids.push(data.id);
    await world.app.octokit.rest.repos.createDeploymentStatus({
      ...world.at,
      deployment_id: data.id,
      state: 'success',
    });
  }
  const { data } = await world.ada.octokit.rest.repos.listDeploymentStatuses({
    ...world.at,
    deployment_id: ids[0] ?? 0,
  });
  expect(data[0]?.state).toBe('inactive');
});

test('checks that are not green stand in the way unless required_contexts is empty', async () => {
  const head_sha = await commitFiles(world.ada.octokit, world.repository, 'red', { 'r.txt': '1' });
  await world.app.octokit.rest.checks.create({ ...world.at, name: 'red', head_sha, conclusion: 'failure' });
  const at = { ...world.at, ref: head_sha, auto_merge: false };
  const refused = await failure(world.app.octokit.rest.repos.createDeployment(at));
  expect(refused).toMatchObject({ status: 409, message: expect.stringContaining('status checks failed') });
  const named = await failure(world.app.octokit.rest.repos.createDeployment({ ...at, required_contexts: ['other'] }));
  expect(named.status).toBe(409);
  expect((await world.app.octokit.rest.repos.createDeployment({ ...at, required_contexts: [] })).status).toBe(201);
});

test('a ref behind the default branch needs auto_merge: false here', async () => {
  await commitFiles(world.ada.octokit, world.repository, 'main', { 'newer.txt': '1' });
  expect(await failure(deploy({ auto_merge: true }))).toMatchObject({
    status: 501,
    message: expect.stringContaining('auto_merge'),
  });
});

test('an unknown ref is refused', async () => {
  expect((await failure(deploy({ ref: 'nowhere' }))).status).toBe(422);
});

test('lists filter by environment', async () => {
  const { data } = await world.ada.octokit.rest.repos.listDeployments({ ...world.at, environment: 'production' });
  expect(new Set(data.map((one) => [one.environment, one.production_environment].join()))).toEqual(
    new Set(['production,true']),
  );
});

test('commit statuses are combined by their newest per context', async () => {
  const at = { ...world.at, sha: world.main };
  await world.app.octokit.rest.repos.createCommitStatus({ ...at, state: 'pending', context: 'ci' });
  await world.app.octokit.rest.repos.createCommitStatus({
    ...at,
    state: 'success',
    context: 'ci',
    description: 'fine',
  });
  const { data } = await world.ada.octokit.rest.repos.getCombinedStatusForRef({ ...world.at, ref: world.main });
  expect(data).toMatchObject({ state: 'success', total_count: 1, statuses: [{ context: 'ci', description: 'fine' }] });
  expect(
    (await world.ada.octokit.rest.repos.listCommitStatusesForRef({ ...world.at, ref: world.main })).data,
  ).toHaveLength(2);
});
