import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { authorize } from '../auth/access.ts';
import { type Actor, accountOf } from '../auth/actor.ts';
import { authenticate } from '../auth/authenticate.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { ApiError, notFound } from './errors.ts';
import { type ApiRequest, type ApiResponse, createRouter, type Method, type Route, type RouteMatch } from './router.ts';

/** One finished API call, as a judge of conformance sees it. Bodies are parsed JSON, `undefined` where there is none. */
export interface Exchange {
  readonly method: string;
  /** After `/api/v3`, without query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseBody: unknown;
  /** The route's template; empty if no route matched. */
  readonly route: string;
  /** Login of the caller: an App's bot for the App itself and its installations; absent for nobody. */
  readonly by?: string | undefined;
}

/** GitHub takes blobs of 100 MB, which base64 makes a third larger. */
const MAX_BODY_BYTES = 150_000_000;
const RATE_LIMIT = 5_000;

export async function readRequestBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw new ApiError(413, `The request body is larger than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(raw: Buffer): unknown {
  if (raw.length === 0) return undefined;
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
}

function findRepository(github: LocalGitHub, match: RouteMatch): Repository | undefined {
  const { owner, repo } = match.params;
  if (owner === undefined || repo === undefined) return undefined;
  const repository = github.tables.repositories.find({ owner, name: repo });
  if (repository === undefined) throw notFound();
  return repository;
}

interface Incoming {
  readonly message: IncomingMessage;
  readonly url: URL;
  readonly path: string;
  readonly raw: Buffer;
  readonly body: unknown;
}

function toApiRequest(github: LocalGitHub, incoming: Incoming, match: RouteMatch, actor: Actor): ApiRequest {
  const repository = findRepository(github, match);
  authorize(github.tables, match.route.access, actor, repository);
  return {
    method: match.route.method as Method,
    path: incoming.path,
    params: match.params,
    query: incoming.url.searchParams,
    headers: incoming.message.headers,
    body: incoming.body,
    raw: incoming.raw,
    actor,
    github,
    get repo(): Repository {
      if (repository === undefined) throw new Error(`${match.route.path} names no repository`);
      return repository;
    },
  };
}

function errorResponse(github: LocalGitHub, error: unknown): ApiResponse {
  if (error instanceof ApiError) return { status: error.status, body: error.toBody(), headers: error.headers };
  github.log(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return { status: 500, body: { message: 'Server Error' } };
}

/** Each account has a budget of its own, anew each hour. What was not modified costs nothing. */
function requestBudgets() {
  let hour = 0;
  let spent = new Map<string, number>();
  return {
    /** @returns how many requests of this hour the account has sent by now */
    spend(account: string, hourNow: number, cost: 0 | 1): number {
      if (hourNow !== hour) spent = new Map();
      hour = hourNow;
      const count = (spent.get(account) ?? 0) + cost;
      spent.set(account, count);
      return count;
    },
  };
}

const hourOf = (github: LocalGitHub): number => Math.floor(github.now().getTime() / 3_600_000);

function standardHeaders(github: LocalGitHub, spent: number): Record<string, string> {
  const reset = (hourOf(github) + 1) * 3600;
  return {
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': randomUUID(),
    'x-ratelimit-limit': String(RATE_LIMIT),
    'x-ratelimit-remaining': String(Math.max(0, RATE_LIMIT - spent)),
    'x-ratelimit-used': String(spent),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'core',
    'cache-control': 'private, max-age=60, s-maxage=60',
  };
}

async function send(
  message: IncomingMessage,
  response: ServerResponse,
  answer: ApiResponse,
  headersOf: (status: number) => Record<string, string>,
): Promise<number> {
  const more: Record<string, string> = {};
  const all = (status: number): Record<string, string> => ({ ...headersOf(status), ...answer.headers, ...more });
  if (answer.raw instanceof Readable) {
    response.writeHead(answer.status, all(answer.status));
    await pipeline(answer.raw, response);
    return answer.status;
  }
  const body = answer.raw ?? (answer.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer.body)));
  if (answer.raw === undefined && answer.body !== undefined) more['content-type'] = 'application/json; charset=utf-8';
  if (message.method === 'GET' && answer.status === 200) {
    const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`;
    more['etag'] = etag;
    if (message.headers['if-none-match'] === etag) {
      response.writeHead(304, all(304)).end();
      return 304;
    }
  }
  response.writeHead(answer.status, { ...all(answer.status), 'content-length': String(body.length) });
  response.end(body);
  return answer.status;
}

/** Builds the handler of everything under `prefix` (`/api/v3`). */
export function createApiHandler(
  github: LocalGitHub,
  prefix: string,
  routes: readonly Route[],
  observe: ((exchange: Exchange) => void) | undefined,
): (message: IncomingMessage, response: ServerResponse) => Promise<void> {
  const match = createRouter(routes);
  const budgets = requestBudgets();

  async function answer(incoming: Incoming, found: RouteMatch | undefined, actor: Actor): Promise<ApiResponse> {
    if (found === undefined) {
      throw new ApiError(501, `The local GitHub does not implement ${incoming.message.method} ${incoming.path}.`);
    }
    return found.route.handle(toApiRequest(github, incoming, found, actor));
  }

  return async (message, response) => {
    const url = new URL(message.url ?? '/', github.urls.api);
    const path = url.pathname.slice(prefix.length) || '/';
    const found = match(message.method ?? 'GET', path);
    let body: unknown;
    let actor: Actor | undefined;
    let result: ApiResponse;
    try {
      const raw = await readRequestBody(message);
      // An uploaded asset is no JSON, whatever its bytes say.
      body = prefix.endsWith('/uploads') ? undefined : parseJson(raw);
      actor = authenticate(github.tables, message.headers.authorization, github.now());
      result = await answer({ message, url, path, raw, body }, found, actor);
    } catch (error) {
      result = errorResponse(github, error);
    }
    const by = actor === undefined ? undefined : accountOf(github.tables, actor)?.login;
    // An App asks as itself and as its installation, which have a budget each.
    const account = actor === undefined ? '' : `${actor.kind} ${by ?? ''}`;
    const headersOf = (sent: number) =>
      standardHeaders(github, budgets.spend(account, hourOf(github), sent === 304 ? 0 : 1));
    const status = await send(message, response, result, headersOf);
    observe?.({
      method: message.method ?? 'GET',
      path,
      query: Object.fromEntries(url.searchParams),
      requestBody: body,
      status,
      responseBody: status === 304 ? undefined : result.body,
      route: found?.route.path ?? '',
      by,
    });
  };
}
