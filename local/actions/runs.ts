import { randomUUID } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import type { Repository } from '../repositories/repository.ts';
import { fullName } from '../repositories/views.ts';
import { Cancellation } from '../workflows/cancellation.ts';
import { messageOf, WorkflowError } from '../workflows/errors.ts';
import { interpolate, interpolateText } from '../workflows/expression.ts';
import type { Conclusion, ConcurrencyTurn } from '../workflows/host.ts';
import { type Plan, planRun } from '../workflows/plan.ts';
import { runWorkflow } from '../workflows/run.ts';
import { isTruthy, type ValueMap } from '../workflows/values.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { githubContext } from './github-context.ts';
import { createRunHost, settingsOf } from './run-host.ts';
import type { ActionsState } from './state.ts';
import { currentAttempt, type Run } from './tables.ts';
import type { EventTrigger } from './triggers.ts';
import { registerWorkflow } from './workflow-rows.ts';

/**
 * Creates a run and starts it in the background.
 * @param workflow the file at the trigger's workflow commit, or why it is none: such a run fails at its start.
 */
export function startRun(
  state: ActionsState,
  repository: Repository,
  path: string,
  workflow: Workflow | WorkflowError,
  event: EventTrigger,
  actor: Account,
): Run {
  const { github, tables } = state;
  const name = workflow instanceof WorkflowError ? path : workflow.name;
  const row = registerWorkflow(state, repository, path, name);
  const at = github.timestamp();
  const run = tables.runs.insert({
    repositoryId: repository.id,
    workflowId: row.id,
    number: tables.runs.list({ workflowId: row.id }).length + 1,
    name,
    title: event.title || name,
    path,
    event: event.event,
    status: 'queued',
    conclusion: null,
    headBranch: event.headBranch,
    headSha: event.headSha,
    headRepositoryId: event.headRepositoryId,
    pullNumbers: [...event.pullNumbers],
    actorId: actor.id,
    attempts: [newAttempt(1, actor.id, at)],
    trigger: event.trigger,
    startupError: null,
    referenced: [],
    createdAt: at,
    updatedAt: at,
  });
  const titled = workflow instanceof WorkflowError ? run : withTitle(state, repository, run, workflow);
  state.webhooks.run(repository, titled, 'requested');
  launch(state, repository, titled, new Map(), workflow instanceof WorkflowError ? workflow : undefined);
  return titled;
}

/** Starts a run again. @param reused outputs of the jobs that are not run again, by their keys. */
export function startAgain(
  state: ActionsState,
  repository: Repository,
  run: Run,
  actor: Account,
  reused: ReadonlyMap<string, ValueMap>,
): Run {
  const at = state.github.timestamp();
  const attempt = newAttempt(currentAttempt(run).number + 1, actor.id, at);
  const again = state.tables.runs.update(run.id, {
    status: 'queued',
    conclusion: null,
    updatedAt: at,
    startupError: null,
    attempts: [...run.attempts, attempt],
  });
  state.webhooks.run(repository, again, 'requested');
  launch(state, repository, again, reused, undefined);
  return again;
}

function newAttempt(number: number, actorId: number, at: string): Run['attempts'][number] {
  return {
    number,
    backendId: randomUUID(),
    triggeringActorId: actorId,
    startedAt: at,
    updatedAt: at,
    status: 'queued',
    conclusion: null,
  };
}

function withTitle(state: ActionsState, repository: Repository, run: Run, workflow: Workflow): Run {
  if (workflow.runName === undefined) return run;
  const contexts = startContexts(state, repository, run);
  try {
    const title = interpolateText(workflow.runName, { contexts }).trim();
    return title === '' ? run : state.tables.runs.update(run.id, { title });
  } catch (error) {
    state.github.log(`run ${run.id}: run-name: ${messageOf(error)}`);
    return run;
  }
}

