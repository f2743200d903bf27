import { z } from 'zod';
import { accountEmail } from '../accounts/identity.ts';
import { nodeId } from '../accounts/views.ts';
import { accountOf } from '../auth/actor.ts';
import { readBody } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { gitCommitView } from '../repositories/commit-views.ts';
import { repositoryApiUrl } from '../repositories/views.ts';
import { formatSignature, parseCommit, type Signature, type Tag } from './objects.ts';
import { GitError } from './process.ts';

const MAX_BLOB_BYTES = 100_000_000;

const Person = z.object({
  name: z.string().min(1),
  email: z.string().min(1),
  date: z.iso.datetime({ offset: true }).optional(),
});
const NewBlob = z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') });
const NewCommit = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: Person.optional(),
  committer: Person.partial().optional(),
  signature: z.string().optional(),
});
const NewTag = z.object({
  tag: z.string().min(1),
  message: z.string(),
  object: z.string(),
  type: z.enum(['commit', 'tree', 'blob']),
  tagger: Person.optional(),
});

async function createBlob(request: ApiRequest): Promise<ApiResponse> {
  const { content, encoding } = readBody(request, NewBlob);
  const bytes = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
  if (bytes.length > MAX_BLOB_BYTES) throw new ApiError(422, 'The blob is larger than 100 MB.');
  const sha = await request.github.git(request.repo).write('blob', bytes);
  return { status: 201, body: { sha, url: `${repositoryApiUrl(request.github, request.repo)}/git/blobs/${sha}` } };
}

async function getBlob(request: ApiRequest): Promise<ApiResponse> {
  const blob = await request.github.git(request.repo).object(request.params['file_sha'] ?? '');
  if (blob?.type !== 'blob') throw notFound();
  if (blob.size > MAX_BLOB_BYTES) throw new ApiError(403, 'This API returns blobs up to 100 MB in size.');
  if (/application\/vnd\.github\.(v3\.)?raw/.test(request.headers.accept ?? '')) {
    return { status: 200, raw: blob.content, headers: { 'content-type': 'application/vnd.github.raw' } };
  }
  return {
    status: 200,
    body: {
      sha: blob.sha,
      node_id: nodeId('B', blob.sha),
      size: blob.size,
      url: `${repositoryApiUrl(request.github, request.repo)}/git/blobs/${blob.sha}`,
      content: wrapBase64(blob.content),
      encoding: 'base64',
    },
  };
}

/** Base64 in lines of 60 characters, each ended by a newline, as GitHub writes it. */
export const wrapBase64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll(/(.{1,60})/g, '$1\n');

/** The person of a commit or tag: what the request says, else who makes the request, now. */
function signatureOf(request: ApiRequest, person: Partial<Signature> | undefined): Signature {
  const account = accountOf(request.github.tables, request.actor);
  return {
    name: person?.name ?? account?.name ?? account?.login ?? '',
    email: person?.email ?? (account === undefined ? '' : accountEmail(account)),
    date: person?.date ?? request.github.timestamp(),
  };
}

async function requireObject(request: ApiRequest, sha: string, type: string, what: string): Promise<void> {
  const info = /^[0-9a-f]{40}$/.test(sha) ? await request.github.git(request.repo).info(sha) : undefined;
  if (info?.type !== type) throw new ApiError(422, `${what} does not exist or is not a ${type}: ${sha}`);
}

async function createCommit(request: ApiRequest): Promise<ApiResponse> {
  const body = readBody(request, NewCommit);
  await requireObject(request, body.tree, 'tree', 'Tree SHA');
  for (const parent of body.parents) await requireObject(request, parent, 'commit', 'Parent SHA');
  const author = signatureOf(request, defined(body.author));
  const committer = body.committer === undefined ? author : { ...author, ...defined(body.committer) };
  const signed = body.signature === undefined ? [] : [`gpgsig ${body.signature.trimEnd().replaceAll('\n', '\n ')}`];
  const content = [
    `tree ${body.tree}`,
    ...body.parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(author)}`,
    `committer ${formatSignature(committer)}`,
    ...signed,
    '',
    body.message,
  ].join('\n');
  const sha = await request.github.git(request.repo).write('commit', content);
  return { status: 201, body: gitCommitView(request.github, request.repo, parseCommit(sha, Buffer.from(content))) };
}

/** The given fields that have a value. */
function defined(person: { [K in keyof Signature]?: string | undefined } | undefined): Partial<Signature> {
  const present = Object.entries(person ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present);
}

async function getCommit(request: ApiRequest): Promise<ApiResponse> {
  const commit = await request.github.git(request.repo).commit(request.params['commit_sha'] ?? '');
  if (commit === undefined) throw notFound();
  return { status: 200, body: gitCommitView(request.github, request.repo, commit) };
}

function tagView(request: ApiRequest, tag: Tag): unknown {
  const url = `${repositoryApiUrl(request.github, request.repo)}/git`;
  return {
    node_id: nodeId('TAG', tag.sha),
    tag: tag.tag,
    sha: tag.sha,
    url: `${url}/tags/${tag.sha}`,
    message: tag.message,
    tagger: tag.tagger,
    object: { sha: tag.object, type: tag.type, url: `${url}/${tag.type}s/${tag.object}` },
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
}

async function createTag(request: ApiRequest): Promise<ApiResponse> {
  const body = readBody(request, NewTag);
  await requireObject(request, body.object, body.type, 'Object');
  const content = [
    `object ${body.object}`,
    `type ${body.type}`,
    `tag ${body.tag}`,
    `tagger ${formatSignature(signatureOf(request, defined(body.tagger)))}`,
    '',
    body.message.endsWith('\n') ? body.message : `${body.message}\n`,
  ].join('\n');
  const git = request.github.git(request.repo);
  try {
    const tag = await git.tag(await git.write('tag', content));
    if (tag === undefined) throw new Error('a tag that was just written is missing');
    return { status: 201, body: tagView(request, tag) };
  } catch (error) {
    if (error instanceof GitError) throw new ApiError(422, `"${body.tag}" is not a valid tag name.`);
    throw error;
  }
}

async function getTag(request: ApiRequest): Promise<ApiResponse> {
  const tag = await request.github.git(request.repo).tag(request.params['tag_sha'] ?? '');
  if (tag === undefined) throw notFound();
  return { status: 200, body: tagView(request, tag) };
}

const read = { permission: 'contents', level: 'read' } as const;
const write = { permission: 'contents', level: 'write' } as const;

export const objectRoutes: readonly Route[] = [
  { method: 'POST', path: '/repos/{owner}/{repo}/git/blobs', access: write, handle: createBlob },
  { method: 'GET', path: '/repos/{owner}/{repo}/git/blobs/{file_sha}', access: read, handle: getBlob },
  { method: 'POST', path: '/repos/{owner}/{repo}/git/commits', access: write, handle: createCommit },
  { method: 'GET', path: '/repos/{owner}/{repo}/git/commits/{commit_sha}', access: read, handle: getCommit },
  { method: 'POST', path: '/repos/{owner}/{repo}/git/tags', access: write, handle: createTag },
  { method: 'GET', path: '/repos/{owner}/{repo}/git/tags/{tag_sha}', access: read, handle: getTag },
];
