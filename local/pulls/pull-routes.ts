import { z } from 'zod';
import { appOf } from '../auth/actor.ts';
import { diffFiles, diffText } from '../git/diff.ts';
import { listCommits, readCommits } from '../git/log.ts';
import { readBody, readId } from '../http/body.ts';
import { notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { fileView } from '../repositories/commit-routes.ts';
import { commitView } from '../repositories/commit-views.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import { isAssociated } from './associated.ts';
import { mergePull } from './merge.ts';
import { openPull } from './open.ts';
import type { Pull } from './pull.ts';
import { updatePull } from './update.ts';
import { type PullContext, pullContext, pullSimpleView, pullView } from './views.ts';

const MAX_FILES = 3_000;
const MAX_COMMITS = 250;

const NewPullBody = z.object({
  title: z.string(),
  head: z.string(),
  head_repo: z.string().optional(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().default(false),
  maintainer_can_modify: z.boolean().default(true),
});
const PullChanges = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
  maintainer_can_modify: z.boolean().optional(),
});
const MergeBody = z.object({
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
});

/** The caller as the one who acts on a pull request. */
const actorOf = (request: ApiRequest) => ({
  account: requireAccount(request.github, request.actor),
  byJob: request.actor.kind === 'job',
});

/** The pull request that the path names. @throws ApiError 404 */
export function requirePull(request: ApiRequest): PullContext {
  const number = readId(request, 'pull_number');
  const pull = request.github.tables.pulls.find({ repositoryId: request.repo.id, number });
  if (pull === undefined) throw notFound();
  return pullContext(request.github, pull);
}

async function create(request: ApiRequest): Promise<ApiResponse> {
  const body = readBody(request, NewPullBody);
  const { github, repo } = request;
  const pull = await github.git(repo).exclusively(() =>
    openPull(
      github,
      repo,
      {
        title: body.title,
        body: body.body ?? null,
        head: body.head,
        headRepo: body.head_repo,
        base: body.base,
        draft: body.draft,
        maintainerCanModify: body.maintainer_can_modify,
      },
      actorOf(request),
    ),
  );
  return { status: 201, body: pullView(github, pullContext(github, pull)) };
}

async function get(request: ApiRequest): Promise<ApiResponse> {
  const context = requirePull(request);
  if (/application\/vnd\.github\.(v3\.)?diff/.test(request.headers.accept ?? '')) {
    const git = request.github.git(request.repo);
    const base = await mergeBaseOf(request, context.pull);
    const text = await diffText(git, base, context.pull.headSha);
    return { status: 200, raw: Buffer.from(text), headers: { 'content-type': 'application/vnd.github.diff' } };
  }
  return { status: 200, body: pullView(request.github, context) };
}

function matches(query: URLSearchParams, { pull, issue, headRepository }: PullContext): boolean {
  const state = query.get('state') ?? 'open';
  const [base, head] = [query.get('base'), query.get('head')];
  if (state !== 'all' && issue.state !== state) return false;
  if (base !== null && pull.baseRef !== base) return false;
  return head === null || head === '' || head === `${headRepository?.owner}:${pull.headRef}`;
}

function list(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo, query } = request;
  const contexts = github.tables.pulls.list({ repositoryId: repo.id }).map((pull) => pullContext(github, pull));
  const found = contexts.filter((context) => matches(query, context));
  if (query.get('sort') === 'updated') found.sort((a, b) => a.issue.updatedAt.localeCompare(b.issue.updatedAt));
  const ascending = (query.get('direction') ?? 'desc') === 'asc';
  return paginated(request, ascending ? found : found.reverse(), (context) => pullSimpleView(github, context));
}

async function update(request: ApiRequest): Promise<ApiResponse> {
  const context = requirePull(request);
  const body = readBody(request, PullChanges);
  const { github, repo } = request;
  const changes = { ...body, maintainerCanModify: body.maintainer_can_modify };
  const pull = await github.git(repo).exclusively(() => updatePull(request, context, changes));
  return { status: 200, body: pullView(github, pullContext(github, pull)) };
}

/** Where the head branched off: for a merged pull request, from the base as it was then. */
async function mergeBaseOf(request: ApiRequest, pull: Pull): Promise<string> {
  const git = request.github.git(request.repo);
  const tip = pull.mergedAt === null ? await git.ref(`refs/heads/${pull.baseRef}`) : undefined;
  return (await git.mergeBase(tip ?? pull.baseSha, pull.headSha)) ?? pull.baseSha;
}

async function listFiles(request: ApiRequest): Promise<ApiResponse> {
  const { pull } = requirePull(request);
  const base = await mergeBaseOf(request, pull);
  const files = await diffFiles(request.github.git(request.repo), base, pull.headSha);
  return paginated(request, files.slice(0, MAX_FILES), (file) =>
    fileView(request.github, request.repo, pull.headSha, file),
  );
}

async function listPullCommits(request: ApiRequest): Promise<ApiResponse> {
  const { pull } = requirePull(request);
  const git = request.github.git(request.repo);
  const base = await mergeBaseOf(request, pull);
  const shas = await listCommits(git, pull.headSha, [base], { reverse: true });
  const commits = await readCommits(git, shas.slice(0, MAX_COMMITS));
  return paginated(request, commits, (commit) => commitView(request.github, request.repo, commit));
}

async function merge(request: ApiRequest): Promise<ApiResponse> {
  const { number } = requirePull(request).pull;
  const body = readBody(request, MergeBody);
  const { github, repo } = request;
  const wanted = { method: body.merge_method, sha: body.sha, title: body.commit_title, message: body.commit_message };
  const sha = await github.git(repo).exclusively(() => {
    // Read again: it may have moved while this request waited for the lock.
    const pull = github.tables.pulls.find({ repositoryId: repo.id, number });
    if (pull === undefined) throw notFound();
    const by = { ...actorOf(request), appId: appOf(request.actor)?.id };
    return mergePull(github, pullContext(github, pull), wanted, by);
  });
  return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
}

function isMerged(request: ApiRequest): ApiResponse {
  if (requirePull(request).pull.mergedAt === null) throw notFound();
  return { status: 204 };
}

async function listOfCommit(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo } = request;
  const sha = await github.git(repo).resolveCommit(request.params['commit_sha'] ?? '', repo.defaultBranch);
  if (sha === undefined) throw notFound();
  const found: PullContext[] = [];
  for (const pull of github.tables.pulls.list({ repositoryId: repo.id })) {
    if (await isAssociated(github.git(repo), pull, sha)) found.push(pullContext(github, pull));
  }
  return paginated(request, found, (context) => pullSimpleView(github, context));
}

const read = { permission: 'pull_requests', level: 'read' } as const;
const write = { permission: 'pull_requests', level: 'write' } as const;
const one = '/repos/{owner}/{repo}/pulls/{pull_number}';

export const pullRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/pulls', access: read, handle: list },
  { method: 'POST', path: '/repos/{owner}/{repo}/pulls', access: write, handle: create },
  { method: 'GET', path: one, access: read, handle: get },
  { method: 'PATCH', path: one, access: write, handle: update },
  { method: 'GET', path: `${one}/files`, access: read, handle: listFiles },
  { method: 'GET', path: `${one}/commits`, access: read, handle: listPullCommits },
  { method: 'GET', path: `${one}/merge`, access: read, handle: isMerged },
  { method: 'PUT', path: `${one}/merge`, access: { permission: 'contents', level: 'write' }, handle: merge },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    access: { permission: ['pull_requests', 'contents'], level: 'read' },
    handle: listOfCommit,
  },
];
