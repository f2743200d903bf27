import { z } from 'zod';
import { grants } from '../auth/access.ts';
import { createInstallationToken } from '../auth/tokens.ts';
import { readBody, readId } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, PermissionName, Route } from '../http/router.ts';
import type { Repository } from '../repositories/repository.ts';
import { repositoryView } from '../repositories/views.ts';
import { type App, type Installation, Permissions } from './app.ts';
import { appView, installationView } from './views.ts';

const TOKEN_LIFE_MS = 3_600_000;

const TokenBody = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: Permissions.optional(),
});

/** The App whose JWT the request carries. */
export function requireApp(request: ApiRequest): App {
  if (request.actor.kind !== 'app') throw new Error('expected an App: the route must ask for its JWT');
  return request.actor.app;
}

function requireInstallation(request: ApiRequest): Installation {
  const app = requireApp(request);
  const installation = request.github.tables.installations.get(readId(request, 'installation_id'));
  if (installation === undefined || installation.appId !== app.id) throw notFound();
  return installation;
}

/** The repositories that an installation reaches. */
function repositoriesOf(request: ApiRequest, installation: Installation): Repository[] {
  const all = request.github.tables.repositories.list({ ownerId: installation.accountId });
  const chosen = installation.repositoryIds;
  return chosen === null ? all : all.filter((repository) => chosen.includes(repository.id));
}

function getApp(request: ApiRequest): ApiResponse {
  const app = requireApp(request);
  const installations = request.github.tables.installations.count({ appId: app.id });
  return { status: 200, body: { ...appView(request.github, app), installations_count: installations } };
}

function listInstallations(request: ApiRequest): Promise<ApiResponse> {
  const app = requireApp(request);
  const installations = request.github.tables.installations.list({ appId: app.id });
  return paginated(request, installations, (one) => installationView(request.github, app, one));
}

function getInstallation(request: ApiRequest): ApiResponse {
  const installation = requireInstallation(request);
  return { status: 200, body: installationView(request.github, requireApp(request), installation) };
}

function getRepositoryInstallation(request: ApiRequest): ApiResponse {
  const app = requireApp(request);
  const key = { appId: app.id, accountId: request.repo.ownerId };
  const installation = request.github.tables.installations.find(key);
  if (installation === undefined) throw notFound();
  if (!repositoriesOf(request, installation).some((one) => one.id === request.repo.id)) throw notFound();
  return { status: 200, body: installationView(request.github, app, installation) };
}

/** @throws ApiError 422 if more is asked for than the installation has. */
function narrowPermissions(app: App, wanted: Permissions | undefined): Permissions {
  if (wanted === undefined) return app.permissions;
  for (const [name, level] of Object.entries(wanted)) {
    // The names that routes check are a part of GitHub's; all are compared in the same way.
    if (!grants(app.permissions, name as PermissionName, level)) {
      throw new ApiError(422, 'The permissions requested are not granted to this installation.');
    }
  }
  return { metadata: 'read', ...wanted };
}

function narrowRepositories(
  request: ApiRequest,
  installation: Installation,
  body: z.infer<typeof TokenBody>,
): Repository[] | undefined {
  if (body.repositories === undefined && body.repository_ids === undefined) return undefined;
  const reachable = repositoriesOf(request, installation);
  const byName = (body.repositories ?? []).map((name) =>
    reachable.find((one) => one.name.toLowerCase() === name.toLowerCase()),
  );
  const byId = (body.repository_ids ?? []).map((id) => reachable.find((one) => one.id === id));
  const found = [...byName, ...byId].filter((one) => one !== undefined);
  if (found.length < byName.length + byId.length) {
    throw new ApiError(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  return found;
}

function createAccessToken(request: ApiRequest): ApiResponse {
  const app = requireApp(request);
  const installation = requireInstallation(request);
  const body = readBody(request, TokenBody);
  const permissions = narrowPermissions(app, body.permissions);
  const repositories = narrowRepositories(request, installation, body);
  const expiresAt = new Date(request.github.now().getTime() + TOKEN_LIFE_MS);
  const token = createInstallationToken(request.github.tables, {
    installationId: installation.id,
    permissions,
    repositoryIds: repositories?.map((one) => one.id) ?? null,
    expiresAt,
  });
  const selected = repositories !== undefined || installation.repositoryIds !== null;
  return {
    status: 201,
    body: {
      token,
      expires_at: `${expiresAt.toISOString().slice(0, 19)}Z`,
      permissions,
      repository_selection: selected ? 'selected' : 'all',
      ...(repositories === undefined
        ? {}
        : { repositories: repositories.map((one) => repositoryView(request.github, one)) }),
    },
  };
}

function listInstallationRepositories(request: ApiRequest): Promise<ApiResponse> {
  const { actor, github } = request;
  let repositories: Repository[] = [];
  if (actor.kind === 'installation') {
    const only = actor.repositoryIds;
    repositories = repositoriesOf(request, actor.installation).filter((one) => only === null || only.includes(one.id));
  } else if (actor.kind === 'job') {
    const repository = github.tables.repositories.get(actor.repositoryId);
    repositories = repository === undefined ? [] : [repository];
  }
  const selected =
    actor.kind !== 'installation' || actor.repositoryIds !== null || actor.installation.repositoryIds !== null;
  return paginated(
    request,
    repositories,
    (one) => repositoryView(github, one),
    (page, total) => ({ total_count: total, repository_selection: selected ? 'selected' : 'all', repositories: page }),
  );
}

export const appRoutes: readonly Route[] = [
  { method: 'GET', path: '/app', access: 'app', handle: getApp },
  { method: 'GET', path: '/app/installations', access: 'app', handle: listInstallations },
  { method: 'GET', path: '/app/installations/{installation_id}', access: 'app', handle: getInstallation },
  {
    method: 'POST',
    path: '/app/installations/{installation_id}/access_tokens',
    access: 'app',
    handle: createAccessToken,
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/installation', access: 'app', handle: getRepositoryInstallation },
  { method: 'GET', path: '/installation/repositories', access: 'installation', handle: listInstallationRepositories },
];
