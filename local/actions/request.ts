import type { Account } from '../accounts/account.ts';
import { accountOf } from '../auth/actor.ts';
import { readId } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { ApiRequest } from '../http/router.ts';
import { WorkflowError } from '../workflows/errors.ts';
import { type ActionsService, actionsOf } from './service.ts';
import type { Job, Run } from './tables.ts';

export const service = (request: ApiRequest): ActionsService => actionsOf(request.github);

/** The run that the path names. @throws ApiError 404 if this repository has none such. */
export function readRun(request: ApiRequest): Run {
  const run = service(request).state.tables.runs.get(readId(request, 'run_id'));
  if (run === undefined || run.repositoryId !== request.repo.id) throw notFound();
  return run;
}

/** @throws ApiError 404 if this repository has no such job. */
export function readJob(request: ApiRequest): Job {
  const job = service(request).state.tables.jobs.get(readId(request, 'job_id'));
  if (job === undefined || job.repositoryId !== request.repo.id) throw notFound();
  return job;
}

/** @throws ApiError 401 for a caller without an account. */
export function requireCaller(request: ApiRequest): Account {
  const account = accountOf(request.github.tables, request.actor);
  if (account === undefined) throw new ApiError(401, 'Requires authentication');
  return account;
}

/** Turns what is wrong with a dispatch into GitHub's 422. */
export function asApiError(error: unknown): unknown {
  return error instanceof WorkflowError ? new ApiError(422, error.message) : error;
}
