import { z } from 'zod';
import { readBody } from '../http/body.ts';
import { ApiError, notFound } from '../http/errors.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { repositoryApiUrl } from '../repositories/views.ts';
import { MAX_DISPATCH_INPUTS } from '../workflows/workflow.ts';
import type { DispatchTarget } from './dispatcher.ts';
import { asApiError, requireCaller, service } from './request.ts';
import type { WorkflowRow } from './tables.ts';
import { runPageUrl } from './views.ts';
import { currentWorkflows } from './workflow-rows.ts';

/** All inputs of a dispatch together. */
const MAX_INPUT_CHARACTERS = 65_535;

async function knownWorkflows(request: ApiRequest): Promise<WorkflowRow[]> {
  const { state, cache } = service(request);
  return currentWorkflows(state, cache, request.repo);
}

/** By id, or by the name of its file. */
async function readWorkflow(request: ApiRequest): Promise<WorkflowRow> {
  const wanted = request.params['workflow_id'] ?? '';
  const found = (await knownWorkflows(request)).find(
    (workflow) => String(workflow.id) === wanted || workflow.path === `.github/workflows/${wanted}`,
  );
  if (found === undefined) throw notFound();
  return found;
}

const dispatchBody = z.object({
  ref: z.string().min(1),
  inputs: z.record(z.string(), z.unknown()).optional(),
  return_run_details: z.boolean().optional(),
});

async function dispatchWorkflow(request: ApiRequest): Promise<ApiResponse> {
  const body = readBody(request, dispatchBody);
  const inputs = body.inputs ?? {};
  if (Object.keys(inputs).length > MAX_DISPATCH_INPUTS) {
    throw new ApiError(
      422,
      `Invalid request.\n\nNo more than ${MAX_DISPATCH_INPUTS} properties are allowed; ${Object.keys(inputs).length} were supplied.`,
    );
  }
  if (JSON.stringify(inputs).length > MAX_INPUT_CHARACTERS)
    throw new ApiError(422, `inputs are too large: expected at most ${MAX_INPUT_CHARACTERS} characters`);
  const workflow = await readWorkflow(request);
  const target = await readTarget(request, body.ref);
  const { dispatcher } = service(request);
  const run = await dispatcher
    .dispatch(request.repo, workflow.path, target, inputs, requireCaller(request))
    .catch((error: unknown) => {
      throw asApiError(error);
    });
  if (body.return_run_details !== true) return { status: 204 };
  return {
    status: 200,
    body: {
      workflow_run_id: run.id,
      run_url: `${repositoryApiUrl(request.github, request.repo)}/actions/runs/${run.id}`,
      html_url: runPageUrl(request.github, request.repo, run.id),
    },
  };
}

/** A branch or a tag, by its short or full name: a commit id is none. @throws ApiError 422 */
async function readTarget(request: ApiRequest, ref: string): Promise<DispatchTarget> {
  const git = request.github.git(request.repo);
  const names = ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  for (const name of names) {
    if (!/^refs\/(heads|tags)\//.test(name)) continue;
    const id = await git.ref(name);
    const sha = id === undefined ? undefined : await git.peel(id);
    if (sha !== undefined) return { ref: name, sha };
  }
  throw new ApiError(422, `No ref found for: ${ref}`);
}

const write = { permission: 'actions', level: 'write' } as const;
const base = '/repos/{owner}/{repo}/actions/workflows';

export const workflowRoutes: readonly Route[] = [
  { method: 'POST', path: `${base}/{workflow_id}/dispatches`, access: write, handle: dispatchWorkflow },
];

export { readWorkflow };
