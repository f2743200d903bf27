import { grants } from '../auth/access.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import type { Tables } from '../tables.ts';
import { privateUser, publicUser } from './views.ts';

function getSelf(request: ApiRequest): ApiResponse {
  const { actor } = request;
  if (actor.kind !== 'user') throw new ApiError(403, 'Resource not accessible by integration');
  return { status: 200, body: privateUser(request.github, actor.user) };
}

function getUser(request: ApiRequest): ApiResponse {
  const account = request.github.tables.accounts.find({ login: request.params['username'] ?? '' });
  if (account === undefined) throw notFound();
  return { status: 200, body: publicUser(request.github, account) };
}

/** Only an organization's own people see its teams. */
const isMember = (tables: Tables, organizationId: number, accountId: number): boolean =>
  tables.teamMembers.find({ organizationId, accountId, state: 'active' }) !== undefined;

function getMembership(request: ApiRequest): ApiResponse {
  const { tables, urls } = request.github;
  const { org = '', team_slug: slug = '', username = '' } = request.params;
  const { actor } = request;
  if (actor.kind === 'installation' && !grants(actor.permissions, 'members', 'read')) {
    throw new ApiError(403, 'Resource not accessible by integration', undefined, {
      'x-accepted-github-permissions': 'members=read',
    });
  }
  const organization = tables.accounts.find({ login: org, type: 'Organization' });
  const account = tables.accounts.find({ login: username });
  if (organization === undefined || account === undefined) throw notFound();
  const foreign =
    (actor.kind === 'installation' && actor.installation.accountId !== organization.id) ||
    (actor.kind === 'user' && !isMember(tables, organization.id, actor.user.id));
  const member = tables.teamMembers.find({ organizationId: organization.id, slug, accountId: account.id });
  if (foreign || actor.kind === 'job' || member === undefined) throw notFound();
  const url = `${urls.api}/orgs/${organization.login}/teams/${member.slug}/memberships/${account.login}`;
  return { status: 200, body: { url, role: 'member', state: member.state } };
}

export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: '/user', access: 'user', handle: getSelf },
  { method: 'GET', path: '/users/{username}', access: 'public', handle: getUser },
  {
    method: 'GET',
    path: '/orgs/{org}/teams/{team_slug}/memberships/{username}',
    access: 'user',
    handle: getMembership,
  },
];
