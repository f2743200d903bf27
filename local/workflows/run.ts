import { messageOf, WorkflowError } from './errors.ts';
import { evaluateCondition, interpolateText, type Scope, type StatusFunction } from './expression.ts';
import type { QueuedJob } from './host.ts';
import type { Plan } from './plan.ts';
import { failUnstarted, matrixPlaces, runPlaces } from './run-matrix.ts';
import { type Finished, overall, type WorkflowRequest, type WorkflowResult } from './run-request.ts';
import { isMap } from './values.ts';
import type { Job } from './workflow.ts';

/** Runs the jobs of a workflow in the order of their needs. Never throws: what goes wrong is logged by a job. */
export async function runWorkflow(run: Omit<WorkflowRequest, 'call'>): Promise<WorkflowResult> {
  const request: WorkflowRequest = { ...run, call: runWorkflow };
  const { plan } = request;
  const started = new Map<string, Promise<Finished>>();
  const start = (id: string): Promise<Finished> => {
    const known = started.get(id);
    if (known !== undefined) return known;
    const job = plan.workflow.jobs.get(id);
    if (job === undefined) throw new WorkflowError('invalid_workflow', `job '${id}' is unknown`);
    const finished = Promise.all(ancestors(plan, id).map(async (name) => [name, await start(name)] as const)).then(
      (results) => runJobGroup(request, job, new Map(results)),
    );
    started.set(id, finished);
    return finished;
  };
  const results = new Map<string, Finished>();
  await Promise.all([...plan.workflow.jobs.keys()].map(async (id) => results.set(id, await start(id))));
  return {
    result: overall([...results.values()].map((finished) => finished.effective)),
    outputs: workflowOutputs(request, results),
  };
}

/** All jobs that must be over before `id`, the direct ones and theirs. */
function ancestors(plan: Plan, id: string): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const need of plan.workflow.jobs.get(name)?.needs ?? []) {
      if (found.has(need)) continue;
      found.add(need);
      visit(need);
    }
  };
  visit(id);
  return [...found];
}

function workflowOutputs(request: WorkflowRequest, results: ReadonlyMap<string, Finished>): Record<string, string> {
  const declared = request.plan.workflow.on['workflow_call']?.['outputs'];
  if (!isMap(declared)) return {};
  const jobs = Object.fromEntries(
    [...results].map(([id, finished]) => [id, { result: finished.effective, outputs: finished.outputs }]),
  );
  const scope: Scope = { contexts: { github: request.github, inputs: request.inputs, vars: request.vars, jobs } };
  return Object.fromEntries(
    Object.entries(declared).map(([name, output]) => [
      name,
      isMap(output) ? interpolateText(output['value'] ?? '', scope) : '',
    ]),
  );
}

/** A job with all places of its matrix. */
async function runJobGroup(
  request: WorkflowRequest,
  job: Job,
  before: ReadonlyMap<string, Finished>,
): Promise<Finished> {
  const key = request.prefix.key + job.id;
  const queued: QueuedJob = { key, name: request.prefix.name + (job.name ?? job.id), labels: [], needsKeys: [] };
  const needs = Object.fromEntries(
    job.needs.map((id) => [
      id,
      { result: before.get(id)?.effective ?? 'skipped', outputs: before.get(id)?.outputs ?? {} },
    ]),
  );
  const contexts = { github: request.github, inputs: request.inputs, vars: request.vars, needs };
  const unstarted = (conclusion: 'skipped' | 'cancelled'): Finished => {
    request.host.finishedUnstarted(queued, conclusion);
    return { result: conclusion, outputs: {}, effective: conclusion };
  };
  try {
    if (request.cancellation.forced.aborted) return unstarted('cancelled');
    if (!evaluateCondition(job.if, { contexts, status: statusOf(request, [...before.values()]) })) {
      return unstarted(request.cancellation.requested ? 'cancelled' : 'skipped');
    }
    const places = matrixPlaces(job, contexts);
    return await runPlaces(request, job, contexts, places);
  } catch (error) {
    return failUnstarted(request, queued, messageOf(error));
  }
}

function statusOf(request: WorkflowRequest, before: readonly Finished[]): Record<StatusFunction, boolean> {
  const cancelled = request.cancellation.requested;
  return {
    success: !cancelled && before.every((finished) => finished.effective === 'success'),
    failure: before.some((finished) => finished.effective === 'failure'),
    cancelled,
    always: true,
  };
}
