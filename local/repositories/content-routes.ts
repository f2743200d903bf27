import { wrapBase64 } from '../git/object-routes.ts';
import type { TreeEntry } from '../git/objects.ts';
import { entryAt } from '../git/trees.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { repositoryApiUrl, repositoryPageUrl } from './views.ts';

/** Larger files have empty content in JSON; up to `MAX_RAW_BYTES` they are served raw. */
const MAX_JSON_BYTES = 1_000_000;
const MAX_RAW_BYTES = 100_000_000;
const MAX_DIRECTORY_ENTRIES = 1_000;

type Json = Record<string, unknown>;

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

function typeOf(entry: TreeEntry): 'dir' | 'file' | 'submodule' | 'symlink' {
  if (entry.type === 'tree') return 'dir';
  if (entry.type === 'commit') return 'submodule';
  return entry.mode === '120000' ? 'symlink' : 'file';
}

function entryView(request: ApiRequest, ref: string, path: string, entry: TreeEntry, size: number): Json {
  const api = repositoryApiUrl(request.github, request.repo);
  const page = repositoryPageUrl(request.github, request.repo);
  const place = `${encodeURIComponent(ref)}/${encodePath(path)}`;
  const url = `${api}/contents/${encodePath(path)}?ref=${encodeURIComponent(ref)}`;
  const git = `${api}/git/${entry.type === 'tree' ? 'trees' : 'blobs'}/${entry.sha}`;
  const html = `${page}/${entry.type === 'tree' ? 'tree' : 'blob'}/${place}`;
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha: entry.sha,
    size,
    url,
    html_url: html,
    git_url: git,
    download_url: entry.type === 'blob' ? `${page}/raw/${place}` : null,
    type: typeOf(entry),
    _links: { self: url, git, html },
  };
}

async function directory(request: ApiRequest, ref: string, path: string, tree: string): Promise<ApiResponse> {
  const git = request.github.git(request.repo);
  const entries = ((await git.tree(tree)) ?? []).slice(0, MAX_DIRECTORY_ENTRIES);
  const views = entries.map(async (entry) => {
    const size = entry.type === 'blob' ? ((await git.info(entry.sha))?.size ?? 0) : 0;
    return entryView(request, ref, path === '' ? entry.name : `${path}/${entry.name}`, entry, size);
  });
  return { status: 200, body: await Promise.all(views) };
}

async function file(request: ApiRequest, ref: string, path: string, entry: TreeEntry): Promise<ApiResponse> {
  const git = request.github.git(request.repo);
  const size = (await git.info(entry.sha))?.size ?? 0;
  if (size > MAX_RAW_BYTES) {
    throw new ApiError(403, 'This API returns blobs up to 100 MB in size.', [
      { resource: 'Blob', field: 'data', code: 'custom', message: 'too_large' },
    ]);
  }
  const view = entryView(request, ref, path, entry, size);
  const wantsRaw = /application\/vnd\.github\.(v3\.)?raw/.test(request.headers.accept ?? '');
  const bytes = wantsRaw || size <= MAX_JSON_BYTES ? (await git.object(entry.sha))?.content : undefined;
  if (wantsRaw && bytes !== undefined) {
    return { status: 200, raw: bytes, headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' } };
  }
  if (typeOf(entry) === 'symlink') {
    return { status: 200, body: { ...view, target: bytes?.toString('utf8') ?? '' } };
  }
  if (bytes === undefined) return { status: 200, body: { ...view, content: '', encoding: 'none' } };
  return { status: 200, body: { ...view, content: wrapBase64(bytes), encoding: 'base64' } };
}

async function getContent(request: ApiRequest): Promise<ApiResponse> {
  const git = request.github.git(request.repo);
  const ref = request.query.get('ref') ?? request.repo.defaultBranch;
  const commit = await git.resolveCommit(ref, request.repo.defaultBranch);
  if (commit === undefined) throw new ApiError(404, `No commit found for the ref ${ref}`);
  const path = (request.params['path'] ?? '').replaceAll(/^\/+|\/+$/g, '');
  if (path === '') return directory(request, ref, '', commit);
  const entry = await entryAt(git, commit, path);
  if (entry === undefined) throw notFound();
  if (entry.type === 'tree') return directory(request, ref, path, entry.sha);
  if (entry.type === 'commit') {
    const view = entryView(request, ref, path, entry, 0);
    return { status: 200, body: { ...view, submodule_git_url: `${request.github.urls.server}/` } };
  }
  return file(request, ref, path, entry);
}

export const contentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/contents/{path}',
    access: { permission: 'contents', level: 'read' },
    handle: getContent,
  },
];
