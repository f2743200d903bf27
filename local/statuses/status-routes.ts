import { z } from 'zod';
import { nodeId, userOrNull } from '../accounts/views.ts';
import type { LocalGitHub } from '../github.ts';
import { readBody } from '../http/body.ts';
import { ApiError } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { commitView } from '../repositories/commit-views.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import type { Repository } from '../repositories/repository.ts';
import { fullName, repositoryApiUrl, repositoryView } from '../repositories/views.ts';
import { type CommitStatus, latestStatuses } from './status.ts';

/** GitHub takes no more statuses for one commit and context. */
const MAX_STATUSES = 1_000;

const StatusBody = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  target_url: z.url().nullish(),
  description: z.string().max(140).nullish(),
  context: z.string().min(1).default('default'),
});

function statusView(github: LocalGitHub, repository: Repository, status: CommitStatus): Record<string, unknown> {
  return {
    url: `${repositoryApiUrl(github, repository)}/statuses/${status.sha}`,
    avatar_url: `${github.urls.server}/avatars/${status.creatorId}`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: userOrNull(github, status.creatorId),
  };
}

async function emitStatus(request: ApiRequest, status: CommitStatus): Promise<void> {
  const { github, repo } = request;
  const commit = await github.git(repo).commit(status.sha);
  if (commit === undefined) return;
  const branches = await github.git(repo).refs('refs/heads/');
  github.emit({
    event: 'status',
    repository: repo,
    sender: requireAccount(github, request.actor),
    byJob: request.actor.kind === 'job',
    payload: {
      id: status.id,
      sha: status.sha,
      name: fullName(repo),
      target_url: status.targetUrl,
      avatar_url: `${github.urls.server}/avatars/${status.creatorId}`,
      context: status.context,
      description: status.description,
      state: status.state,
      commit: commitView(github, repo, commit),
      branches: branches
        .filter((branch) => branch.sha === status.sha)
        .map(({ ref, sha }) => ({
          name: ref.slice('refs/heads/'.length),
          commit: { sha, url: `${repositoryApiUrl(github, repo)}/commits/${sha}` },
          protected: false,
        })),
      created_at: status.createdAt,
      updated_at: status.createdAt,
    },
  });
}

async function create(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo } = request;
  const body = readBody(request, StatusBody);
  const sha = request.params['sha'] ?? '';
  const info = /^[0-9a-f]{40}$/.test(sha) ? await github.git(repo).info(sha) : undefined;
  if (info?.type !== 'commit') throw new ApiError(422, `No commit found for SHA: ${sha}`);
  const { statuses } = github.tables;
  if (statuses.count({ repositoryId: repo.id, sha, context: body.context }) >= MAX_STATUSES) {
    throw new ApiError(422, 'This SHA and context has reached the maximum number of statuses.');
  }
  const status = statuses.insert({
    repositoryId: repo.id,
    sha,
    state: body.state,
    context: body.context,
    description: body.description ?? null,
    targetUrl: body.target_url ?? null,
    creatorId: requireAccount(github, request.actor).id,
    createdAt: github.timestamp(),
  });
  await emitStatus(request, status);
  return { status: 201, body: statusView(github, repo, status) };
}

async function statusesAt(request: ApiRequest): Promise<{ sha: string; statuses: CommitStatus[] }> {
  const { github, repo } = request;
  const sha = await github.git(repo).resolveCommit(request.params['ref'] ?? '', repo.defaultBranch);
  if (sha === undefined) throw new ApiError(404, 'Not Found');
  return { sha, statuses: github.tables.statuses.list({ repositoryId: repo.id, sha }) };
}

async function list(request: ApiRequest): Promise<ApiResponse> {
  const { statuses } = await statusesAt(request);
  return paginated(request, statuses.reverse(), (status) => statusView(request.github, request.repo, status));
}

function combinedState(statuses: readonly CommitStatus[]): string {
  if (statuses.some((status) => status.state === 'error' || status.state === 'failure')) return 'failure';
  return statuses.length > 0 && statuses.every((status) => status.state === 'success') ? 'success' : 'pending';
}

async function getCombined(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo } = request;
  const { sha, statuses } = await statusesAt(request);
  const latest = latestStatuses(statuses);
  const api = repositoryApiUrl(github, repo);
  return {
    status: 200,
    body: {
      state: combinedState(latest),
      statuses: latest.map((status) => statusView(github, repo, status)),
      sha,
      total_count: latest.length,
      repository: repositoryView(github, repo),
      commit_url: `${api}/commits/${sha}`,
      url: `${api}/commits/${sha}/status`,
    },
  };
}

const read = { permission: 'statuses', level: 'read' } as const;

export const statusRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/statuses/{sha}',
    access: { permission: 'statuses', level: 'write' },
    handle: create,
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/commits/{ref}/statuses', access: read, handle: list },
  { method: 'GET', path: '/repos/{owner}/{repo}/commits/{ref}/status', access: read, handle: getCombined },
];
