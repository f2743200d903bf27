import { z } from 'zod';
import { appOf } from '../auth/actor.ts';
import { isGood, latestRuns } from '../checks/check-run.ts';
import { readBody, readId } from '../http/body.ts';
import { ApiError, notFound, notImplemented } from '../http/errors.ts';
import { paginated } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { requireAccount } from '../repositories/ref-changes.ts';
import { latestStatuses } from '../statuses/status.ts';
import { type Deployment, DeploymentState, type DeploymentStatus } from './deployment.ts';
import { deploymentStatusView, deploymentView } from './views.ts';

const DeploymentBody = z.object({
  ref: z.string().min(1),
  task: z.string().default('deploy'),
  auto_merge: z.boolean().default(true),
  required_contexts: z.array(z.string()).optional(),
  payload: z.union([z.string(), z.record(z.string(), z.unknown())]).default({}),
  environment: z.string().min(1).max(255).default('production'),
  description: z.string().nullish(),
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().optional(),
});
const StatusBody = z.object({
  state: DeploymentState,
  target_url: z.string().default(''),
  log_url: z.string().optional(),
  description: z.string().max(140).default(''),
  environment: z.string().optional(),
  environment_url: z.string().default(''),
  auto_inactive: z.boolean().default(true),
});

/** The checks that must be green: those named, or all that the commit has. @throws ApiError 409 */
function requireContexts(request: ApiRequest, sha: string, required: readonly string[] | undefined, ref: string): void {
  const { tables } = request.github;
  const key = { repositoryId: request.repo.id };
  const green = new Map<string, boolean>();
  for (const run of latestRuns(tables.checkRuns.list({ ...key, headSha: sha }))) green.set(run.name, isGood(run));
  for (const status of latestStatuses(tables.statuses.list({ ...key, sha }))) {
    green.set(status.context, status.state === 'success');
  }
  const failed = (required ?? [...green.keys()]).filter((context) => green.get(context) !== true);
  if (failed.length === 0) return;
  const contexts = [...green].map(([context, good]) => `${context}: ${good ? 'success' : 'pending or failed'}`);
  throw new ApiError(409, `Conflict: Commit status checks failed for ${ref}.`, [
    {
      resource: 'Deployment',
      field: 'required_contexts',
      code: 'invalid',
      message: [...failed, ...contexts].join(', '),
    },
  ]);
}

/** GitHub would merge the default branch into a ref that is behind it; this server says that it does not. */
async function requireCurrent(request: ApiRequest, sha: string): Promise<void> {
  const git = request.github.git(request.repo);
  const main = await git.ref(`refs/heads/${request.repo.defaultBranch}`);
  if (main !== undefined && !(await git.isAncestor(main, sha))) {
    throw notImplemented('auto_merge of deployments (set auto_merge: false)');
  }
}

function ensureEnvironment(request: ApiRequest, name: string): void {
  const key = { repositoryId: request.repo.id, name };
  const { environments } = request.github.tables;
  if (environments.find(key) === undefined)
    environments.insert({ ...key, branches: null, createdAt: request.github.timestamp() });
}

async function create(request: ApiRequest): Promise<ApiResponse> {
  const body = readBody(request, DeploymentBody);
  const { github, repo } = request;
  const sha = await github.git(repo).resolveCommit(body.ref, repo.defaultBranch);
  if (sha === undefined) throw new ApiError(422, `No ref found for: ${body.ref}`);
  if (body.auto_merge) await requireCurrent(request, sha);
  requireContexts(request, sha, body.required_contexts, body.ref);
  ensureEnvironment(request, body.environment);
  const now = github.timestamp();
  const account = requireAccount(github, request.actor);
  const deployment = github.tables.deployments.insert({
    repositoryId: repo.id,
    sha,
    ref: body.ref,
    task: body.task,
    environment: body.environment,
    description: body.description ?? null,
    payload: body.payload,
    transient: body.transient_environment,
    production: body.production_environment ?? body.environment === 'production',
    creatorId: account.id,
    appId: appOf(request.actor)?.id ?? null,
    createdAt: now,
    updatedAt: now,
  });
  const view = deploymentView(github, repo, deployment);
  github.emit({
    event: 'deployment',
    action: 'created',
    repository: repo,
    sender: account,
    byJob: request.actor.kind === 'job',
    payload: { deployment: view, workflow: null, workflow_run: null },
  });
  return { status: 201, body: view };
}

