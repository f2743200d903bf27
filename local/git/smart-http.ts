import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { can, canSee } from '../auth/access.ts';
import { type Actor, accountOf, appOf } from '../auth/actor.ts';
import { authenticate } from '../auth/authenticate.ts';
import type { LocalGitHub } from '../github.ts';
import { ApiError } from '../http/errors.ts';
import { refMoved } from '../repositories/ref-changes.ts';
import type { Repository } from '../repositories/repository.ts';
import { gitEnvironment } from './process.ts';
import { spawnElsewhere } from './spawner.ts';

interface GitRequest {
  readonly repository: Repository;
  /** Below the repository, for example `/info/refs`. */
  readonly path: string;
  readonly service: 'git-upload-pack' | 'git-receive-pack';
  readonly actor: Actor;
}

/** A ref that a push moved; 40 zeros where it was not, or is no more. */
export interface PushedRef {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}
type ObservePush = (push: PushedRef) => void;

const PATHS = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/;

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether the caller may do this here. @throws Refusal 401 to ask for credentials, 404 to hide, 403 to refuse. */
function requireAccess(
  github: LocalGitHub,
  actor: Actor,
  repository: Repository,
  service: GitRequest['service'],
): void {
  const { tables } = github;
  if (!canSee(tables, actor, repository)) {
    throw actor.kind === 'anonymous'
      ? new Refusal(401, 'Authentication required')
      : new Refusal(404, 'Repository not found.');
  }
  // Anybody may read a public repository, with whatever valid token.
  if (service === 'git-upload-pack' && (!repository.private || can(tables, actor, repository, 'contents', 'read')))
    return;
  if (service === 'git-receive-pack' && can(tables, actor, repository, 'contents', 'write')) return;
  if (actor.kind === 'anonymous') throw new Refusal(401, 'Authentication required');
  throw new Refusal(403, `Permission to ${repository.owner}/${repository.name}.git denied.`);
}

function parseRequest(message: IncomingMessage, github: LocalGitHub): GitRequest | undefined {
  const url = new URL(message.url ?? '/', github.urls.api);
  const match = PATHS.exec(url.pathname);
  if (match === null) return undefined;
  const [, owner = '', name = '', path = ''] = match;
  const service = path === '/info/refs' ? url.searchParams.get('service') : path.slice(1);
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') return undefined;
  const actor = actorOf(message, github);
  const repository = github.tables.repositories.find({ owner, name });
  if (repository === undefined) {
    throw actor.kind === 'anonymous'
      ? new Refusal(401, 'Authentication required')
      : new Refusal(404, 'Repository not found.');
  }
  requireAccess(github, actor, repository, service);
  return { repository, path, service, actor };
}

function actorOf(message: IncomingMessage, github: LocalGitHub): Actor {
  try {
    return authenticate(github.tables, message.headers.authorization, github.now());
  } catch (error) {
    if (error instanceof ApiError) throw new Refusal(401, 'Invalid username or token.');
    throw error;
  }
}

/** The branches that this caller must not move. */
function refusedRefs(github: LocalGitHub, { repository, actor }: GitRequest): string {
  const app = appOf(actor);
  return github.tables.protectedBranches
    .list({ repositoryId: repository.id })
    .filter((branch) => app === undefined || !branch.appIds.includes(app.id))
    .map((branch) => `refs/heads/${branch.branch}`)
    .join('\n');
}

function backendEnvironment(
  message: IncomingMessage,
  github: LocalGitHub,
  request: GitRequest,
  pushed: string,
): Record<string, string> {
  const url = new URL(message.url ?? '/', github.urls.api);
  const header = (name: string): string => String(message.headers[name] ?? '');
  return gitEnvironment({
    GIT_PROJECT_ROOT: github.git(request.repository).directory,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: header('git-protocol'),
    PATH_INFO: request.path,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: message.method ?? 'GET',
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    REMOTE_USER: accountOf(github.tables, request.actor)?.login ?? '',
    REMOTE_ADDR: '127.0.0.1',
    LOCAL_GITHUB_REFUSED_REFS: refusedRefs(github, request),
    LOCAL_GITHUB_PUSHED: pushed,
  });
}

/** Writes the head of a CGI answer and what is there of its body. Leaves the response open. */
function relay(answer: Buffer, response: ServerResponse): void {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) {
    response.writeHead(500);
    return;
  }
  const headers = answer
    .toString('latin1', 0, end)
    .split('\r\n')
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
  const status = headers.find(([name]) => name === 'status')?.[1] ?? '200';
  response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers.filter(([name]) => name !== 'status')));
  response.write(answer.subarray(end + 4));
}

/** Runs git's own server for one request, held in memory: the repositories of one machine are small. */
async function backend(
  message: IncomingMessage,
  response: ServerResponse,
  github: LocalGitHub,
  request: GitRequest,
  pushed: string,
): Promise<void> {
  const input = await readBytes(message);
  const environment = backendEnvironment(message, github, request, pushed);
  const { stdout, stderr } = await spawnElsewhere({
    directory: github.git(request.repository).directory,
    args: ['http-backend'],
    // A body in chunks has no length of its own, and git reads to its end.
    env:
      message.headers['content-length'] === undefined
        ? environment
        : { ...environment, CONTENT_LENGTH: String(input.length) },
    input,
  });
  const said = Buffer.from(stderr).toString().trim();
  if (said !== '') github.log(`git http-backend: ${said}`);
  relay(Buffer.from(stdout), response);
}

async function readBytes(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function announce(
  github: LocalGitHub,
  request: GitRequest,
  pushed: string,
  observe: ObservePush | undefined,
): Promise<void> {
  const account = accountOf(github.tables, request.actor);
  const lines = await readFile(pushed, 'utf8').catch(() => '');
  for (const line of lines.split('\n')) {
    const [before, after, ref] = line.split(' ');
    if (before === undefined || after === undefined || ref === undefined || account === undefined) continue;
    const { repository, actor } = request;
    observe?.({ ref, before, after });
    await refMoved(github, { repository, ref, before, after, account, byJob: actor.kind === 'job' });
  }
}

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  github: LocalGitHub,
  request: GitRequest,
  observe: ObservePush | undefined,
): Promise<void> {
  if (request.path !== '/git-receive-pack') {
    await backend(message, response, github, request, '/dev/null');
    response.end();
    return;
  }
  const pushed = join(tmpdir(), `local-github-push-${randomUUID()}`);
  await github.git(request.repository).exclusively(async () => {
    await backend(message, response, github, request, pushed);
    // The pusher's git waits for the end of the answer: when it returns, all that follows from the push is there.
    await announce(github, request, pushed, observe);
  });
  response.end();
  await rm(pushed, { force: true });
}

/** Answers git's own requests, `/{owner}/{repo}[.git]/info/refs` and the like. @returns false if it is none. */
export async function handleGit(
  message: IncomingMessage,
  response: ServerResponse,
  github: LocalGitHub,
  observe?: ObservePush,
): Promise<boolean> {
  try {
    const request = parseRequest(message, github);
    if (request === undefined) return false;
    await serve(message, response, github, request, observe);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const challenge = error.status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {};
    response.writeHead(error.status, { 'content-type': 'text/plain', ...challenge }).end(`${error.message}\n`);
  }
  return true;
}
