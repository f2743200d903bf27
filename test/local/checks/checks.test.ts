import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestAction } from '../../../local/checks/checks.ts';
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

const create = (more: Record<string, unknown> = {}) =>
  world.app.octokit.rest.checks.create({ ...world.at, name: 'trainyard / plan', head_sha: world.main, ...more });

describe('state', () => {
  test('a run goes from queued to completed and tells both ends', async () => {
    const { data: run } = await create({ name: 'state' });
    expect(run).toMatchObject({ status: 'queued', conclusion: null, app: { slug: 'trainyard' } });
    const at = { ...world.at, check_run_id: run.id };
    await world.app.octokit.rest.checks.update({ ...at, status: 'in_progress' });
    const { data } = await world.app.octokit.rest.checks.update({ ...at, conclusion: 'success' });
    expect(data).toMatchObject({ status: 'completed', conclusion: 'success' });
    expect(data.completed_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await world.github.settled();
    const events = world.receiver.events('check_run').filter((one) => one.payload.check_run.id === run.id);
    expect(events.map((one) => one.action)).toEqual(['created', 'completed']);
  });

  test('completed needs a conclusion', async () => {
    const { data: run } = await create({ name: 'no conclusion' });
    const update = world.app.octokit.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      ...world.at,
      check_run_id: run.id,
      status: 'completed',
    });
    expect((await failure(update)).status).toBe(422);
  });

  test('an unknown commit is refused', async () => {
    const refused = await failure(create({ head_sha: 'f'.repeat(40) }));
    expect(refused).toMatchObject({ status: 422, message: expect.stringContaining('No commit found for SHA') });
  });

  test('the open pull requests of the commit are named', async () => {
    const head = await commitFiles(world.ada.octokit, world.repository, 'with-check', { 'c.txt': '1' });
    const pull = await world.ada.octokit.rest.pulls.create({
      ...world.at,
      title: 't',
      head: 'with-check',
      base: 'main',
    });
    const { data } = await create({ head_sha: head });
    expect(data.pull_requests.map((one) => one.number)).toEqual([pull.data.number]);
    const after = await world.ada.octokit.rest.pulls.get({ ...world.at, pull_number: pull.data.number });
    expect(after.data.mergeable_state).toBe('unstable');
  });
});

describe('who may write', () => {
  test('people may not', async () => {
    const refused = await failure(
      world.ada.octokit.rest.checks.create({ ...world.at, name: 'forged', head_sha: world.main }),
    );
    expect(refused).toMatchObject({ status: 403, message: expect.stringContaining('GitHub App') });
  });

  test('another App may not update', async () => {
    const { data: run } = await create({ name: 'owned' });
    const other = world.github.createApp({
      slug: 'other',
      owner: 'acme',
      webhookUrl: null,
      webhookSecret: 's',
      permissions: { checks: 'write' },
      events: [],
    });
    const installation = world.github.installApp(other, 'acme');
    const { createInstallationToken } = await import('../../../local/auth/tokens.ts');
    const token = createInstallationToken(world.github.tables, {
      installationId: installation.id,
      permissions: { checks: 'write' },
      repositoryIds: null,
      expiresAt: new Date(Date.now() + 60_000),
    });
    const update = world.as(token).rest.checks.update({ ...world.at, check_run_id: run.id, conclusion: 'success' });
    expect(await failure(update)).toMatchObject({ status: 403, message: expect.stringContaining('Invalid app_id') });
  });
});

const annotation = (line: number) => ({
  path: 'data.csv',
  start_line: line,
  end_line: line,
  annotation_level: 'failure' as const,
  message: 'm',
});

describe('output', () => {
  test('annotations are appended by updates, and listed in pages', async () => {
    const output = { title: 't', summary: 's' };
    const fifty = Array.from({ length: 50 }, (_, index) => annotation(index + 1));
    const { data: run } = await create({ name: 'annotated', output: { ...output, annotations: fifty } });
    await world.app.octokit.rest.checks.update({
      ...world.at,
      check_run_id: run.id,
      output: { ...output, annotations: [annotation(51)] },
    });
    const all = await world.app.octokit.paginate(world.app.octokit.rest.checks.listAnnotations, {
      ...world.at,
      check_run_id: run.id,
    });
    expect(all.map((one) => one.start_line)).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
    const { data } = await world.app.octokit.rest.checks.get({ ...world.at, check_run_id: run.id });
    expect(data.output).toMatchObject({ annotations_count: 51, title: 't', summary: 's' });
  });

  const text = 'x'.repeat(65_535);
  test('a summary and text of 65,535 characters fit', async () => {
    expect((await create({ name: 'long', output: { title: 't', summary: text, text } })).status).toBe(201);
  });
});

describe('lists', () => {
  test('the newest run of each name is listed, all with filter=all', async () => {
    const head_sha = await commitFiles(world.ada.octokit, world.repository, 'lists', { 'l.txt': '1' });
    await create({ head_sha, name: 'twice', conclusion: 'failure' });
    const second = await create({ head_sha, name: 'twice' });
    await create({ head_sha, name: 'once' });
    const list = async (more: { filter?: 'all' | 'latest'; check_name?: string; status?: 'queued' }) => {
      const { data } = await world.app.octokit.rest.checks.listForRef({ ...world.at, ref: 'lists', ...more });
      return data;
    };
    expect((await list({})).check_runs.map((run) => run.name)).toEqual(['twice', 'once']);
    expect((await list({ check_name: 'twice' })).check_runs.map((run) => run.id)).toEqual([second.data.id]);
    expect((await list({ filter: 'all' })).total_count).toBe(3);
    expect((await list({ status: 'queued', filter: 'all' })).total_count).toBe(2);
  });
});

describe('buttons', () => {
  const actions = [{ label: 'Cancel', description: 'Stop the run', identifier: 'cancel' }];

  test('a pressed button reaches the App that owns the run', async () => {
    const { data } = await create({ name: 'button', actions });
    const run = world.github.tables.checkRuns.get(data.id);
    if (run === undefined) throw new Error('expected the check run that was just made');
    requestAction(world.github, world.repository, run, 'cancel', { account: world.ben, byJob: false });
    await world.github.settled();
    expect(world.receiver.events('check_run', 'requested_action').at(-1)?.payload).toMatchObject({
      requested_action: { identifier: 'cancel' },
      check_run: { id: data.id },
      sender: { login: 'ben' },
    });
    const unknown = () =>
      requestAction(world.github, world.repository, run, 'other', { account: world.ben, byJob: false });
    expect(unknown).toThrow(/no action "other"/);
  });

  test('a re-run is asked of the App, and the run is left as it is', async () => {
    const { data } = await create({ name: 'again', conclusion: 'failure' });
    await world.app.octokit.rest.checks.rerequestRun({ ...world.at, check_run_id: data.id });
    await world.github.settled();
    expect(world.receiver.events('check_run', 'rerequested').at(-1)?.payload.check_run).toMatchObject({
      id: data.id,
      conclusion: 'failure',
    });
  });
});
