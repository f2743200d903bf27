import { notFound } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { readJob, readRun, service } from './request.ts';
import { currentAttempt, type Job, type Run } from './tables.ts';
import { jobView } from './views.ts';

async function listJobs(request: ApiRequest): Promise<ApiResponse> {
  const run = readRun(request);
  const jobs = service(request).state.tables.jobs.list({ runId: run.id });
  const all = request.query.get('filter') === 'all';
  return answerJobs(request, run, all ? jobs : jobs.filter((job) => job.attempt === currentAttempt(run).number));
}

function answerJobs(request: ApiRequest, run: Run, jobs: readonly Job[]): Promise<ApiResponse> {
  const render = (job: Job) => jobView(request.github, request.repo, run, job);
  return paginated(request, jobs, render, (page, total) => ({ total_count: total, jobs: page }));
}

/** GitHub gives no logs of a job that still runs. */
async function jobLogs(request: ApiRequest): Promise<ApiResponse> {
  const job = readJob(request);
  if (job.status !== 'completed' || job.conclusion === 'skipped') throw notFound();
  return { status: 302, headers: { location: service(request).logDownloads.issue(job.id) } };
}

const read = { permission: 'actions', level: 'read' } as const;
const base = '/repos/{owner}/{repo}/actions';

export const jobRoutes: readonly Route[] = [
  { method: 'GET', path: `${base}/runs/{run_id}/jobs`, access: read, handle: listJobs },
  { method: 'GET', path: `${base}/jobs/{job_id}/logs`, access: read, handle: jobLogs },
];
