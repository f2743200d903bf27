import { ApiError, notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { readJob, readRun, service } from './request.ts';
import { readAttempt } from './run-routes.ts';
import { currentAttempt, type Job, type Run } from './tables.ts';
import { jobView } from './views.ts';

async function listJobs(request: ApiRequest): Promise<ApiResponse> {
  const run = readRun(request);
  const jobs = service(request).state.tables.jobs.list({ runId: run.id });
  const all = request.query.get('filter') === 'all';
  return answerJobs(request, run, all ? jobs : jobs.filter((job) => job.attempt === currentAttempt(run).number));
}

async function listAttemptJobs(request: ApiRequest): Promise<ApiResponse> {
  const run = readRun(request);
  const attempt = readAttempt(request, run);
  return answerJobs(request, run, service(request).state.tables.jobs.list({ runId: run.id, attempt }));
}

function answerJobs(request: ApiRequest, run: Run, jobs: readonly Job[]): Promise<ApiResponse> {
  const render = (job: Job) => jobView(request.github, request.repo, run, job);
  return paginated(request, jobs, render, (page, total) => ({ total_count: total, jobs: page }));
}

async function getJob(request: ApiRequest): Promise<ApiResponse> {
  const job = readJob(request);
  const run = service(request).state.run(job.runId);
  return { status: 200, body: jobView(request.github, request.repo, run, job) };
}

/** GitHub gives no logs of a job that still runs. */
async function jobLogs(request: ApiRequest): Promise<ApiResponse> {
  const job = readJob(request);
  if (job.status !== 'completed' || job.conclusion === 'skipped') throw notFound();
  return redirect(request, `job-${job.id}.txt`);
}

async function runLogs(request: ApiRequest): Promise<ApiResponse> {
  const run = readRun(request);
  if (run.status !== 'completed') throw notFound();
  return redirect(request, `run-${run.id}.zip`);
}

function redirect(request: ApiRequest, name: string): ApiResponse {
  return { status: 302, headers: { location: service(request).logDownloads.issue(name) } };
}

async function deleteLogs(request: ApiRequest): Promise<ApiResponse> {
  const run = readRun(request);
  if (run.status !== 'completed') throw new ApiError(403, 'The logs of a run that is not completed can not be deleted');
  const { state } = service(request);
  for (const job of state.tables.jobs.list({ runId: run.id })) await state.logs.delete(job.id);
  return { status: 204 };
}

const read = { permission: 'actions', level: 'read' } as const;
const write = { permission: 'actions', level: 'write' } as const;
const base = '/repos/{owner}/{repo}/actions';

export const jobRoutes: readonly Route[] = [
  { method: 'GET', path: `${base}/runs/{run_id}/jobs`, access: read, handle: listJobs },
  {
    method: 'GET',
    path: `${base}/runs/{run_id}/attempts/{attempt_number}/jobs`,
    access: read,
    handle: listAttemptJobs,
  },
  { method: 'GET', path: `${base}/runs/{run_id}/logs`, access: read, handle: runLogs },
  { method: 'DELETE', path: `${base}/runs/{run_id}/logs`, access: write, handle: deleteLogs },
  { method: 'GET', path: `${base}/jobs/{job_id}`, access: read, handle: getJob },
  { method: 'GET', path: `${base}/jobs/{job_id}/logs`, access: read, handle: jobLogs },
];
