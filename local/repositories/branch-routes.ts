import { nodeId, userOrNull } from '../accounts/views.ts';
import { notFound } from '../http/errors.ts';
import { paginated, readPage } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { commitView } from './commit-views.ts';
import type { Activity } from './repository.ts';
import { repositoryApiUrl, repositoryPageUrl } from './views.ts';

function isProtected(request: ApiRequest, branch: string): boolean {
  return request.github.tables.protectedBranches.find({ repositoryId: request.repo.id, branch }) !== undefined;
}

async function getBranch(request: ApiRequest): Promise<ApiResponse> {
  const branch = request.params['branch'] ?? '';
  const git = request.github.git(request.repo);
  const sha = await git.ref(`refs/heads/${branch}`);
  const commit = sha === undefined ? undefined : await git.commit(sha);
  if (commit === undefined) throw notFound();
  const api = `${repositoryApiUrl(request.github, request.repo)}/branches/${encodeURIComponent(branch)}`;
  const guarded = isProtected(request, branch);
  const checks = { enforcement_level: 'off', contexts: [], checks: [] };
  return {
    status: 200,
    body: {
      name: branch,
      commit: commitView(request.github, request.repo, commit),
      _links: { self: api, html: `${repositoryPageUrl(request.github, request.repo)}/tree/${branch}` },
      protected: guarded,
      protection: { enabled: guarded, required_status_checks: checks },
      protection_url: `${api}/protection`,
    },
  };
}

async function listBranches(request: ApiRequest): Promise<ApiResponse> {
  const refs = await request.github.git(request.repo).refs('refs/heads/');
  const wanted = request.query.get('protected');
  const names = refs.map(({ ref, sha }) => ({ name: ref.slice('refs/heads/'.length), sha }));
  const found = names.filter(({ name }) => wanted === null || String(isProtected(request, name)) === wanted);
  const api = repositoryApiUrl(request.github, request.repo);
  return paginated(request, found, ({ name, sha }) => ({
    name,
    commit: { sha, url: `${api}/commits/${sha}` },
    protected: isProtected(request, name),
  }));
}

async function listTags(request: ApiRequest): Promise<ApiResponse> {
  const git = request.github.git(request.repo);
  const refs = (await git.refs('refs/tags/')).reverse();
  const api = repositoryApiUrl(request.github, request.repo);
  return paginated(request, refs, async ({ ref, sha }) => {
    const name = ref.slice('refs/tags/'.length);
    const commit = (await git.peel(sha)) ?? sha;
    return {
      name,
      commit: { sha: commit, url: `${api}/commits/${commit}` },
      zipball_url: `${api}/zipball/${ref}`,
      tarball_url: `${api}/tarball/${ref}`,
      node_id: nodeId('REF', `${request.repo.id}:${ref}`),
    };
  });
}

const PERIOD_DAYS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 31, quarter: 92, year: 366 };

function activityMatches(request: ApiRequest, activity: Activity): boolean {
  const { query, github } = request;
  const [ref, actor, type, period] = ['ref', 'actor', 'activity_type', 'time_period'].map((name) => query.get(name));
  // The ref may be given in full or as a branch's name.
  if (ref && activity.ref !== ref && activity.ref !== `refs/heads/${ref}`) return false;
  if (actor && github.tables.accounts.get(activity.actorId)?.login.toLowerCase() !== actor.toLowerCase()) return false;
  if (type && activity.type !== type) return false;
  const days = period ? PERIOD_DAYS[period] : undefined;
  return days === undefined || Date.parse(activity.at) >= github.now().getTime() - days * 86_400_000;
}

/** Newest first unless `direction=asc`; `after` is the id of the last entry on the page before. */
function listActivity(request: ApiRequest): ApiResponse {
  const { github, repo, query } = request;
  const { perPage } = readPage(query);
  const ascending = query.get('direction') === 'asc';
  const found = github.tables.activities.list({ repositoryId: repo.id }).filter((one) => activityMatches(request, one));
  const ordered = ascending ? found : found.reverse();
  const after = query.get('after');
  const start = after === null ? 0 : ordered.findIndex((one) => String(one.id) === after) + 1;
  const page = ordered.slice(start, start + perPage);
  const last = page.at(-1);
  const next = new URLSearchParams(query);
  if (last !== undefined) next.set('after', String(last.id));
  const more = start + perPage < ordered.length;
  return {
    status: 200,
    body: page.map((one) => ({
      id: one.id,
      node_id: nodeId('PSH', one.id),
      before: one.before,
      after: one.after,
      ref: one.ref,
      timestamp: one.at,
      activity_type: one.type,
      actor: userOrNull(github, one.actorId),
    })),
    headers: more ? { link: `<${github.urls.api}${request.path}?${next}>; rel="next"` } : {},
  };
}

const read = { permission: 'contents', level: 'read' } as const;

export const branchRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/branches', access: read, handle: listBranches },
  { method: 'GET', path: '/repos/{owner}/{repo}/branches/{branch}', access: read, handle: getBranch },
  { method: 'GET', path: '/repos/{owner}/{repo}/tags', access: read, handle: listTags },
  { method: 'GET', path: '/repos/{owner}/{repo}/activity', access: read, handle: listActivity },
];
