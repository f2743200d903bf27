import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

interface Claims {
  readonly iat: number;
  readonly exp: number;
  readonly iss: number | string;
}

function jwt(claims: Partial<Claims>, key = world.app.privateKeyPem, algorithm = 'RS256'): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode({ iat: now - 30, exp: now + 300, iss: world.app.id, ...claims })}`;
  const signature = createSign('RSA-SHA256').update(signed).sign(key).toString('base64url');
  return `${signed}.${signature}`;
}

const call = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(world.github.urls.api + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });

describe('the JWT of an App', () => {
  test('says who the App is', async () => {
    const response = await call('/app', jwt({}));
    expect(await response.json()).toMatchObject({ id: world.app.id, slug: 'trainyard', installations_count: 1 });
  });

  test('may name the App by its client id', async () => {
    expect((await call('/app', jwt({ iss: world.app.clientId }))).status).toBe(200);
  });

  test.each<[string, () => string]>([
    ['has expired', () => jwt({ exp: Math.floor(Date.now() / 1000) - 5 })],
    ['lives longer than ten minutes', () => jwt({ exp: Math.floor(Date.now() / 1000) + 900 })],
    ['was issued in the future', () => jwt({ iat: Math.floor(Date.now() / 1000) + 300 })],
    [
      'is signed by another key',
      () =>
        jwt(
          {},
          generateKeyPairSync('rsa', { modulusLength: 2048 })
            .privateKey.export({ type: 'pkcs1', format: 'pem' })
            .toString(),
        ),
    ],
    ['claims no algorithm', () => jwt({}, undefined, 'none')],
    ['is no JWT', () => 'a.b.c'],
  ])('is refused with 401 when it %s', async (_, token) => {
    expect((await call('/app', token())).status).toBe(401);
  });

  test('of an unknown App is refused', async () => {
    expect((await call('/app', jwt({ iss: 424_242 }))).status).toBe(404);
  });

  test('is no key to repositories, and a token is no key to the App', async () => {
    expect((await call('/repos/acme/flights/git/refs', jwt({}), { method: 'POST', body: '{}' })).status).toBe(403);
    expect((await call('/app', world.app.token)).status).toBe(401);
  });
});

describe('installations', () => {
  test('are listed, read by id and found by repository', async () => {
    const { jwt: octokit } = world.app;
    expect((await octokit.rest.apps.listInstallations()).data.map((one) => one.id)).toEqual([world.installation.id]);
    const byId = await octokit.rest.apps.getInstallation({ installation_id: world.installation.id });
    const byRepository = await octokit.rest.apps.getRepoInstallation(world.at);
    expect(byRepository.data).toEqual(byId.data);
  });

  test('a token reaches what it was narrowed to, and no more', async () => {
    const other = await world.github.createRepository({ owner: 'acme', name: 'other', private: true });
    const { data } = await world.app.jwt.rest.apps.createInstallationAccessToken({
      installation_id: world.installation.id,
      repositories: ['flights'],
      permissions: { contents: 'read' },
    });
    expect(data).toMatchObject({
      permissions: { contents: 'read', metadata: 'read' },
      repository_selection: 'selected',
    });
    expect(data.token.length).toBeGreaterThan(500);
    const octokit = world.as(data.token);
    const seen = await octokit.rest.apps.listReposAccessibleToInstallation();
    expect(seen.data.repositories.map((one) => one.name)).toEqual(['flights']);
    expect((await failure(octokit.rest.repos.get({ owner: 'acme', repo: other.name }))).status).toBe(404);
    expect(await failure(octokit.rest.issues.create({ ...world.at, title: 'x' }))).toMatchObject({
      status: 403,
      message: expect.stringContaining('Resource not accessible by integration'),
    });
  });

  test.each([
    ['more than the App has', { permissions: { administration: 'write' } as const }],
    ["another account's repository", { repositories: ['nothing'] }],
  ])('a token for %s is refused', async (_, wanted) => {
    const create = world.app.jwt.rest.apps.createInstallationAccessToken({
      installation_id: world.installation.id,
      ...wanted,
    });
    expect((await failure(create)).status).toBe(422);
  });

  test('a token ends after an hour', async () => {
    let offset = 0;
    const later = await startWorld({ now: () => new Date(Date.now() + offset) });
    try {
      expect((await later.app.octokit.rest.repos.get(later.at)).status).toBe(200);
      offset = 3_601_000;
      expect((await failure(later.app.octokit.rest.repos.get(later.at))).status).toBe(401);
    } finally {
      await later.close();
    }
  });
});

describe('people', () => {
  test('a token says who they are', async () => {
    expect((await world.ada.octokit.rest.users.getAuthenticated()).data).toMatchObject({
      login: 'ada',
      name: 'Ada',
      type: 'User',
    });
    expect((await failure(world.app.octokit.rest.users.getAuthenticated())).status).toBe(403);
  });

  test('anybody is found by login, without regard to case', async () => {
    expect((await world.app.octokit.rest.users.getByUsername({ username: 'ADA' })).data).toMatchObject({
      login: 'ada',
    });
    expect((await failure(world.app.octokit.rest.users.getByUsername({ username: 'nobody' }))).status).toBe(404);
  });

  test.each([
    ['ada', 'admin', 'admin'],
    ['ben', 'write', 'write'],
    ['eve', 'read', 'read'],
    ['mia', 'write', 'maintain'],
    ['tom', 'read', 'triage'],
  ])('the permission of %s is %s, by role %s', async (username, permission, role) => {
    if (username === 'mia' || username === 'tom') {
      world.github.createUser(username);
      world.github.addCollaborator(world.repository, username, role === 'maintain' ? 'maintain' : 'triage');
    }
    const { data } = await world.app.octokit.rest.repos.getCollaboratorPermissionLevel({ ...world.at, username });
    expect(data).toMatchObject({ permission, role_name: role, user: { login: username } });
  });

  test('team membership is read with members:read', async () => {
    world.github.addTeamMember('acme', 'ml-leads', 'ada');
    const at = { org: 'acme', team_slug: 'ml-leads' };
    const { data } = await world.app.octokit.rest.teams.getMembershipForUserInOrg({ ...at, username: 'ada' });
    expect(data).toMatchObject({ state: 'active', role: 'member' });
    expect(
      (await failure(world.app.octokit.rest.teams.getMembershipForUserInOrg({ ...at, username: 'ben' }))).status,
    ).toBe(404);
  });

  test('who was invited to a team and has not accepted is pending', async () => {
    world.github.addTeamMember('acme', 'invited', 'ben', 'pending');
    const at = { org: 'acme', team_slug: 'invited', username: 'ben' };
    const { data } = await world.app.octokit.rest.teams.getMembershipForUserInOrg(at);
    expect(data.state).toBe('pending');
  });

  test("a stranger does not see an organization's teams", async () => {
    world.github.addTeamMember('acme', 'ml-leads', 'ada');
    const at = { org: 'acme', team_slug: 'ml-leads', username: 'ada' };
    expect((await failure(world.eve.octokit.rest.teams.getMembershipForUserInOrg(at))).status).toBe(404);
    expect((await world.ada.octokit.rest.teams.getMembershipForUserInOrg(at)).data.state).toBe('active');
  });

  test('a custom role keeps its name, and the permissions of the role that it builds on', async () => {
    world.github.createUser('ria');
    world.github.addCollaborator(world.repository, 'ria', 'triage', 'model-reviewer');
    const at = { ...world.at, username: 'ria' };
    const { data } = await world.app.octokit.rest.repos.getCollaboratorPermissionLevel(at);
    expect(data).toMatchObject({
      permission: 'read',
      role_name: 'model-reviewer',
      user: { id: expect.any(Number), permissions: { pull: true, triage: true, push: false, maintain: false } },
    });
  });

  test('a bot is no user whose permission could be asked for', async () => {
    const asked = world.app.octokit.rest.repos.getCollaboratorPermissionLevel({
      ...world.at,
      username: 'trainyard[bot]',
    });
    expect(await failure(asked)).toMatchObject({ status: 404, message: expect.stringContaining('is not a user') });
  });

  test('a renamed user keeps the id, and the old login is free for another', async () => {
    const { id } = world.github.createUser('old-name');
    world.github.renameUser('old-name', 'new-name');
    expect((await world.app.octokit.rest.users.getByUsername({ username: 'new-name' })).data.id).toBe(id);
    const gone = await failure(world.app.octokit.rest.users.getByUsername({ username: 'old-name' }));
    expect(gone.status).toBe(404);
    expect(world.github.createUser('old-name').id).not.toBe(id);
  });

  test('nobody writes without a token', async () => {
    const response = await fetch(`${world.github.urls.api}/repos/acme/flights/issues`, {
      method: 'POST',
      body: '{"title":"x"}',
    });
    expect(response.status).toBe(401);
  });
});
