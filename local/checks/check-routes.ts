import { z } from 'zod';
import { appOf } from '../auth/actor.ts';
import { readBody, readId } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import { CheckAction, CheckConclusion, type CheckRun, CheckStatus, latestRuns } from './check-run.ts';
import { type Cause, type CheckFields, createCheckRun, rerequest, updateCheckRun } from './checks.ts';
import { annotationView, checkRunView } from './views.ts';

const MAX_TEXT = 65_535;
const MAX_ANNOTATION_BYTES = 65_536;
const MAX_ANNOTATIONS = 50;
const MAX_ACTIONS = 3;

const text = z.string().max(MAX_TEXT, `Only ${MAX_TEXT} characters are allowed`);
const small = z.string().refine((value) => Buffer.byteLength(value) <= MAX_ANNOTATION_BYTES, 'is larger than 64 KB');

const AnnotationBody = z
  .object({
    path: z.string().min(1),
    start_line: z.int().min(1),
    end_line: z.int().min(1),
    start_column: z.int().optional(),
    end_column: z.int().optional(),
    annotation_level: z.enum(['notice', 'warning', 'failure']),
    message: small,
    title: z.string().max(255).optional(),
    raw_details: small.optional(),
  })
  .refine((one) => one.end_line >= one.start_line, 'end_line is before start_line')
  .refine(
    (one) => one.start_line === one.end_line || (one.start_column === undefined && one.end_column === undefined),
    'columns are allowed on a single line only',
  );
const OutputBody = z.object({
  title: z.string().optional(),
  summary: text,
  text: text.optional(),
  annotations: z.array(AnnotationBody).max(MAX_ANNOTATIONS).optional(),
});
const ChangedRun = z.object({
  name: z.string().min(1).optional(),
  details_url: z.url({ protocol: /^https?$/ }).optional(),
  external_id: z.string().optional(),
  status: CheckStatus.optional(),
  started_at: z.iso.datetime({ offset: true }).optional(),
  conclusion: CheckConclusion.optional(),
  completed_at: z.iso.datetime({ offset: true }).optional(),
  output: OutputBody.optional(),
  actions: z.array(CheckAction).max(MAX_ACTIONS).optional(),
});
const NewRun = ChangedRun.extend({
  name: z.string().min(1),
  head_sha: z.string(),
  output: OutputBody.extend({ title: z.string() }).optional(),
});

const seconds = (time: string | undefined): string | undefined =>
  time === undefined ? undefined : `${new Date(time).toISOString().slice(0, 19)}Z`;

function toFields(body: z.infer<typeof ChangedRun>): CheckFields {
  return {
    name: body.name,
    externalId: body.external_id,
    detailsUrl: body.details_url,
    status: body.status,
    // GitHub alone sets "stale".
    conclusion: body.conclusion,
    startedAt: seconds(body.started_at),
    completedAt: seconds(body.completed_at),
    actions: body.actions,
    output: body.output && {
      title: body.output.title,
      summary: body.output.summary,
      text: body.output.text,
      annotations: body.output.annotations?.map((one) => ({
        path: one.path,
        startLine: one.start_line,
        endLine: one.end_line,
        startColumn: one.start_column ?? null,
        endColumn: one.end_column ?? null,
        level: one.annotation_level,
        message: one.message,
        title: one.title ?? null,
        rawDetails: one.raw_details ?? null,
      })),
    },
  };
}

const causeOf = (request: ApiRequest): Cause => ({
  account: requireAccount(request.github, request.actor),
  byJob: request.actor.kind === 'job',
});

/** Only Apps write checks. @throws ApiError 403 */
function requireAppId(request: ApiRequest): number {
  const app = appOf(request.actor);
  if (app === undefined) throw new ApiError(403, 'You must authenticate via a GitHub App.');
  return app.id;
}

function requireRun(request: ApiRequest): CheckRun {
  const run = request.github.tables.checkRuns.get(readId(request, 'check_run_id'));
  if (run === undefined || run.repositoryId !== request.repo.id) throw notFound();
  return run;
}

function refuseStale(fields: CheckFields): void {
  if (fields.conclusion === 'stale')
    throw new ApiError(422, 'Invalid request.\n\nconclusion: only GitHub sets "stale"');
}

async function create(request: ApiRequest): Promise<ApiResponse> {
  const appId = requireAppId(request);
  const { github, repo } = request;
  const body = readBody(request, NewRun);
  const fields = toFields(body);
  refuseStale(fields);
  const info = /^[0-9a-f]{40}$/.test(body.head_sha) ? await github.git(repo).info(body.head_sha) : undefined;
  if (info?.type !== 'commit') throw new ApiError(422, `No commit found for SHA: ${body.head_sha}`);
  const run = createCheckRun(github, repo, appId, body.head_sha, { ...fields, name: body.name }, causeOf(request));
  return { status: 201, body: checkRunView(github, repo, run) };
}

function update(request: ApiRequest): ApiResponse {
  const appId = requireAppId(request);
  const run = requireRun(request);
  if (run.appId !== appId) {
    throw new ApiError(
      403,
      `Invalid app_id \`${appId}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  const fields = toFields(readBody(request, ChangedRun));
  refuseStale(fields);
  const updated = updateCheckRun(request.github, request.repo, run, fields, causeOf(request));
  return { status: 200, body: checkRunView(request.github, request.repo, updated) };
}

function get(request: ApiRequest): ApiResponse {
  return { status: 200, body: checkRunView(request.github, request.repo, requireRun(request)) };
}

function listAnnotations(request: ApiRequest): Promise<ApiResponse> {
  const run = requireRun(request);
  const annotations = request.github.tables.annotations.list({ checkRunId: run.id });
  return paginated(request, annotations, (one) => annotationView(request.github, request.repo, run, one));
}

async function listForRef(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo, query } = request;
  const sha = await github.git(repo).resolveCommit(request.params['ref'] ?? '', repo.defaultBranch);
  if (sha === undefined) throw new ApiError(422, `No commit found for SHA: ${request.params['ref']}`);
  const all = github.tables.checkRuns.list({ repositoryId: repo.id, headSha: sha });
  const [name, status, app] = ['check_name', 'status', 'app_id'].map((key) => query.get(key));
  const shown = (query.get('filter') === 'all' ? all : latestRuns(all)).filter(
    (run) => (!name || run.name === name) && (!status || run.status === status) && (!app || String(run.appId) === app),
  );
  return paginated(
    request,
    shown,
    (run) => checkRunView(github, repo, run),
    (page, total) => ({ total_count: total, check_runs: page }),
  );
}

function requestAgain(request: ApiRequest): ApiResponse {
  rerequest(request.github, request.repo, requireRun(request), causeOf(request));
  return { status: 201, body: {} };
}

const read = { permission: 'checks', level: 'read' } as const;
const write = { permission: 'checks', level: 'write' } as const;
const one = '/repos/{owner}/{repo}/check-runs/{check_run_id}';

export const checkRoutes: readonly Route[] = [
  { method: 'POST', path: '/repos/{owner}/{repo}/check-runs', access: write, handle: create },
  { method: 'GET', path: one, access: read, handle: get },
  { method: 'PATCH', path: one, access: write, handle: update },
  { method: 'GET', path: `${one}/annotations`, access: read, handle: listAnnotations },
  { method: 'POST', path: `${one}/rerequest`, access: write, handle: requestAgain },
  { method: 'GET', path: '/repos/{owner}/{repo}/commits/{ref}/check-runs', access: read, handle: listForRef },
];