function list(request: ApiRequest): Promise<ApiResponse> {
  const { github, repo, query } = request;
  const [sha, ref, task, environment] = ['sha', 'ref', 'task', 'environment'].map((name) => query.get(name) ?? 'none');
  const equals = (wanted: string | undefined, value: string): boolean => wanted === 'none' || wanted === value;
  const found = github.tables.deployments
    .list({ repositoryId: repo.id })
    .filter(
      (one) =>
        equals(sha, one.sha) && equals(ref, one.ref) && equals(task, one.task) && equals(environment, one.environment),
    );
  return paginated(request, found.reverse(), (one) => deploymentView(github, repo, one));
}

function requireDeployment(request: ApiRequest): Deployment {
  const deployment = request.github.tables.deployments.get(readId(request, 'deployment_id'));
  if (deployment === undefined || deployment.repositoryId !== request.repo.id) throw notFound();
  return deployment;
}

function get(request: ApiRequest): ApiResponse {
  return { status: 200, body: deploymentView(request.github, request.repo, requireDeployment(request)) };
}

function addStatus(
  request: ApiRequest,
  deployment: Deployment,
  fields: Pick<DeploymentStatus, 'state'> & Partial<DeploymentStatus>,
): DeploymentStatus {
  const { github, repo } = request;
  const account = requireAccount(github, request.actor);
  const status = github.tables.deploymentStatuses.insert({
    deploymentId: deployment.id,
    description: '',
    environment: deployment.environment,
    targetUrl: '',
    logUrl: '',
    environmentUrl: '',
    creatorId: account.id,
    appId: appOf(request.actor)?.id ?? null,
    createdAt: github.timestamp(),
    ...fields,
  });
  const updated = github.tables.deployments.update(deployment.id, { updatedAt: github.timestamp() });
  github.emit({
    event: 'deployment_status',
    action: 'created',
    repository: repo,
    sender: account,
    byJob: request.actor.kind === 'job',
    payload: {
      deployment_status: deploymentStatusView(github, repo, status),
      deployment: deploymentView(github, repo, updated),
      check_run: null,
      workflow: null,
      workflow_run: null,
    },
  });
  return status;
}

/** A success makes earlier deployments to the same environment inactive, but neither transient nor production ones. */
function retireOthers(request: ApiRequest, deployment: Deployment): void {
  const { deployments, deploymentStatuses } = request.github.tables;
  const key = { repositoryId: request.repo.id, environment: deployment.environment };
  for (const other of deployments.list(key)) {
    if (other.id >= deployment.id || other.transient || other.production) continue;
    const last = deploymentStatuses.list({ deploymentId: other.id }).at(-1);
    if (last?.state === 'success') addStatus(request, other, { state: 'inactive' });
  }
}

function createStatus(request: ApiRequest): ApiResponse {
  const deployment = requireDeployment(request);
  const body = readBody(request, StatusBody);
  const status = addStatus(request, deployment, {
    state: body.state,
    description: body.description,
    environment: body.environment ?? deployment.environment,
    targetUrl: body.target_url,
    logUrl: body.log_url ?? body.target_url,
    environmentUrl: body.environment_url,
  });
  if (body.state === 'success' && body.auto_inactive) retireOthers(request, deployment);
  return { status: 201, body: deploymentStatusView(request.github, request.repo, status) };
}

function listStatuses(request: ApiRequest): Promise<ApiResponse> {
  const deployment = requireDeployment(request);
  const statuses = request.github.tables.deploymentStatuses.list({ deploymentId: deployment.id }).reverse();
  return paginated(request, statuses, (one) => deploymentStatusView(request.github, request.repo, one));
}

const read = { permission: 'deployments', level: 'read' } as const;
const write = { permission: 'deployments', level: 'write' } as const;
const all = '/repos/{owner}/{repo}/deployments';
const one = `${all}/{deployment_id}`;

export const deploymentRoutes: readonly Route[] = [
  { method: 'GET', path: all, access: read, handle: list },
  { method: 'POST', path: all, access: write, handle: create },
  { method: 'GET', path: one, access: read, handle: get },
  { method: 'GET', path: `${one}/statuses`, access: read, handle: listStatuses },
  { method: 'POST', path: `${one}/statuses`, access: write, handle: createStatus },
];
