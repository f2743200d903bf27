import { WorkflowError } from './errors.ts';
import { interpolateDeep, interpolateText, type Scope } from './expression.ts';
import type { QueuedJob } from './host.ts';
import { declaredCallSecrets, readCallInputs } from './inputs.ts';
import { type JobResult, runJob } from './job.ts';
import type { Plan } from './plan.ts';
import type { Contexts, Finished, WorkflowRequest } from './run-request.ts';
import { runsAfterCancel, takeTurn } from './run-turn.ts';
import { isMap, type ValueMap } from './values.ts';
import type { CallJob, StepsJob } from './workflow.ts';

export async function runStepsJob(
  request: WorkflowRequest,
  job: StepsJob,
  contexts: Contexts,
  queued: QueuedJob,
): Promise<Finished> {
  const { host, plan, cancellation } = request;
  const reporter = host.queued(queued);
  const place = await host.place(queued.labels, cancellation.signal);
  try {
    if (cancellation.requested && !runsAfterCancel(request, job, contexts)) {
      reporter.completed('cancelled');
      return { result: 'cancelled', outputs: {}, effective: 'cancelled' };
    }
    const { commit, workflow } = plan;
    if (place.runner !== null) reporter.assigned(place.runner);
    const result: JobResult = await runJob({
      host,
      run: place.run,
      reporter,
      job,
      commit,
      path: workflow.path,
      permissions: plan.permissions.get(job.id) ?? {},
      contexts: { ...contexts, secrets: request.secrets, job: jobContext(plan) },
      workflow: { env: workflow.env },
      event: request.event,
      cancellation,
    });
    host.finished(queued.key, result.result, result.outputs);
    return { ...result, effective: result.tolerated ? 'success' : result.result };
  } finally {
    place.release();
  }
}

/** Where the workflow file of the job comes from: of a called workflow, not of its caller. */
function jobContext(plan: Plan): ValueMap {
  const { repository, ref, sha } = plan.commit;
  const path = plan.workflow.path;
  return {
    workflow_repository: repository,
    workflow_file_path: path,
    workflow_ref: `${repository}/${path}@${ref}`,
    workflow_sha: sha,
  };
}

export async function runCall(
  request: WorkflowRequest,
  job: CallJob,
  contexts: Contexts,
  prefix: WorkflowRequest['prefix'],
): Promise<Finished> {
  const plan = request.plan.calls.get(job.id);
  if (plan === undefined) throw new WorkflowError('invalid_workflow', `job '${job.id}' calls no workflow`);
  const scope: Scope = { contexts };
  const given = interpolateDeep(job.with, scope);
  const inputs = readCallInputs(plan.workflow, isMap(given) ? given : {}, {
    contexts: { github: request.github, vars: request.vars, inputs: {} },
  });
  const inner: WorkflowRequest = {
    ...request,
    plan,
    inputs,
    secrets: calledSecrets(request, job, plan, contexts),
    prefix,
  };
  const turn = await takeTurn(inner, plan.workflow.concurrency, { github: request.github, inputs, vars: request.vars });
  try {
    if (!turn.granted) return { result: 'cancelled', outputs: {}, effective: 'cancelled' };
    const { result, outputs } = await request.call(inner);
    return { result, outputs, effective: result };
  } finally {
    turn.release();
  }
}

/** Secrets are handed on by name, or all of them; a called workflow of another repository gets no others. */
function calledSecrets(request: WorkflowRequest, job: CallJob, plan: Plan, contexts: Contexts): Record<string, string> {
  if (job.secrets === 'inherit') return { ...request.secrets };
  const scope: Scope = { contexts: { ...contexts, secrets: request.secrets } };
  const declared = declaredCallSecrets(plan.workflow);
  return Object.fromEntries(
    Object.entries(job.secrets)
      .filter(([name]) => declared.has(name))
      .map(([name, template]) => [name, interpolateText(template, scope)]),
  );
}
