import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../../local/accounts/account.ts';
import type { App, Permissions } from '../../../local/apps/app.ts';
import { authorize, can, canSee } from '../../../local/auth/access.ts';
import type { Actor } from '../../../local/auth/actor.ts';
import { ApiError } from '../../../local/http/errors.ts';
import type { PermissionName } from '../../../local/http/router.ts';
import type { Repository, Role } from '../../../local/repositories/repository.ts';
import { openTables, type Tables } from '../../../local/tables.ts';

const AT = '2026-01-01T00:00:00Z';
let tables: Tables;
let owner: Account;
let app: App;
let open: Repository;
let hidden: Repository;

function account(login: string): Account {
  return tables.accounts.insert({ login, type: 'User', name: null, createdAt: AT });
}

function repository(name: string, isPrivate: boolean, ownerId: number): Repository {
  return tables.repositories.insert({
    ownerId,
    owner: 'acme',
    name,
    private: isPrivate,
    defaultBranch: 'main',
    description: null,
    parentId: null,
    createdAt: AT,
    updatedAt: AT,
    pushedAt: AT,
  });
}

beforeEach(() => {
  tables = openTables(new DatabaseSync(':memory:'));
  owner = account('acme');
  open = repository('open', false, owner.id);
  hidden = repository('hidden', true, owner.id);
  app = tables.apps.insert({
    slug: 'app',
    name: 'app',
    clientId: 'c',
    ownerId: owner.id,
    botId: account('app[bot]').id,
    webhookUrl: null,
    webhookSecret: 's',
    publicKeyPem: '',
    permissions: {},
    events: [],
    createdAt: AT,
  });
});

function person(role: Role | undefined): Actor {
  const user = account(`person-${role}`);
  if (role !== undefined) {
    for (const { id } of [open, hidden]) {
      tables.collaborators.insert({ repositoryId: id, accountId: user.id, role, customRole: null });
    }
  }
  return { kind: 'user', user };
}

function installation(permissions: Permissions, only: number[] | null = null, chosen: number[] | null = null): Actor {
  const row = tables.installations.insert({ appId: app.id, accountId: owner.id, repositoryIds: chosen, createdAt: AT });
  return { kind: 'installation', app, installation: row, permissions, repositoryIds: only };
}

describe('a person', () => {
  test.each<[Role | undefined, PermissionName, 'read' | 'write', boolean]>([
    [undefined, 'contents', 'read', true],
    [undefined, 'issues', 'write', true],
    [undefined, 'contents', 'write', false],
    [undefined, 'actions', 'write', false],
    ['triage', 'contents', 'write', false],
    ['write', 'contents', 'write', true],
    ['write', 'actions', 'write', true],
    ['write', 'administration', 'write', false],
    ['maintain', 'administration', 'write', false],
    ['admin', 'administration', 'write', true],
  ])('with role %s and %s:%s in a public repository: %s', (role, permission, level, allowed) => {
    expect(can(tables, person(role), open, permission, level)).toBe(allowed);
  });

  test('without a role does not see a private repository', () => {
    expect(canSee(tables, person(undefined), hidden)).toBe(false);
    expect(canSee(tables, person('read'), hidden)).toBe(true);
  });

  test('owns what is in their own account', () => {
    expect(can(tables, { kind: 'user', user: owner }, hidden, 'administration', 'write')).toBe(true);
  });
});

describe('an installation', () => {
  test.each<[Permissions, PermissionName, 'read' | 'write', boolean]>([
    [{ contents: 'read' }, 'contents', 'read', true],
    [{ contents: 'read' }, 'contents', 'write', false],
    [{ contents: 'write' }, 'contents', 'read', true],
    [{}, 'contents', 'read', false],
    [{}, 'metadata', 'read', true],
    [{ issues: 'write' }, 'pull_requests', 'write', false],
  ])('with %j has %s:%s: %s', (permissions, permission, level, allowed) => {
    expect(can(tables, installation(permissions), open, permission, level)).toBe(allowed);
  });

  test('reaches only the repositories it was installed on and its token was narrowed to', () => {
    const actor = installation({ contents: 'write' }, [open.id]);
    expect(can(tables, actor, open, 'contents', 'write')).toBe(true);
    expect(canSee(tables, actor, hidden)).toBe(false);
  });

  test('reads public repositories of others, and writes none', () => {
    const other = repository('elsewhere', false, account('other').id);
    const actor = installation({ contents: 'write' });
    expect(can(tables, actor, other, 'contents', 'read')).toBe(true);
    expect(can(tables, actor, other, 'contents', 'write')).toBe(false);
  });

  test('holds any one of several permissions where a route takes any', () => {
    expect(can(tables, installation({ pull_requests: 'write' }), open, ['issues', 'pull_requests'], 'write')).toBe(
      true,
    );
  });
});

describe('a job', () => {
  const job = (permissions: Permissions): Actor => ({
    kind: 'job',
    app,
    permissions,
    repositoryId: hidden.id,
    runId: 1,
    jobId: 1,
  });

  test('has what its permissions say, in its own repository', () => {
    expect(can(tables, job({ contents: 'read' }), hidden, 'contents', 'read')).toBe(true);
    expect(can(tables, job({}), hidden, 'contents', 'read')).toBe(false);
    expect(can(tables, job({ contents: 'write' }), open, 'contents', 'write')).toBe(false);
  });
});

describe('a refusal', () => {
  const write = { permission: 'contents', level: 'write' } as const;
  const statusOf = (actor: Actor, target: Repository): number => {
    try {
      authorize(tables, write, actor, target);
      return 0;
    } catch (error) {
      return error instanceof ApiError ? error.status : -1;
    }
  };

  test('asks the anonymous for a token, hides what must stay unknown, and names the missing permission', () => {
    expect(statusOf({ kind: 'anonymous' }, open)).toBe(401);
    expect(statusOf({ kind: 'anonymous' }, hidden)).toBe(404);
    expect(statusOf(person(undefined), open)).toBe(403);
    expect(() => authorize(tables, write, installation({ contents: 'read' }), open)).toThrow(
      expect.objectContaining({ headers: { 'x-accepted-github-permissions': 'contents=write' } }),
    );
  });
});