/** The contexts of `run-name` and of the workflow's `concurrency`. */
function startContexts(state: ActionsState, repository: Repository, run: Run) {
  const { variables } = settingsOf(state.github, repository, null, run.trigger.fork);
  return { github: githubContext(state.github, repository, run), inputs: run.trigger.inputs, vars: variables };
}

function launch(
  state: ActionsState,
  repository: Repository,
  run: Run,
  reused: ReadonlyMap<string, ValueMap>,
  refusal: WorkflowError | undefined,
): void {
  const cancellation = new Cancellation();
  const done = execute(state, repository, run, cancellation, reused, refusal)
    .catch((error: unknown): Conclusion | 'startup_failure' => failStart(state, run, error))
    .then((conclusion) => {
      state.active.delete(run.id);
      state.webhooks.run(repository, state.updateRun(run.id, 'completed', conclusion), 'completed');
    })
    .catch((error: unknown) => state.github.log(`run ${run.id} could not be closed: ${messageOf(error)}`));
  state.active.set(run.id, { cancellation, done });
}

function failStart(state: ActionsState, run: Run, error: unknown): 'startup_failure' {
  const message = error instanceof WorkflowError ? error.message : `internal error: ${messageOf(error)}`;
  state.github.log(`run ${run.id} of ${run.path} could not start: ${message}`);
  state.tables.runs.update(run.id, { startupError: message });
  return 'startup_failure';
}

async function execute(
  state: ActionsState,
  repository: Repository,
  run: Run,
  cancellation: Cancellation,
  reused: ReadonlyMap<string, ValueMap>,
  refusal: WorkflowError | undefined,
): Promise<Conclusion> {
  if (refusal !== undefined) throw refusal;
  const { trigger } = run;
  const commit = { repository: fullName(repository), sha: trigger.workflowSha, ref: trigger.workflowRef };
  const plan = await planRun(state.sources, commit, run.path, trigger.fork);
  state.tables.runs.update(run.id, { referenced: referencedWorkflows(plan) });
  const contexts = startContexts(state, repository, run);
  const turn = await takeTurn(state, repository, run, plan.workflow, contexts, cancellation);
  try {
    if (!turn.granted) return 'cancelled';
    const { result } = await runWorkflow({
      host: createRunHost(state, repository, run.id, reused),
      plan,
      github: contexts.github,
      event: trigger.payload,
      inputs: trigger.inputs,
      vars: contexts.vars,
      secrets: settingsOf(state.github, repository, null, trigger.fork).secrets,
      cancellation,
      prefix: { name: '', key: '' },
    });
    return result;
  } finally {
    turn.release();
  }
}

async function takeTurn(
  state: ActionsState,
  repository: Repository,
  run: Run,
  workflow: Workflow,
  contexts: ReturnType<typeof startContexts>,
  cancellation: Cancellation,
): Promise<ConcurrencyTurn> {
  const { concurrency } = workflow;
  if (concurrency === undefined) return { granted: true, release: () => undefined };
  const turn = state.concurrency(repository.id).turn({
    group: interpolateText(concurrency.group, { contexts }),
    cancelInProgress: isTruthy(interpolate(concurrency.cancelInProgress, { contexts })),
    queue: concurrency.queue,
    signal: cancellation.signal,
    cancel: (reason) => cancellation.cancel(reason),
  });
  const immediate = await Promise.race([turn, Promise.resolve(undefined)]);
  if (immediate === undefined) state.updateRun(run.id, 'pending', null);
  return turn;
}

function referencedWorkflows(plan: Plan): Run['referenced'] {
  const found = new Map<string, Run['referenced'][number]>();
  const visit = (current: Plan): void => {
    for (const called of current.calls.values()) {
      const { repository, sha, ref } = called.commit;
      const path = `${repository}/${called.workflow.path}@${ref}`;
      found.set(path, { path, sha, ref });
      visit(called);
    }
  };
  visit(plan);
  return [...found.values()];
}
