import type { Account } from '../accounts/account.ts';
import type { Level, Permissions } from '../apps/app.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { Access, PermissionName } from '../http/router.ts';
import type { Repository, Role } from '../repositories/repository.ts';
import type { Tables } from '../tables.ts';
import type { Actor } from './actor.ts';

const ROLES: readonly Role[] = ['read', 'triage', 'write', 'maintain', 'admin'];
const LEVELS: readonly Level[] = ['read', 'write', 'admin'];

export const roleAtLeast = (role: Role | undefined, wanted: Role): boolean =>
  role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(wanted);

/** What a person may do in a repository; `undefined`: they do not even see it. */
export function roleOf(tables: Tables, repository: Repository, account: Account): Role | undefined {
  if (repository.ownerId === account.id) return 'admin';
  const collaborator = tables.collaborators.find({ repositoryId: repository.id, accountId: account.id });
  if (collaborator !== undefined) return collaborator.role;
  return repository.private ? undefined : 'read';
}

/** Whether an App's token was issued for this repository. */
function reaches(actor: Actor, repository: Repository): boolean {
  if (actor.kind === 'job') return actor.repositoryId === repository.id;
  if (actor.kind !== 'installation' || actor.installation.accountId !== repository.ownerId) return false;
  const chosen = actor.installation.repositoryIds;
  if (chosen !== null && !chosen.includes(repository.id)) return false;
  return actor.repositoryIds === null || actor.repositoryIds.includes(repository.id);
}

/** Whether `actor` may know that the repository exists. */
export function canSee(tables: Tables, actor: Actor, repository: Repository): boolean {
  if (!repository.private) return true;
  if (actor.kind === 'user') return roleOf(tables, repository, actor.user) !== undefined;
  if (actor.kind === 'app') {
    return tables.installations.find({ appId: actor.app.id, accountId: repository.ownerId }) !== undefined;
  }
  return reaches(actor, repository);
}

export function grants(permissions: Permissions, name: PermissionName, level: Level): boolean {
  if (name === 'metadata' && level === 'read') return true;
  const granted = permissions[name];
  return granted !== undefined && LEVELS.indexOf(granted) >= LEVELS.indexOf(level);
}

/** The role that a person needs for what an App needs a permission for. Commenting and proposing are open to readers. */
function roleFor(name: PermissionName, level: 'read' | 'write'): Role {
  if (level === 'read') return 'read';
  if (name === 'administration') return 'admin';
  return name === 'issues' || name === 'pull_requests' ? 'read' : 'write';
}

function allows(
  tables: Tables,
  actor: Actor,
  repository: Repository,
  name: PermissionName,
  level: 'read' | 'write',
): boolean {
  switch (actor.kind) {
    case 'anonymous':
    case 'app':
      return level === 'read' && !repository.private;
    case 'user':
      return roleAtLeast(roleOf(tables, repository, actor.user), roleFor(name, level));
    case 'installation':
    case 'job':
      // Stricter than GitHub for public repositories: where the token belongs, it needs the permission to read, too.
      if (reaches(actor, repository)) return grants(actor.permissions, name, level);
      return level === 'read' && !repository.private;
  }
}

/** Whether `actor` holds a permission on a repository. */
export function can(
  tables: Tables,
  actor: Actor,
  repository: Repository,
  permission: PermissionName | readonly PermissionName[],
  level: 'read' | 'write',
): boolean {
  const names = typeof permission === 'string' ? [permission] : permission;
  return names.some((name) => allows(tables, actor, repository, name, level));
}

function refuse(actor: Actor, needed: string): ApiError {
  if (actor.kind === 'anonymous') return new ApiError(401, 'Requires authentication');
  if (actor.kind === 'user') return new ApiError(403, 'Must have the required rights to Repository.');
  return new ApiError(403, 'Resource not accessible by integration', undefined, {
    'x-accepted-github-permissions': needed,
  });
}

/**
 * Lets `actor` pass or not.
 * @throws ApiError 401 without a token, 404 where the repository must stay unknown, 403 without the permission.
 */
export function authorize(tables: Tables, access: Access, actor: Actor, repository: Repository | undefined): void {
  if (repository !== undefined && !canSee(tables, actor, repository)) throw notFound();
  if (access === 'public') return;
  if (access === 'app') {
    if (actor.kind !== 'app') throw new ApiError(401, 'A JSON web token could not be decoded');
    return;
  }
  if (access === 'user') {
    if (actor.kind === 'anonymous' || actor.kind === 'app') throw new ApiError(401, 'Requires authentication');
    return;
  }
  if (access === 'installation') {
    if (actor.kind !== 'installation' && actor.kind !== 'job') throw refuse(actor, 'metadata=read');
    return;
  }
  if (repository === undefined) throw new Error('a route with a permission needs {owner}/{repo} in its path');
  if (!can(tables, actor, repository, access.permission, access.level)) {
    const names = typeof access.permission === 'string' ? [access.permission] : access.permission;
    throw refuse(actor, names.map((name) => `${name}=${access.level}`).join('; '));
  }
}
