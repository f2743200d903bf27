import { z } from 'zod';
import { readBody, readId } from '../../http/body.ts';
import { ApiError, notFound } from '../../http/errors.ts';
import { paginated } from '../../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../../http/router.ts';
import type { JitConfig } from '../../runner/messages.ts';
import { service } from '../request.ts';
import type { Runner } from './table.ts';

const JitBody = z.object({
  name: z.string().min(1).max(64),
  runner_group_id: z.int(),
  labels: z.array(z.string().min(1)).min(1).max(100),
  work_folder: z.string().default('_work'),
});

const pool = (request: ApiRequest) => service(request).state.runners;

function runnerView(request: ApiRequest, runner: Runner): object {
  const { online, busy } = pool(request).state(runner);
  return {
    id: runner.id,
    runner_group_id: runner.groupId,
    name: runner.name,
    os: online ? 'linux' : 'unknown',
    status: online ? 'online' : 'offline',
    busy,
    ephemeral: true,
    labels: runner.labels.map((name, index) => ({ id: index + 1, name, type: 'custom' })),
  };
}

function generate(request: ApiRequest): ApiResponse {
  const { name, runner_group_id: groupId, labels } = readBody(request, JitBody);
  const registered = pool(request).register({ repositoryId: request.repo.id, name, groupId, labels });
  if (registered === undefined)
    throw new ApiError(409, `Already exists - A runner with the name '${name}' already exists.`);
  const { runner, secret } = registered;
  const config: JitConfig = { url: request.github.urls.results, name, secret };
  const encoded = Buffer.from(JSON.stringify(config)).toString('base64');
  return { status: 201, body: { runner: runnerView(request, runner), encoded_jit_config: encoded } };
}

function list(request: ApiRequest): Promise<ApiResponse> {
  const name = request.query.get('name');
  const rows = pool(request).rows.list({ repositoryId: request.repo.id });
  const found = name === null ? rows : rows.filter((runner) => runner.name === name);
  const render = (runner: Runner) => runnerView(request, runner);
  return paginated(request, found, render, (page, total) => ({ total_count: total, runners: page }));
}

function readRunner(request: ApiRequest): Runner {
  const runner = pool(request).rows.get(readId(request, 'runner_id'));
  if (runner === undefined || runner.repositoryId !== request.repo.id) throw notFound();
  return runner;
}

function remove(request: ApiRequest): ApiResponse {
  const runner = readRunner(request);
  if (pool(request).state(runner).busy)
    throw new ApiError(422, `Bad request - Runner "${runner.name}" is currently running a job and cannot be deleted.`);
  pool(request).remove(runner);
  return { status: 204 };
}

const read = { permission: 'administration', level: 'read' } as const;
const write = { permission: 'administration', level: 'write' } as const;
const base = '/repos/{owner}/{repo}/actions/runners';

export const runnerRoutes: readonly Route[] = [
  { method: 'POST', path: `${base}/generate-jitconfig`, access: write, handle: generate },
  { method: 'GET', path: base, access: read, handle: list },
  {
    method: 'GET',
    path: `${base}/{runner_id}`,
    access: read,
    handle: (request) => ({ status: 200, body: runnerView(request, readRunner(request)) }),
  },
  { method: 'DELETE', path: `${base}/{runner_id}`, access: write, handle: remove },
];
