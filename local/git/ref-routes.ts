import { z } from 'zod';
import { nodeId } from '../accounts/views.ts';
import { appOf } from '../auth/actor.ts';
import { readBody } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { moveRef } from '../repositories/ref-changes.ts';
import { repositoryApiUrl } from '../repositories/views.ts';
import { isRefName, ZERO } from './refs.ts';
import type { Ref } from './repository.ts';

const NewRef = z.object({ ref: z.string(), sha: z.string() });
const MovedRef = z.object({ sha: z.string(), force: z.boolean().default(false) });

function refView(request: ApiRequest, ref: Ref): unknown {
  const url = repositoryApiUrl(request.github, request.repo);
  return {
    ref: ref.ref,
    node_id: nodeId('REF', `${request.repo.id}:${ref.ref}`),
    url: `${url}/git/${encodeURI(ref.ref).replaceAll('#', '%23')}`,
    object: { sha: ref.sha, type: ref.type, url: `${url}/git/${ref.type}s/${ref.sha}` },
  };
}

async function findRef(request: ApiRequest): Promise<Ref | undefined> {
  const git = request.github.git(request.repo);
  const ref = `refs/${request.params['ref'] ?? ''}`;
  const sha = await git.ref(ref);
  const info = sha === undefined ? undefined : await git.info(sha);
  return info === undefined ? undefined : { ref, sha: info.sha, type: info.type };
}

async function getRef(request: ApiRequest): Promise<ApiResponse> {
  const ref = await findRef(request);
  if (ref === undefined) throw notFound();
  return { status: 200, body: refView(request, ref) };
}

async function listMatchingRefs(request: ApiRequest): Promise<ApiResponse> {
  const refs = await request.github.git(request.repo).refs(`refs/${request.params['ref'] ?? ''}`);
  return { status: 200, body: refs.map((ref) => refView(request, ref)) };
}

/** @throws ApiError 422 if the caller may not move this ref. */
function requireMovable(request: ApiRequest, ref: string): void {
  if (ref.startsWith('refs/pull/')) throw new ApiError(422, `${ref} is a read-only reference.`);
  if (!ref.startsWith('refs/heads/')) return;
  const branch = ref.slice('refs/heads/'.length);
  const protection = request.github.tables.protectedBranches.find({ repositoryId: request.repo.id, branch });
  const app = appOf(request.actor);
  if (protection !== undefined && !protection.appIds.some((id) => id === app?.id)) {
    throw new ApiError(422, "You're not authorized to push to this branch.");
  }
}

async function requireTarget(request: ApiRequest, ref: string, sha: string): Promise<Ref> {
  const info = /^[0-9a-f]{40}$/.test(sha) ? await request.github.git(request.repo).info(sha) : undefined;
  if (info === undefined) throw new ApiError(422, 'Object does not exist');
  if (ref.startsWith('refs/heads/') && info.type !== 'commit') throw new ApiError(422, 'Object is not a commit');
  return { ref, sha: info.sha, type: info.type };
}

async function createRef(request: ApiRequest): Promise<ApiResponse> {
  const { ref, sha } = readBody(request, NewRef);
  if (!isRefName(ref)) {
    throw new ApiError(422, `Reference name must start with 'refs/' and contain at least two slashes, found "${ref}".`);
  }
  requireMovable(request, ref);
  return request.github.git(request.repo).exclusively(async () => {
    const target = await requireTarget(request, ref, sha);
    if ((await request.github.git(request.repo).ref(ref)) !== undefined) {
      throw new ApiError(422, 'Reference already exists');
    }
    if (!(await moveRef(request, ref, ZERO, sha))) throw new ApiError(422, 'Reference update failed');
    return { status: 201, body: refView(request, target) };
  });
}

async function updateRef(request: ApiRequest): Promise<ApiResponse> {
  const { sha, force } = readBody(request, MovedRef);
  const ref = `refs/${request.params['ref'] ?? ''}`;
  const git = request.github.git(request.repo);
  requireMovable(request, ref);
  return git.exclusively(async () => {
    const before = await git.ref(ref);
    if (before === undefined) throw new ApiError(422, 'Reference does not exist');
    const target = await requireTarget(request, ref, sha);
    if (!force && before !== sha) {
      const from = await git.peel(before);
      const forward = from !== undefined && target.type === 'commit' && (await git.isAncestor(from, sha));
      if (!forward) throw new ApiError(422, 'Update is not a fast forward');
    }
    if (before !== sha && !(await moveRef(request, ref, before, sha)))
      throw new ApiError(422, 'Reference update failed');
    return { status: 200, body: refView(request, target) };
  });
}

async function deleteRef(request: ApiRequest): Promise<ApiResponse> {
  const ref = `refs/${request.params['ref'] ?? ''}`;
  const git = request.github.git(request.repo);
  requireMovable(request, ref);
  if (ref === `refs/heads/${request.repo.defaultBranch}`) {
    throw new ApiError(422, 'Cannot delete the default branch');
  }
  return git.exclusively(async () => {
    const before = await git.ref(ref);
    if (before === undefined || !(await moveRef(request, ref, before, ZERO))) {
      throw new ApiError(422, 'Reference does not exist');
    }
    return { status: 204 };
  });
}

const read = { permission: 'contents', level: 'read' } as const;
const write = { permission: 'contents', level: 'write' } as const;

export const refRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/git/ref/{ref}', access: read, handle: getRef },
  { method: 'GET', path: '/repos/{owner}/{repo}/git/matching-refs/{ref}', access: read, handle: listMatchingRefs },
  { method: 'POST', path: '/repos/{owner}/{repo}/git/refs', access: write, handle: createRef },
  { method: 'PATCH', path: '/repos/{owner}/{repo}/git/refs/{ref}', access: write, handle: updateRef },
  { method: 'DELETE', path: '/repos/{owner}/{repo}/git/refs/{ref}', access: write, handle: deleteRef },
];
