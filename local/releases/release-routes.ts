import { z } from 'zod';
import { can } from '../auth/access.ts';
import { ZERO } from '../git/refs.ts';
import { readBody, readId } from '../http/body.ts';
import { ApiError, invalid, notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { moveRef, requireAccount } from '../repositories/ref-changes.ts';
import type { Release } from './release.ts';
import { releaseView } from './views.ts';

const MAX_BODY = 125_000;

const ReleaseChanges = z.object({
  tag_name: z.string().min(1).optional(),
  target_commitish: z.string().optional(),
  name: z.string().nullish(),
  body: z.string().max(MAX_BODY, `body is too long (maximum is ${MAX_BODY} characters)`).nullish(),
  draft: z.boolean().optional(),
  prerelease: z.boolean().optional(),
  make_latest: z.enum(['true', 'false', 'legacy']).optional(),
});
const ReleaseBody = ReleaseChanges.extend({ tag_name: z.string().min(1) });

/** Makes the tag of a published release where it does not exist yet. @throws ApiError 422 */
async function ensureTag(request: ApiRequest, tagName: string, target: string): Promise<void> {
  const { github, repo } = request;
  const git = github.git(repo);
  const ref = `refs/tags/${tagName}`;
  await git.exclusively(async () => {
    if ((await git.ref(ref)) !== undefined) return;
    const sha = await git.resolveCommit(target, repo.defaultBranch);
    if (sha === undefined) {
      throw new ApiError(422, 'Validation Failed', [
        { resource: 'Release', field: 'target_commitish', code: 'invalid' },
      ]);
    }
    if (!(await moveRef(request, ref, ZERO, sha))) throw invalid('Release', 'tag_name', 'tag_name is not a valid tag');
  });
}

function requireUnused(request: ApiRequest, tagName: string): void {
  const key = { repositoryId: request.repo.id, tagName };
  if (request.github.tables.releases.list(key).some((one) => !one.draft)) {
    throw new ApiError(422, 'Validation Failed', [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }]);
  }
}

async function create(request: ApiRequest): Promise<ApiResponse> {
  const body = readBody(request, ReleaseBody);
  const { github, repo } = request;
  const draft = body.draft ?? false;
  const target = body.target_commitish ?? repo.defaultBranch;
  if (!draft) {
    requireUnused(request, body.tag_name);
    await ensureTag(request, body.tag_name, target);
  }
  const now = github.timestamp();
  const release = github.tables.releases.insert({
    repositoryId: repo.id,
    tagName: body.tag_name,
    targetCommitish: target,
    name: body.name ?? body.tag_name,
    body: body.body ?? null,
    draft,
    prerelease: body.prerelease ?? false,
    authorId: requireAccount(github, request.actor).id,
    createdAt: now,
    publishedAt: draft ? null : now,
    updatedAt: now,
  });
  return { status: 201, body: releaseView(github, repo, release) };
}

/** Drafts are seen by those who may write only. */
function isVisible(request: ApiRequest, release: Release): boolean {
  return !release.draft || can(request.github.tables, request.actor, request.repo, 'contents', 'write');
}

function requireRelease(request: ApiRequest): Release {
  const release = request.github.tables.releases.get(readId(request, 'release_id'));
  if (release === undefined || release.repositoryId !== request.repo.id || !isVisible(request, release))
    throw notFound();
  return release;
}

async function update(request: ApiRequest): Promise<ApiResponse> {
  const release = requireRelease(request);
  const body = readBody(request, ReleaseChanges);
  const { github, repo } = request;
  const draft = body.draft ?? release.draft;
  const tagName = body.tag_name ?? release.tagName;
  const target = body.target_commitish ?? release.targetCommitish;
  const published = release.draft && !draft;
  if (!draft && (published || tagName !== release.tagName)) {
    requireUnused(request, tagName);
    await ensureTag(request, tagName, target);
  }
  const now = github.timestamp();
  const updated = github.tables.releases.update(release.id, {
    tagName,
    targetCommitish: target,
    name: body.name === undefined ? release.name : body.name,
    body: body.body === undefined ? release.body : body.body,
    draft,
    prerelease: body.prerelease ?? release.prerelease,
    publishedAt: published ? now : release.publishedAt,
    updatedAt: now,
  });
  return { status: 200, body: releaseView(github, repo, updated) };
}

function get(request: ApiRequest): ApiResponse {
  return { status: 200, body: releaseView(request.github, request.repo, requireRelease(request)) };
}

function getByTag(request: ApiRequest): ApiResponse {
  const key = { repositoryId: request.repo.id, tagName: request.params['tag'] ?? '' };
  const release = request.github.tables.releases.list(key).find((one) => !one.draft);
  if (release === undefined) throw notFound();
  return { status: 200, body: releaseView(request.github, request.repo, release) };
}

function list(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo } = request;
  const found = github.tables.releases.list({ repositoryId: repo.id }).filter((one) => isVisible(request, one));
  return paginated(request, found.reverse(), (one) => releaseView(github, repo, one));
}

function getLatest(request: ApiRequest): ApiResponse {
  const { github, repo } = request;
  const latest = github.tables.releases
    .list({ repositoryId: repo.id })
    .findLast((one) => !one.draft && !one.prerelease);
  if (latest === undefined) throw notFound();
  return { status: 200, body: releaseView(github, repo, latest) };
}

const read = { permission: 'contents', level: 'read' } as const;
const write = { permission: 'contents', level: 'write' } as const;
const all = '/repos/{owner}/{repo}/releases';
const one = `${all}/{release_id}`;

export const releaseRoutes: readonly Route[] = [
  { method: 'GET', path: all, access: read, handle: list },
  { method: 'POST', path: all, access: write, handle: create },
  { method: 'GET', path: `${all}/latest`, access: read, handle: getLatest },
  { method: 'GET', path: `${all}/tags/{tag}`, access: read, handle: getByTag },
  { method: 'GET', path: one, access: read, handle: get },
  { method: 'PATCH', path: one, access: write, handle: update },
];
