import { z } from 'zod';
import { readBody } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { repositoryApiUrl } from '../repositories/views.ts';
import { GitError } from './process.ts';
import { applyChanges, type TreeChange, type TreeItem, walkTree } from './trees.ts';

const MAX_ENTRIES = 100_000;

const NewTree = z.object({
  base_tree: z.string().optional(),
  tree: z
    .array(
      z.object({
        path: z.string().min(1),
        mode: z.enum(['100644', '100755', '040000', '160000', '120000']),
        type: z.enum(['blob', 'tree', 'commit']).optional(),
        sha: z.string().nullable().optional(),
        content: z.string().optional(),
      }),
    )
    .min(1),
});
type NewEntry = z.infer<typeof NewTree>['tree'][number];

async function itemView(request: ApiRequest, item: TreeItem): Promise<unknown> {
  const { entry, path } = item;
  const info = entry.type === 'blob' ? await request.github.git(request.repo).info(entry.sha) : undefined;
  const url = `${repositoryApiUrl(request.github, request.repo)}/git`;
  return {
    path,
    mode: entry.mode,
    type: entry.type,
    sha: entry.sha,
    ...(info === undefined ? {} : { size: info.size }),
    ...(entry.type === 'commit' ? {} : { url: `${url}/${entry.type}s/${entry.sha}` }),
  };
}

async function treeView(
  request: ApiRequest,
  sha: string,
  items: readonly TreeItem[],
  truncated: boolean,
): Promise<unknown> {
  return {
    sha,
    url: `${repositoryApiUrl(request.github, request.repo)}/git/trees/${sha}`,
    tree: await Promise.all(items.map((item) => itemView(request, item))),
    truncated,
  };
}

/** The tree that an id, branch or tag names, as the endpoint accepts all of them. */
async function resolveTree(request: ApiRequest, name: string): Promise<string | undefined> {
  const git = request.github.git(request.repo);
  const info = await git.info(name);
  if (info?.type === 'tree') return info.sha;
  const commit = await git.resolveCommit(name, request.repo.defaultBranch);
  return commit === undefined ? undefined : (await git.commit(commit))?.tree;
}

async function getTree(request: ApiRequest): Promise<ApiResponse> {
  const git = request.github.git(request.repo);
  const sha = await resolveTree(request, request.params['tree_sha'] ?? '');
  if (sha === undefined) throw notFound();
  if (request.query.has('recursive')) {
    const { items, truncated } = await walkTree(git, sha, MAX_ENTRIES);
    return { status: 200, body: await treeView(request, sha, items, truncated) };
  }
  const entries = (await git.tree(sha)) ?? [];
  const items = entries.slice(0, MAX_ENTRIES).map((entry) => ({ path: entry.name, entry }));
  return { status: 200, body: await treeView(request, sha, items, entries.length > MAX_ENTRIES) };
}

const TYPE_OF_MODE = {
  '100644': 'blob',
  '100755': 'blob',
  '120000': 'blob',
  '040000': 'tree',
  '160000': 'commit',
} as const;

async function toChange(request: ApiRequest, entry: NewEntry): Promise<TreeChange> {
  const parts = entry.path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')) {
    throw new ApiError(422, `tree.path contains a malformed path component: ${entry.path}`);
  }
  const type = TYPE_OF_MODE[entry.mode];
  if (entry.content !== undefined) {
    const sha = await request.github.git(request.repo).write('blob', entry.content);
    return { path: entry.path, mode: entry.mode, type, sha };
  }
  if (entry.sha === undefined) throw new ApiError(422, 'Must supply either tree.sha or tree.content.');
  if (entry.sha !== null && !/^[0-9a-f]{40}$/.test(entry.sha)) {
    throw new ApiError(422, 'The tree parameter contains an invalid object id.');
  }
  return { path: entry.path, mode: entry.mode, type, sha: entry.sha };
}

async function createTree(request: ApiRequest): Promise<ApiResponse> {
  const body = readBody(request, NewTree);
  const git = request.github.git(request.repo);
  const base = body.base_tree === undefined ? undefined : await resolveTree(request, body.base_tree);
  if (body.base_tree !== undefined && base === undefined) throw new ApiError(422, 'base_tree is not a valid tree oid');
  const changes: TreeChange[] = [];
  for (const entry of body.tree) changes.push(await toChange(request, entry));
  try {
    const sha = await applyChanges(git, base, changes);
    const entries = (await git.tree(sha)) ?? [];
    const items = entries.map((entry) => ({ path: entry.name, entry }));
    return { status: 201, body: await treeView(request, sha, items, false) };
  } catch (error) {
    if (error instanceof GitError) throw new ApiError(422, 'tree.sha is not a valid object of that type');
    throw error;
  }
}

export const treeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/trees/{tree_sha}',
    access: { permission: 'contents', level: 'read' },
    handle: getTree,
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/git/trees',
    access: { permission: 'contents', level: 'write' },
    handle: createTree,
  },
];
