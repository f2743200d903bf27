import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GitId } from '../../../core/names.ts';
import type { Check } from '../../../flows/ports.ts';
import { OWNER, REPO, startWorld, type World } from './world.ts';

const where = { owner: OWNER, repo: REPO };
let world: World;
let main: GitId;

beforeAll(async () => {
  world = await startWorld();
  main = await world.commit('main', { 'README.md': 'hello\n' });
});
afterAll(() => world.close());

const writes = () => world.requests().filter((route) => !route.startsWith('GET'));

async function ask<T>(route: string, parameters: object = {}): Promise<T> {
  return (await world.ada.request(route, { ...where, ...parameters })).data as T;
}

describe('checks', () => {
  const check = (): Check => ({
    name: 'trainyard / plan',
    sha: main,
    externalId: 'plan',
    status: 'completed',
    conclusion: 'failure',
    title: 'Two problems',
    summary: 'Look below.',
    annotations: Array.from({ length: 70 }, (_, index) => ({
      path: 'README.md',
      line: index + 1,
      level: 'failure' as const,
      title: 'Problem',
      message: `problem ${index}`,
    })),
  });
  const runs = () =>
    ask<{ check_runs: { id: number; conclusion: string; output: { annotations_count: number; title: string } }[] }>(
      'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
      { ref: main, check_name: 'trainyard / plan' },
    );

  test('are made once with all annotations, 50 a request, and left alone when nothing changed', async () => {
    world.requests();
    await world.ports.checks.put(check());
    expect(writes()).toHaveLength(2);
    await world.ports.checks.put(check());
    expect(writes()).toEqual([]);
    const { check_runs: found } = await runs();
    expect(found).toMatchObject([{ conclusion: 'failure', output: { annotations_count: 70 } }]);
  });

  test('go on after a crash between two batches of annotations without repeating one', async () => {
    const more = { ...check(), externalId: 'crashed', name: 'trainyard / data' };
    await world.ports.checks.put({ ...more, annotations: more.annotations?.slice(0, 50) ?? [] });
    await world.ports.checks.put(more);
    const { check_runs: found } = await ask<{ check_runs: { output: { annotations_count: number } }[] }>(
      'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
      { ref: main, check_name: 'trainyard / data' },
    );
    expect(found).toMatchObject([{ output: { annotations_count: 70 } }]);
  });

  test('are edited in place, from queued to completed', async () => {
    const name = 'trainyard / train: delay';
    const live = { name, sha: main, externalId: 'run', title: 'Waiting', summary: 's' };
    await world.ports.checks.put({ ...live, status: 'queued' });
    await world.ports.checks.put({ ...live, status: 'in_progress', title: 'Training' });
    await world.ports.checks.put({ ...live, status: 'completed', conclusion: 'success', title: 'Done' });
    const found = await ask<{ check_runs: object[] }>('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ref: main,
      check_name: name,
    });
    expect(found.check_runs).toMatchObject([{ status: 'completed', conclusion: 'success', output: { title: 'Done' } }]);
  });

  test('of one name with another mark are others', async () => {
    const name = 'trainyard / validate';
    const made = { name, sha: main, status: 'queued' as const, title: 't', summary: 's' };
    await world.ports.checks.put({ ...made, externalId: 'a' });
    await world.ports.checks.put({ ...made, externalId: 'b' });
    const found = await ask<{ total_count: number }>('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ref: main,
      check_name: name,
      filter: 'all',
    });
    expect(found.total_count).toBe(2);
  });
});

describe('permissions', () => {
  test.each([
    ['ada', 'admin'],
    ['ben', 'write'],
    ['nobody-of-this-name', 'none'],
  ])('of %s are %s', async (login, role) => {
    expect(await world.ports.permissions.role(login)).toBe(role);
  });

  test.each([
    ['ml-leads', 'ada', true],
    [`${OWNER}/ml-leads`, 'ada', true],
    ['ml-leads', 'ben', false],
    ['no-such-team', 'ada', false],
  ])('membership of team %s for %s is %s', async (team, login, member) => {
    expect(await world.ports.permissions.inTeam(team, login)).toBe(member);
  });
});

