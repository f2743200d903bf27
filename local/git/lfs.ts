import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { can, canSee } from '../auth/access.ts';
import { authenticate } from '../auth/authenticate.ts';
import type { LocalGitHub } from '../github.ts';
import { ApiError } from '../http/errors.ts';
import type { Repository } from '../repositories/repository.ts';

/**
 * Git LFS as GitHub has it: the batch API with basic transfers (https://github.com/git-lfs/git-lfs/tree/main/docs/api),
 * whose addresses of objects are signed and need no token. Held in memory: the repositories of one machine are small.
 */
const MEDIA_TYPE = 'application/vnd.git-lfs+json';
const BATCH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/info\/lfs\/objects\/batch$/;
const OBJECT = /^\/_lfs\/(\d+)\/([0-9a-f]{64})$/;
/** In milliseconds. */
const LIFE = 3_600_000;

const Batch = z.looseObject({
  operation: z.enum(['download', 'upload']),
  transfers: z.array(z.string()).default(['basic']),
  hash_algo: z.literal('sha256').default('sha256'),
  objects: z.array(z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) })).max(100),
});
type Batch = z.infer<typeof Batch>;

const key = randomBytes(32);

/** Answers requests of Git LFS. @returns false if it is none */
export async function handleLfs(
  message: IncomingMessage,
  response: ServerResponse,
  github: LocalGitHub,
): Promise<boolean> {
  const url = new URL(message.url ?? '/', github.urls.api);
  const batch = BATCH.exec(url.pathname);
  const object = OBJECT.exec(url.pathname);
  if (batch === null && object === null) return false;
  try {
    if (object !== null)
      await transfer(message, response, github, { id: Number(object[1]), oid: object[2] ?? '', url });
    else await answerBatch(message, response, github, { owner: batch?.[1] ?? '', name: batch?.[2] ?? '' });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const challenge = error.status === 401 ? { 'lfs-authenticate': 'Basic realm="GitHub"' } : {};
    response.writeHead(error.status, { 'content-type': MEDIA_TYPE, ...challenge });
    response.end(JSON.stringify({ message: error.message }));
  }
  return true;
}

async function answerBatch(
  message: IncomingMessage,
  response: ServerResponse,
  github: LocalGitHub,
  at: { readonly owner: string; readonly name: string },
): Promise<void> {
  const { headers } = message;
  const actor = authenticate(github.tables, headers.authorization, github.now());
  const repository = github.tables.repositories.find(at);
  if (repository === undefined || !canSee(github.tables, actor, repository))
    throw actor.kind === 'anonymous' ? new ApiError(401, 'Credentials needed') : new ApiError(404, 'Not Found');
  if (headers.accept?.startsWith(MEDIA_TYPE) !== true) throw new ApiError(406, `expected accept: ${MEDIA_TYPE}`);
  const parsed = Batch.safeParse(JSON.parse((await bytesOf(message)).toString()));
  if (!parsed.success) throw new ApiError(422, z.prettifyError(parsed.error));
  const { operation, objects } = parsed.data;
  const may = can(github.tables, actor, repository, 'contents', operation === 'upload' ? 'write' : 'read');
  if (!may && (operation === 'upload' || repository.private))
    throw actor.kind === 'anonymous' ? new ApiError(401, 'Credentials needed') : new ApiError(403, 'Forbidden');
  const answers = objects.map((one) => actionsFor(one, operation, repository, github));
  response.writeHead(200, { 'content-type': MEDIA_TYPE });
  response.end(JSON.stringify({ transfer: 'basic', objects: await Promise.all(answers), hash_algo: 'sha256' }));
}

async function actionsFor(
  { oid, size }: Batch['objects'][number],
  operation: Batch['operation'],
  repository: Repository,
  github: LocalGitHub,
): Promise<unknown> {
  const there = await stat(placeOf(github, repository, oid)).catch(() => null);
  if (operation === 'upload' && there !== null) return { oid, size };
  if (operation === 'download' && there?.size !== size)
    return { oid, size, error: { code: 404, message: 'Object does not exist on the server' } };
  const expires = github.now().getTime() + LIFE;
  const query = new URLSearchParams({ operation, size: String(size), expires: String(expires) });
  query.set('signature', signatureOf(`${repository.id} ${oid} ${query}`).toString('hex'));
  const href = `${new URL(github.urls.api).origin}/_lfs/${repository.id}/${oid}?${query}`;
  return { oid, size, actions: { [operation]: { href, expires_in: LIFE / 1000 } } };
}

interface Signed {
  readonly id: number;
  readonly oid: string;
  readonly url: URL;
}

async function transfer(
  message: IncomingMessage,
  response: ServerResponse,
  github: LocalGitHub,
  { id, oid, url }: Signed,
): Promise<void> {
  const query = new URLSearchParams(url.searchParams);
  const given = Buffer.from(query.get('signature') ?? '', 'hex');
  query.delete('signature');
  const wanted = signatureOf(`${id} ${oid} ${query}`);
  const repository = github.tables.repositories.find({ id });
  const stale = Number(query.get('expires')) < github.now().getTime();
  if (repository === undefined || stale || given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new ApiError(403, 'The signature is not valid');
  const path = placeOf(github, repository, oid);
  if (message.method === 'GET' && query.get('operation') === 'download') {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': query.get('size') ?? '0' });
    return pipeline(createReadStream(path), response);
  }
  if (message.method !== 'PUT' || query.get('operation') !== 'upload') throw new ApiError(405, 'Method not allowed');
  const bytes = await bytesOf(message);
  if (bytes.length !== Number(query.get('size')) || createHash('sha256').update(bytes).digest('hex') !== oid)
    throw new ApiError(422, 'The bytes are not those of the object');
  await mkdir(dirname(path), { recursive: true });
  // Whole or not at all: two may send the same object at once.
  const landing = `${path}.${randomBytes(8).toString('hex')}`;
  await writeFile(landing, bytes);
  await rename(landing, path);
  response.writeHead(200).end();
}

function signatureOf(text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function placeOf(github: LocalGitHub, repository: Repository, oid: string): string {
  return join(github.git(repository).directory, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid);
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
