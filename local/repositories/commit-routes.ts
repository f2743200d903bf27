import { type ChangedFile, diffFiles, diffText } from '../git/diff.ts';
import { countCommits, type LogOptions, listCommits, readCommits } from '../git/log.ts';
import type { Commit } from '../git/objects.ts';
import type { LocalGitHub } from '../github.ts';
import { ApiError, notFound } from '../http/errors.ts';
import { readPage } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { commitView } from './commit-views.ts';
import type { Repository } from './repository.ts';
import { repositoryApiUrl, repositoryPageUrl } from './views.ts';

const MAX_COMPARED_FILES = 300;
const MAX_COMPARED_COMMITS = 250;

type Json = Record<string, unknown>;

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** GitHub's `diff-entry`; `commit` is where the file can be read. */
export function fileView(github: LocalGitHub, repository: Repository, commit: string, file: ChangedFile): Json {
  const path = encodePath(file.path);
  const page = repositoryPageUrl(github, repository);
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${commit}/${path}`,
    raw_url: `${page}/raw/${commit}/${path}`,
    contents_url: `${repositoryApiUrl(github, repository)}/contents/${path}?ref=${commit}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

/** @throws ApiError 422, as GitHub answers an unknown commit. */
async function requireCommit(request: ApiRequest, name: string): Promise<Commit> {
  const git = request.github.git(request.repo);
  const sha = await git.resolveCommit(name, request.repo.defaultBranch);
  const commit = sha === undefined ? undefined : await git.commit(sha);
  if (commit === undefined) throw new ApiError(422, `No commit found for SHA: ${name}`);
  return commit;
}

function logOptions(query: URLSearchParams): LogOptions {
  const { page, perPage } = readPage(query);
  const [path, since, until, author] = ['path', 'since', 'until', 'author'].map((name) => query.get(name));
  return {
    limit: perPage + 1,
    skip: (page - 1) * perPage,
    ...(path ? { path } : {}),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
    ...(author ? { author } : {}),
  };
}

async function listRepositoryCommits(request: ApiRequest): Promise<ApiResponse> {
  const git = request.github.git(request.repo);
  const name = request.query.get('sha') ?? request.repo.defaultBranch;
  const sha = await git.resolveCommit(name, request.repo.defaultBranch);
  if (sha === undefined) {
    const empty = (await git.refs('refs/heads/')).length === 0;
    throw empty ? new ApiError(409, 'Git Repository is empty.') : notFound();
  }
  const { page, perPage } = readPage(request.query);
  // One more than a page, to know whether there is a next one without counting the history.
  const shas = await listCommits(git, sha, [], logOptions(request.query));
  const commits = await readCommits(git, shas.slice(0, perPage));
  const next = new URLSearchParams(request.query);
  next.set('page', String(page + 1));
  const link = `<${request.github.urls.api}${request.path}?${next}>; rel="next"`;
  return {
    status: 200,
    body: commits.map((commit) => commitView(request.github, request.repo, commit)),
    headers: shas.length > perPage ? { link } : {},
  };
}

async function getCommit(request: ApiRequest): Promise<ApiResponse> {
  const commit = await requireCommit(request, request.params['ref'] ?? '');
  if (/application\/vnd\.github\.(v3\.)?sha/.test(request.headers.accept ?? '')) {
    return { status: 200, raw: Buffer.from(commit.sha), headers: { 'content-type': 'application/vnd.github.sha' } };
  }
  const files = await diffFiles(request.github.git(request.repo), commit.parents[0], commit.sha);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return {
    status: 200,
    body: {
      ...commitView(request.github, request.repo, commit),
      stats: { total: additions + deletions, additions, deletions },
      files: files.slice(0, MAX_COMPARED_FILES).map((file) => fileView(request.github, request.repo, commit.sha, file)),
    },
  };
}

interface Sides {
  readonly base: Commit;
  readonly head: Commit;
  readonly mergeBase: Commit;
}

async function readSides(request: ApiRequest): Promise<Sides> {
  const match = /^(.+?)\.\.\.(.+)$/.exec(request.params['basehead'] ?? '');
  if (match === null) throw notFound();
  const git = request.github.git(request.repo);
  const read = async (text: string): Promise<Commit> => {
    const name = text.includes(':') ? await commitOfFork(request, text) : text;
    const sha = name === undefined ? undefined : await git.resolveCommit(name, request.repo.defaultBranch);
    const commit = sha === undefined ? undefined : await git.commit(sha);
    if (commit === undefined) throw notFound();
    return commit;
  };
  const [base, head] = [await read(match[1] ?? ''), await read(match[2] ?? '')];
  const mergeBase = await git.mergeBase(base.sha, head.sha);
  if (mergeBase === undefined) throw new ApiError(404, `No common ancestor between ${match[1]} and ${match[2]}.`);
  return { base, head, mergeBase: await requireCommit(request, mergeBase) };
}

/** `owner:branch` of a fork in the same network, whose commit is here because a pull request brought it. */
async function commitOfFork(request: ApiRequest, text: string): Promise<string | undefined> {
  const owner = text.slice(0, text.indexOf(':'));
  const branch = text.slice(text.indexOf(':') + 1);
  const repositories = request.github.tables.repositories.list({ owner });
  const fork = repositories.find((one) => one.id === request.repo.id || one.parentId === request.repo.id);
  return fork === undefined ? undefined : request.github.git(fork).ref(`refs/heads/${branch}`);
}

function comparisonUrls(request: ApiRequest): Json {
  const basehead = encodeURIComponent(request.params['basehead'] ?? '');
  const page = `${repositoryPageUrl(request.github, request.repo)}/compare/${basehead}`;
  return {
    url: `${repositoryApiUrl(request.github, request.repo)}/compare/${basehead}`,
    html_url: page,
    permalink_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
  };
}

async function compare(request: ApiRequest): Promise<ApiResponse> {
  const git = request.github.git(request.repo);
  const { base, head, mergeBase } = await readSides(request);
  if (/application\/vnd\.github\.(v3\.)?diff/.test(request.headers.accept ?? '')) {
    const text = await diffText(git, mergeBase.sha, head.sha);
    return { status: 200, raw: Buffer.from(text), headers: { 'content-type': 'application/vnd.github.diff' } };
  }
  const ahead = await countCommits(git, head.sha, base.sha);
  const behind = await countCommits(git, base.sha, head.sha);
  const { page, perPage } = readPage(request.query, 100);
  const limit = request.query.has('page') || request.query.has('per_page') ? perPage : MAX_COMPARED_COMMITS;
  const shas = (await listCommits(git, head.sha, [base.sha], { reverse: true })).slice(
    (page - 1) * limit,
    page * limit,
  );
  const commits = await readCommits(git, shas);
  // The file list stands on the first page only, and never holds more than 300 files.
  const files = page === 1 ? (await diffFiles(git, mergeBase.sha, head.sha)).slice(0, MAX_COMPARED_FILES) : [];
  const view = (commit: Commit): Json => commitView(request.github, request.repo, commit);
  return {
    status: 200,
    body: {
      ...comparisonUrls(request),
      base_commit: view(base),
      merge_base_commit: view(mergeBase),
      status: ahead > 0 && behind > 0 ? 'diverged' : ahead > 0 ? 'ahead' : behind > 0 ? 'behind' : 'identical',
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: commits.map(view),
      files: files.map((file) => fileView(request.github, request.repo, head.sha, file)),
    },
  };
}

const read = { permission: 'contents', level: 'read' } as const;

export const commitRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/commits', access: read, handle: listRepositoryCommits },
  { method: 'GET', path: '/repos/{owner}/{repo}/commits/{ref}', access: read, handle: getCommit },
  { method: 'GET', path: '/repos/{owner}/{repo}/compare/{basehead}', access: read, handle: compare },
];