describe('tags', () => {
  const tag = (name: string) => ({ name, target: main, message: 'Promoted\n\nTrainyard-Ledger: abc' });

  test('with signs of GTO are made annotated, once, and listed with target and message', async () => {
    await world.ports.tags.create(tag('delay#production#1'));
    world.requests();
    await world.ports.tags.create(tag('delay#production#1'));
    expect(writes()).toEqual([]);
    await world.ports.tags.create(tag('delay@v1.0.0'));
    const found = await world.ports.tags.list('delay');
    expect(found.map(({ name, annotated, target }) => [name, annotated, target])).toEqual([
      ['delay#production#1', true, main],
      ['delay@v1.0.0', true, main],
    ]);
    expect(found[0]?.message.trim()).toBe('Promoted\n\nTrainyard-Ledger: abc');
  });

  test('that exist otherwise are refused', async () => {
    await world.ada.request('POST /repos/{owner}/{repo}/git/refs', {
      ...where,
      ref: 'refs/tags/delay@v9.0.0',
      sha: main,
    });
    await expect(world.ports.tags.create(tag('delay@v9.0.0'))).rejects.toMatchObject({ code: 'exists_otherwise' });
    const light = (await world.ports.tags.list('delay@v9')).map(({ annotated, message }) => [annotated, message]);
    expect(light).toEqual([[false, '']]);
  });
});

describe('deployments', () => {
  const deployment = {
    mark: 'delay#staging#2',
    environment: 'delay/staging',
    description: 'delay v1.1.0',
    payload: { version: '1.1.0', ledger: 'abc' },
  };

  test('are made once for a mark, succeed once, and are listed with their payload', async () => {
    const first = await world.ports.deployments.ensure({ ...deployment, ref: main });
    world.requests();
    expect(await world.ports.deployments.ensure({ ...deployment, ref: main })).toEqual(first);
    expect(writes()).toEqual([]);
    const next = await world.ports.deployments.ensure({ ...deployment, mark: 'delay#staging#3', ref: main });
    expect((await world.ports.deployments.list('delay/staging')).map(({ id }) => id)).toEqual([next.id, first.id]);
    expect((await world.ports.deployments.list('delay/staging'))[1]?.payload).toEqual({
      ...deployment.payload,
      mark: deployment.mark,
    });
    expect(await world.ports.deployments.list('delay/production')).toEqual([]);
  });

  test('of somebody else do not count, whatever mark they carry', async () => {
    await ask('POST /repos/{owner}/{repo}/deployments', {
      ref: main,
      environment: 'forged',
      payload: { mark: 'x' },
      auto_merge: false,
      required_contexts: [],
    });
    expect(await world.ports.deployments.list('forged')).toEqual([]);
  });
});

describe('releases', () => {
  const release = {
    tag: 'delay@v1.0.0',
    name: 'delay v1.0.0',
    body: 'notes',
    assets: [{ name: 'package.tar', contentType: 'application/x-tar', bytes: new Uint8Array([1, 2, 3]) }],
  };

  test('are made once, with their assets, and an asset that is missing is sent later', async () => {
    const first = await world.ports.releases.ensure({ ...release, assets: [] });
    await world.ports.releases.ensure(release);
    world.requests();
    expect(await world.ports.releases.ensure(release)).toEqual(first);
    expect(writes()).toEqual([]);
    const found = await ask<{ assets: object[] }>('GET /repos/{owner}/{repo}/releases/tags/{tag}', {
      tag: release.tag,
    });
    expect(found.assets).toMatchObject([{ name: 'package.tar', size: 3, content_type: 'application/x-tar' }]);
  });
});

describe('issues', () => {
  const marker = '<!-- trainyard:freeze -->';

  test('are opened once, edited, closed, and opened again', async () => {
    const put = (body: string, open: boolean) => world.ports.issues.put({ marker, title: 'Frozen', body, open });
    await put('nothing to close', false);
    expect(await ask<object[]>('GET /repos/{owner}/{repo}/issues', { state: 'all' })).toEqual([]);
    await put('one', true);
    await put('two', true);
    await put('two', false);
    expect(await ask<object[]>('GET /repos/{owner}/{repo}/issues', { state: 'all' })).toMatchObject([
      { body: `${marker}\ntwo`, state: 'closed' },
    ]);
    await put('three', true);
    expect(await ask<object[]>('GET /repos/{owner}/{repo}/issues', { state: 'all' })).toMatchObject([
      { body: `${marker}\nthree`, state: 'open' },
    ]);
  });
});

describe('report images', () => {
  test('lie in the repository, at an address that names their commit, and are not committed again', async () => {
    const first = await world.ports.images.put('run-1', '<svg/>');
    expect(first.url).toMatch(/\/flights\/delay\/raw\/[0-9a-f]{40}\/chart\.svg$/);
    world.requests();
    expect(await world.ports.images.put('run-1', '<svg/>')).toEqual(first);
    expect(writes()).toEqual([]);
    expect(await world.ports.images.put('run-1', '<svg></svg>')).not.toEqual(first);
  });

  test.each(['../ledger', 'a/b', ''])('refuse the name %j', async (name) => {
    await expect(world.ports.images.put(name, '<svg/>')).rejects.toMatchObject({ code: 'malformed' });
  });
});
