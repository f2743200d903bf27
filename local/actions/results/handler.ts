import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalGitHub } from '../../github.ts';
import type { ActionsTables } from '../tables.ts';
import { ARTIFACT_SERVICE, type ArtifactService, type Caller, type TwirpCode, TwirpError } from './artifact-service.ts';
import { BLOB_PATH, type Blobs } from './blobs.ts';
import { LOG_PATH, type LogDownloads } from './log-downloads.ts';
import { type IdentityProvider, OIDC_PATH } from './oidc.ts';
import type { RuntimeTokens } from './runtime-token.ts';
import type { SignedUrls } from './signed-urls.ts';

const STATUS: Readonly<Record<TwirpCode, number>> = {
  invalid_argument: 400,
  failed_precondition: 412,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  bad_route: 404,
  already_exists: 409,
  resource_exhausted: 429,
};
const MAX_BODY = 1024 * 1024;

export interface ResultsParts {
  readonly github: LocalGitHub;
  readonly tables: ActionsTables;
  readonly tokens: RuntimeTokens;
  readonly artifacts: ArtifactService;
  readonly blobs: Blobs;
  readonly urls: SignedUrls;
  readonly identity: IdentityProvider;
  readonly logDownloads: LogDownloads;
}

/** Answers `/twirp/…` and `/_results/…`: what jobs speak to while they run. */
export async function handleResultsRequest(
  parts: ResultsParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', parts.github.urls.results);
  if (url.pathname.startsWith(BLOB_PATH)) return parts.blobs.handle(request, response, url);
  if (url.pathname.startsWith(OIDC_PATH)) return parts.identity.handle(request, response, url);
  if (url.pathname.startsWith(LOG_PATH)) return parts.logDownloads.handle(request, response, url);
  try {
    const [, , service, method = ''] = url.pathname.split('/');
    if (request.method !== 'POST' || service !== ARTIFACT_SERVICE) {
      throw new TwirpError('bad_route', `the local GitHub does not implement ${request.method} ${url.pathname}`);
    }
    const caller = callerOf(parts, request.headers.authorization);
    answer(response, 200, await parts.artifacts.call(method, caller, await readJson(request)));
  } catch (error) {
    if (!(error instanceof TwirpError)) throw error;
    answer(response, STATUS[error.code], { code: error.code, msg: error.message });
  }
}

/** The job that holds the token, which must still run: its rights end with it. */
function callerOf(parts: ResultsParts, authorization: string | undefined): Caller {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const ids = parts.tokens.verify(token, parts.github.now());
  const job = ids === undefined ? undefined : parts.tables.jobs.find({ backendId: ids.job });
  const run = job === undefined ? undefined : parts.tables.runs.get(job.runId);
  if (ids === undefined || job === undefined || run === undefined)
    throw new TwirpError('unauthenticated', 'the runtime token is not valid');
  if (job.status !== 'in_progress') throw new TwirpError('unauthenticated', 'the job of the runtime token has ended');
  return { ids, job, run };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY) throw new TwirpError('invalid_argument', 'the request is too large');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new TwirpError('invalid_argument', 'expected JSON');
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
