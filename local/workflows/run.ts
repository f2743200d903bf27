import { Cancellation } from './cancellation.ts';
import { messageOf, WorkflowError } from './errors.ts';
import {
  evaluateCondition,
  interpolate,
  interpolateDeep,
  interpolateText,
  type Scope,
  type StatusFunction,
} from './expression.ts';
import type { Conclusion, QueuedJob, RunHost } from './host.ts';
import { declaredCallSecrets, readCallInputs } from './inputs.ts';
import { type JobResult, runJob } from './job.ts';
import { expandMatrix, matrixSuffix } from './matrix.ts';
import type { Plan } from './plan.ts';
import { isMap, isTruthy, toText, type Value, type ValueMap } from './values.ts';
import type { CallJob, Concurrency, Job, StepsJob } from './workflow.ts';

/** One workflow of a run: the run's own, or one that a job calls. */
export interface WorkflowRequest {
  readonly host: RunHost;
  readonly plan: Plan;
  readonly github: ValueMap;
  readonly event: ValueMap;
  readonly inputs: ValueMap;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly cancellation: Cancellation;
  /** `caller / ` in the names of jobs, `caller.` in their keys. */
  readonly prefix: { readonly name: string; readonly key: string };
}

export interface WorkflowResult {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

interface Finished {
  readonly result: Conclusion;
  readonly outputs: ValueMap;
  /** What the run's own conclusion is made of: a tolerated failure counts as success. */
  readonly effective: Conclusion;
}

/** Runs the jobs of a workflow in the order of their needs. Never throws: what goes wrong is logged by a job. */
export async function runWorkflow(request: WorkflowRequest): Promise<WorkflowResult> {
  const { plan } = request;
  const started = new Map<string, Promise<Finished>>();
  const start = (id: string): Promise<Finished> => {
    const known = started.get(id);
    if (known !== undefined) return known;
    const job = plan.workflow.jobs.get(id);
    if (job === undefined) throw new WorkflowError('invalid_workflow', `job '${id}' is unknown`);
    const run = Promise.all(ancestors(plan, id).map(async (name) => [name, await start(name)] as const)).then(
      (results) => runJobGroup(request, job, new Map(results)),
    );
    started.set(id, run);
    return run;
  };
  const results = new Map<string, Finished>();
  for (const id of plan.workflow.jobs.keys()) void start(id);
  for (const id of plan.workflow.jobs.keys()) results.set(id, await start(id));
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

function overall(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.every((result) => result === 'skipped') ? 'skipped' : 'success';
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

/** A job that can't start because its own definition is wrong shows why in its log. */
function failUnstarted(request: WorkflowRequest, queued: QueuedJob, message: string): Finished {
  const reporter = request.host.queued(queued);
  reporter.started({});
  reporter.log(`##[error]${message}`);
  reporter.annotate({ level: 'failure', message });
  reporter.completed('failure');
  return { result: 'failure', outputs: {}, effective: 'failure' };
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

type Contexts = { readonly [name: string]: Value };

function matrixPlaces(job: Job, contexts: Contexts): (ValueMap | undefined)[] {
  if (job.strategy.matrix === undefined) return [undefined];
  return expandMatrix(interpolateDeep(job.strategy.matrix, { contexts }));
}

async function runPlaces(
  request: WorkflowRequest,
  job: Job,
  contexts: Contexts,
  places: readonly (ValueMap | undefined)[],
): Promise<Finished> {
  const group = new Cancellation(request.cancellation);
  const failFast = isTruthy(interpolate(job.strategy.failFast, { contexts }));
  const limit = Number(interpolate(job.strategy.maxParallel ?? places.length, { contexts })) || places.length;
  const strategy = { 'fail-fast': failFast, 'job-total': places.length, 'max-parallel': limit };
  const results: Finished[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < places.length; index = next++) {
      const matrix = places[index];
      const own = { ...contexts, strategy: { ...strategy, 'job-index': index }, matrix: matrix ?? null };
      const finished = await runPlace(
        { ...request, cancellation: group },
        job,
        own,
        matrix,
        places.length > 1 || matrix !== undefined ? index : undefined,
      );
      results[index] = finished;
      if (failFast && finished.effective === 'failure' && places.length > 1) group.cancel('fail-fast');
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, places.length) }, worker));
  return {
    result: overall(results.map((finished) => finished.result)),
    effective: overall(results.map((finished) => finished.effective)),
    outputs: Object.assign({}, ...results.map((finished) => finished.outputs)),
  };
}

async function runPlace(
  group: WorkflowRequest,
  job: Job,
  contexts: Contexts,
  matrix: ValueMap | undefined,
  index: number | undefined,
): Promise<Finished> {
  const cancellation = new Cancellation(group.cancellation);
  const request = { ...group, cancellation };
  const { host, prefix } = request;
  const name = prefix.name + placeName(job, contexts, matrix);
  const key = prefix.key + job.id + (index === undefined ? '' : `[${index}]`);
  const labels = job.kind === 'steps' ? labelsOf(job, contexts) : [];
  const queued: QueuedJob = { key, name, labels, needsKeys: job.needs.map((need) => prefix.key + need) };
  const reused = host.reuse(key);
  if (reused !== undefined && job.kind === 'steps')
    return { result: 'success', outputs: reused.outputs, effective: 'success' };
  const turn = await takeTurn(request, job.concurrency, contexts);
  try {
    if (!turn.granted || (cancellation.requested && !runsAfterCancel(request, job, contexts))) {
      host.finishedUnstarted(queued, 'cancelled');
      return { result: 'cancelled', outputs: {}, effective: 'cancelled' };
    }
    return job.kind === 'steps'
      ? await runStepsJob(request, job, contexts, queued)
      : await runCall(request, job, contexts, { name: `${name} / `, key: `${key}.` });
  } catch (error) {
    return failUnstarted(request, queued, messageOf(error));
  } finally {
    turn.release();
  }
}

function runsAfterCancel(request: WorkflowRequest, job: Job, contexts: Contexts): boolean {
  const status = { success: false, failure: false, cancelled: true, always: true };
  const { github, inputs, vars, needs } = contexts;
  const visible = { github: github ?? null, inputs: inputs ?? null, vars: vars ?? null, needs: needs ?? null };
  return (
    !request.cancellation.forced.aborted &&
    request.cancellation.reason !== 'fail-fast' &&
    evaluateCondition(job.if, { contexts: visible, status })
  );
}

async function takeTurn(request: WorkflowRequest, concurrency: Concurrency | undefined, contexts: Contexts) {
  if (concurrency === undefined) return { granted: true, release: () => undefined };
  const { cancellation } = request;
  return request.host.turn({
    group: interpolateText(concurrency.group, { contexts }),
    cancelInProgress: isTruthy(interpolate(concurrency.cancelInProgress, { contexts })),
    queue: concurrency.queue,
    signal: cancellation.signal,
    cancel: (reason) => cancellation.cancel(reason),
  });
}

function placeName(job: Job, contexts: Contexts, matrix: ValueMap | undefined): string {
  if (job.name === undefined) return job.id + (matrix === undefined ? '' : matrixSuffix(matrix));
  const name = interpolateText(job.name, { contexts });
  const mentionsMatrix = job.name.includes('${{');
  return matrix === undefined || mentionsMatrix ? name : name + matrixSuffix(matrix);
}

/** Every label is this machine. */
function labelsOf(job: StepsJob, contexts: Contexts): string[] {
  const value = interpolateDeep(job.runsOn, { contexts });
  const labels = isMap(value) ? (value['labels'] ?? value['group'] ?? null) : value;
  return [labels].flat().map((label) => toText(label as Value)); // flat() loses the readonly array's item type
}

async function runStepsJob(
  request: WorkflowRequest,
  job: StepsJob,
  contexts: Contexts,
  queued: QueuedJob,
): Promise<Finished> {
  const { host, plan, cancellation } = request;
  const reporter = host.queued(queued);
  const release = await host.slot(cancellation.signal);
  try {
    if (cancellation.requested && !runsAfterCancel(request, job, contexts)) {
      reporter.completed('cancelled');
      return { result: 'cancelled', outputs: {}, effective: 'cancelled' };
    }
    const { commit, workflow } = plan;
    const result: JobResult = await runJob({
      host,
      reporter,
      job,
      commit,
      permissions: plan.permissions.get(job.id) ?? {},
      contexts: { ...contexts, secrets: request.secrets, job: jobContext(plan) },
      workflow: { env: workflow.env, defaults: workflow.defaults },
      event: request.event,
      cancellation,
    });
    host.finished(queued.key, result.result, result.outputs);
    return { ...result, effective: result.tolerated ? 'success' : result.result };
  } finally {
    release();
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

async function runCall(
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
    const { result, outputs } = await runWorkflow(inner);
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
