import { ApiError } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import type { ValueMap } from '../workflows/values.ts';
import { readRun, requireCaller, service } from './request.ts';
import { startAgain } from './runs.ts';
import { currentAttempt, type Run } from './tables.ts';
import { runView } from './views.ts';
import { readWorkflow } from './workflow-routes.ts';

/** GitHub lets a run be started again for this long. */
const RERUN_DAYS = 30;

async function listRuns(request: ApiRequest): Promise<ApiResponse> {
  return answerRuns(request, service(request).state.tables.runs.list({ repositoryId: request.repo.id }));
}

async function listWorkflowRuns(request: ApiRequest): Promise<ApiResponse> {
  const workflow = await readWorkflow(request);
  return answerRuns(request, service(request).state.tables.runs.list({ workflowId: workflow.id }));
}

function answerRuns(request: ApiRequest, runs: readonly Run[]): Promise<ApiResponse> {
  const wanted = runs.filter((run) => matchesQuery(request, run)).reverse();
  const render = (run: Run) => runView(request.github, request.repo, run);
  return paginated(request, wanted, render, (page, total) => ({ total_count: total, workflow_runs: page }));
}

function matchesQuery(request: ApiRequest, run: Run): boolean {
  const { query } = request;
  const is = (name: string, value: string | null): boolean => query.get(name) === null || query.get(name) === value;
  const actor = request.github.tables.accounts.get(run.actorId)?.login ?? null;
  const status = query.get('status');
  const created = query.get('created');
  return (
    is('event', run.event) &&
    is('branch', run.headBranch) &&
    is('head_sha', run.headSha) &&
    is('actor', actor) &&
    is('check_suite_id', String(run.id)) &&
    (status === null || run.status === status || run.conclusion === status) &&
    (created === null || isCreated(run.createdAt, created))
  );
}

/** GitHub's date search: `>=2026-01-01`, `<…`, `a..b`, or a day. */
function isCreated(at: string, condition: string): boolean {
  const [from, to] = condition.split('..');
  if (to !== undefined) return (from === '*' || at >= (from ?? '')) && (to === '*' || at <= to || at.startsWith(to));
  const match = /^(>=|<=|>|<)?(.+)$/.exec(condition);
  const value = match?.[2] ?? '';
  switch (match?.[1]) {
    case '>=':
      return at >= value;
    case '<=':
      return at <= value || at.startsWith(value);
    case '>':
      return at > value && !at.startsWith(value);
    case '<':
      return at < value;
    default:
      return at.startsWith(value);
  }
}

async function getRun(request: ApiRequest): Promise<ApiResponse> {
  return { status: 200, body: await runView(request.github, request.repo, readRun(request)) };
}

function cancelRun(request: ApiRequest): ApiResponse {
  const active = service(request).state.active.get(readRun(request).id);
  if (active === undefined) throw new ApiError(409, 'Cannot cancel a workflow run that is completed.');
  active.cancellation.cancel('The run was canceled.');
  return { status: 202, body: {} };
}

async function rerun(request: ApiRequest): Promise<ApiResponse> {
  const run = requireRerunnable(request);
  startAgain(service(request).state, request.repo, run, requireCaller(request), new Map());
  return { status: 201, body: {} };
}

/** Runs again what did not succeed; successful jobs keep their outputs. */
async function rerunFailed(request: ApiRequest): Promise<ApiResponse> {
  const run = requireRerunnable(request);
  const { state } = service(request);
  const jobs = state.tables.jobs.list({ runId: run.id, attempt: currentAttempt(run).number });
  const kept = new Map<string, ValueMap>(
    jobs.filter((job) => job.conclusion === 'success').map((job) => [job.key, job.outputs]),
  );
  startAgain(state, request.repo, run, requireCaller(request), kept);
  return { status: 201, body: {} };
}

function requireRerunnable(request: ApiRequest): Run {
  const run = readRun(request);
  if (service(request).state.active.has(run.id) || run.status !== 'completed')
    throw new ApiError(403, 'This workflow run is already running');
  if (request.github.now().getTime() - Date.parse(run.createdAt) > RERUN_DAYS * 86_400_000) {
    throw new ApiError(403, `Unable to retry this workflow run because it was created over ${RERUN_DAYS} days ago`);
  }
  return run;
}

const read = { permission: 'actions', level: 'read' } as const;
const write = { permission: 'actions', level: 'write' } as const;
const base = '/repos/{owner}/{repo}/actions/runs';

export const runRoutes: readonly Route[] = [
  { method: 'GET', path: base, access: read, handle: listRuns },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    access: read,
    handle: listWorkflowRuns,
  },
  { method: 'GET', path: `${base}/{run_id}`, access: read, handle: getRun },
  { method: 'POST', path: `${base}/{run_id}/cancel`, access: write, handle: cancelRun },
  { method: 'POST', path: `${base}/{run_id}/rerun`, access: write, handle: rerun },
  { method: 'POST', path: `${base}/{run_id}/rerun-failed-jobs`, access: write, handle: rerunFailed },
];
