import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalGitHub } from '../github.ts';
import { readRequestBody } from '../http/api.ts';
import { ApiError } from '../http/errors.ts';
import { refusedOrigin } from '../http/origin.ts';
import { ClientError, createClient } from './client.ts';
import { html } from './html.ts';
import { document, type LivePart } from './layout.ts';
import { pageRoutes } from './routes.ts';
import { findSession, hasToken } from './session.ts';
import type { Answer, PageRoute, Visit } from './visit.ts';

const MOST_FORM_BYTES = 1_000_000;

interface Found {
  readonly route: PageRoute;
  readonly params: Record<string, string>;
}

const patterns = pageRoutes.map((route) => {
  const names: string[] = [];
  const source = route.path.replaceAll(/\{(\w+)(\*?)\}/g, (_, name: string, rest: string) => {
    names.push(name);
    return rest === '' ? '([^/]+)' : '(.+)';
  });
  return { route, names, pattern: new RegExp(`^${source}/?$`) };
});

function find(method: string, path: string): Found | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  for (const { route, names, pattern } of patterns) {
    const match = route.method === wanted ? pattern.exec(path) : null;
    if (match === null) continue;
    try {
      return {
        route,
        params: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')])),
      };
    } catch {
      return undefined; // a malformed percent-encoding names nothing
    }
  }
  return undefined;
}

/**
 * A form must come from a page of this server (Origin) and carry its session's token.
 * @throws ClientError 403
 */
async function readForm(visit: Omit<Visit, 'form' | 'params'>): Promise<URLSearchParams> {
  const { request, session, github } = visit;
  if (request.method !== 'POST') return new URLSearchParams();
  const refused =
    request.headers.origin === undefined ? 'expected an Origin header' : refusedOrigin(request.headers, github.port);
  if (refused !== undefined)
    throw new ClientError(403, `This form was not sent from this server's own pages: ${refused}.`);
  const form = new URLSearchParams((await readRequestBody(request, MOST_FORM_BYTES)).toString('utf8'));
  if (!hasToken(session, form))
    throw new ClientError(403, 'This form has expired. Go back, reload the page and send it again.');
  return form;
}

function contentSecurity(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** `same-origin`, not `no-referrer`: the latter makes browsers send forms with the Origin "null". */
const COMMON = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin', 'cache-control': 'no-cache' };

function sendLive(visit: Visit, response: ServerResponse, parts: ReadonlyMap<string, LivePart>): void {
  const body = JSON.stringify(Object.fromEntries(parts));
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const unchanged = visit.request.headers['if-none-match'] === etag;
  response.writeHead(unchanged ? 304 : 200, { ...COMMON, etag, 'content-type': 'application/json; charset=utf-8' });
  response.end(unchanged ? undefined : body);
}

function send(visit: Visit, response: ServerResponse, answer: Answer): void {
  const head = visit.request.method === 'HEAD';
  if (answer.kind === 'bytes') {
    response.writeHead(200, { ...COMMON, ...answer.headers }).end(head ? undefined : answer.body);
    return;
  }
  const cookie = answer.cookie === undefined ? {} : { 'set-cookie': answer.cookie };
  if (answer.kind === 'redirect') {
    response.writeHead(303, { ...COMMON, ...cookie, location: answer.to }).end();
    return;
  }
  if (visit.url.searchParams.has('live')) {
    sendLive(visit, response, answer.live?.parts ?? new Map());
    return;
  }
  const nonce = randomBytes(16).toString('base64');
  const { title, repository, status = 200, session = visit.session } = answer;
  const frame = { title, nonce, session, here: visit.here, ...(repository === undefined ? {} : { repository }) };
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': contentSecurity(nonce) };
  response
    .writeHead(status, { ...COMMON, ...cookie, ...headers })
    .end(head ? undefined : document(frame, answer.body).text);
}

/** What went wrong as a page: the words of the API where it refused; a defect of ours goes to the log. */
function refusal(github: LocalGitHub, error: unknown): Answer {
  const known = error instanceof ClientError || error instanceof ApiError;
  if (!known) github.log(`internal error of the page: ${error instanceof Error ? error.stack : String(error)}`);
  const status = known ? error.status : 500;
  const message = known ? error.message : 'The local GitHub made a mistake; its log says which.';
  const body = html`<section class="notice"><h1>${status === 404 ? 'Nothing here' : 'That did not work'}</h1><p>${message}</p>
<p class="muted">${status === 404 && 'It does not exist, or you may not see it: sign in as somebody who may.'} <a href="/">All repositories</a></p></section>`;
  return { kind: 'page', status, title: `${status} · Local GitHub`, body };
}

/** Answers what people open in a browser: everything that is neither API, git nor artifact service. */
export async function handlePage(
  request: IncomingMessage,
  response: ServerResponse,
  github: LocalGitHub,
): Promise<void> {
  const url = new URL(request.url ?? '/', github.urls.server);
  const session = findSession(github, request);
  const client = createClient(github.urls.api, session?.token);
  const here = url.pathname + url.search;
  let visit: Visit = { github, request, url, here, session, client, form: new URLSearchParams(), params: {} };
  let answer: Answer;
  try {
    const found = find(request.method ?? 'GET', url.pathname);
    if (found === undefined) throw new ClientError(404, `The local GitHub has no page at ${url.pathname}.`);
    visit = { ...visit, params: found.params, form: await readForm(visit) };
    answer = await found.route.answer(visit);
  } catch (error) {
    answer = refusal(github, error);
  }
  send(visit, response, answer);
}
