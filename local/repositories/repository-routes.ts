import { z } from 'zod';
import { simpleUser } from '../accounts/views.ts';
import { roleAtLeast, roleOf } from '../auth/access.ts';
import { readBody } from '../http/body.ts';
import { ApiError, invalid, notFound } from '../http/errors.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { requireAccount } from './ref-changes.ts';
import type { Role } from './repository.ts';
import { fullRepositoryView } from './views.ts';

const MAX_DISPATCH_BYTES = 65_536;
const MAX_DISPATCH_PROPERTIES = 10;

const ForkBody = z.object({
  organization: z.string().optional(),
  name: z.string().optional(),
  default_branch_only: z.boolean().optional(),
});
const DispatchBody = z.object({
  event_type: z.string().min(1).max(100),
  client_payload: z.record(z.string(), z.unknown()).optional(),
});

function get(request: ApiRequest): ApiResponse {
  return { status: 200, body: fullRepositoryView(request.github, request.repo, request.actor) };
}

/** The five roles as the three permissions that GitHub had before. */
const LEGACY: Readonly<Record<Role, string>> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
};

function getPermission(request: ApiRequest): ApiResponse {
  const { github, repo } = request;
  const account = github.tables.accounts.find({ login: request.params['username'] ?? '' });
  if (account === undefined) throw notFound();
  if (account.type !== 'User') throw new ApiError(404, `${account.login} is not a user`);
  const role = roleOf(github.tables, repo, account);
  const held = github.tables.collaborators.find({ repositoryId: repo.id, accountId: account.id });
  const name = held?.customRole ?? role ?? 'none';
  const permissions = {
    admin: roleAtLeast(role, 'admin'),
    maintain: roleAtLeast(role, 'maintain'),
    push: roleAtLeast(role, 'write'),
    triage: roleAtLeast(role, 'triage'),
    pull: role !== undefined,
  };
  return {
    status: 200,
    body: {
      permission: role === undefined ? 'none' : LEGACY[role],
      role_name: name,
      user: { ...simpleUser(github, account), permissions, role_name: name },
    },
  };
}

async function fork(request: ApiRequest): Promise<ApiResponse> {
  const body = readBody(request, ForkBody);
  const { github, repo, actor } = request;
  if (actor.kind !== 'user') throw new ApiError(403, 'Resource not accessible by integration');
  const owner = body.organization ?? actor.user.login;
  const name = body.name ?? repo.name;
  const account = github.tables.accounts.find({ login: owner });
  if (account === undefined) throw invalid('Repository', 'organization', `${owner} does not exist`);
  const known = github.tables.repositories.find({ owner, name });
  if (known !== undefined && known.parentId !== repo.id)
    throw invalid('Repository', 'name', 'name already exists on this account');
  const forked = known ?? (await github.forkRepository(repo, owner, name));
  return { status: 202, body: fullRepositoryView(github, forked, actor) };
}

function dispatch(request: ApiRequest): ApiResponse {
  const { event_type: type, client_payload: payload } = readBody(request, DispatchBody);
  const { github, repo, actor } = request;
  if (Object.keys(payload ?? {}).length > MAX_DISPATCH_PROPERTIES) {
    throw new ApiError(
      422,
      `Invalid request.\n\nNo more than ${MAX_DISPATCH_PROPERTIES} properties are allowed; ${Object.keys(payload ?? {}).length} were supplied.`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(payload ?? {})) >= MAX_DISPATCH_BYTES) {
    throw new ApiError(422, 'client_payload is too large (64 KB at most).');
  }
  github.emit({
    event: 'repository_dispatch',
    action: type,
    repository: repo,
    sender: requireAccount(github, actor),
    byJob: actor.kind === 'job',
    payload: { branch: repo.defaultBranch, client_payload: payload ?? {} },
  });
  return { status: 204 };
}

export const repositoryRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}', access: { permission: 'metadata', level: 'read' }, handle: get },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators/{username}/permission',
    access: { permission: 'metadata', level: 'read' },
    handle: getPermission,
  },
  { method: 'POST', path: '/repos/{owner}/{repo}/forks', access: 'user', handle: fork },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/dispatches',
    access: { permission: 'contents', level: 'write' },
    handle: dispatch,
  },
];
