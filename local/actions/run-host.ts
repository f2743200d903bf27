import { randomUUID } from 'node:crypto';
import { createJobToken, revokeJobToken } from '../auth/tokens.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { WorkflowError } from '../workflows/errors.ts';
import type {
  Annotation,
  Conclusion,
  ConcurrencyRequest,
  JobCredentials,
  JobReporter,
  JobSettings,
  JobStart,
  Place,
  QueuedJob,
  RunHost,
  StepReport,
} from '../workflows/host.ts';
import { toTokenPermissions } from '../workflows/permissions.ts';
import { runProcess } from '../workflows/processes.ts';
import type { ValueMap } from '../workflows/values.ts';
import { textsOf } from './json.ts';
import type { ActionsState } from './state.ts';
import { currentAttempt, type Job, type Run } from './tables.ts';

/** A job's token never lives longer than this. */
const TOKEN_LIFE_MS = 24 * 3_600_000;
const RUNNER_NAME = 'local-host';
const HOST_RUNNER_ID = 1;

/** What the executor asks of the service, for one attempt at one run. */
export function createRunHost(
  state: ActionsState,
  repository: Repository,
  runId: number,
  reused: ReadonlyMap<string, ValueMap>,
): RunHost {
  const { github, tables } = state;
  const machine = github.urls.results.replace(/\/$/, '');
  return {
    sources: state.sources,
    urls: { git: machine, api: github.urls.api, results: github.urls.results, server: github.urls.server },
    options: state.executor,
    queued: (job) => createReporter(state, repository, state.run(runId), insertJob(state, repository, runId, job)),
    finishedUnstarted(queued, conclusion) {
      const job = insertJob(state, repository, runId, queued);
      const at = github.timestamp();
      const ended = tables.jobs.update(job.id, { status: 'completed', conclusion, startedAt: at, completedAt: at });
      state.jobChecks.completed(repository, state.run(runId), ended);
      state.webhooks.job(repository, state.run(runId), ended, 'completed');
    },
    environment: (name) => environmentSettings(github, repository, state.run(runId), name),
    place: (labels, signal) => placeOf(state, repository, labels, signal),
    turn: (request: ConcurrencyRequest) => state.concurrency(repository.id).turn(request),
    reuse(key) {
      const outputs = reused.get(key);
      if (outputs === undefined) return undefined;
      copyJob(state, runId, key);
      return { result: 'success', outputs };
    },
    finished(key, _result, outputs) {
      const run = state.run(runId);
      const job = tables.jobs.find({ runId, attempt: currentAttempt(run).number, key });
      if (job !== undefined) tables.jobs.update(job.id, { outputs: textsOf(outputs) });
    },
  };
}

/** On a self-hosted runner where the job asks for one, else on this machine. */
async function placeOf(
  state: ActionsState,
  repository: Repository,
  labels: readonly string[],
  signal: AbortSignal,
): Promise<Place> {
  const place = await state.runners.take(repository.id, labels, signal);
  return place ?? { runner: null, run: runProcess, release: await state.slots.take(signal) };
}

function insertJob(state: ActionsState, repository: Repository, runId: number, queued: QueuedJob): Job {
  const run = state.run(runId);
  return state.tables.jobs.insert({
    id: state.jobChecks.create(repository, run, queued.name),
    runId,
    repositoryId: run.repositoryId,
    attempt: currentAttempt(run).number,
    key: queued.key,
    name: queued.name,
    backendId: randomUUID(),
    status: 'queued',
    conclusion: null,
    labels: [...queued.labels],
    runnerName: null,
    runnerId: null,
    steps: [],
    outputs: {},
    summaries: [],
    createdAt: state.github.timestamp(),
    startedAt: null,
    completedAt: null,
  });
}

/** A job that is not run again is listed with the new attempt, too. */
function copyJob(state: ActionsState, runId: number, key: string): void {
  const { number } = currentAttempt(state.run(runId));
  const earlier = state.tables.jobs.find({ runId, attempt: number - 1, key });
  if (earlier === undefined) return;
  const { id, ...rest } = earlier;
  const copy = state.tables.jobs.insert({ ...rest, attempt: number, backendId: randomUUID() });
  void state.logs.copy(id, copy.id);
}

/** Writes down what a job does, and tells it. */
function createReporter(state: ActionsState, repository: Repository, run: Run, inserted: Job): JobReporter {
  const { github, tables } = state;
  const { id } = inserted;
  state.webhooks.job(repository, run, inserted, 'queued');
  let steps = inserted.steps;
  let runner = { id: HOST_RUNNER_ID, name: RUNNER_NAME };
  return {
    id,
    get runnerName() {
      return runner.name;
    },
    assigned(taken) {
      runner = taken;
    },
    started(start: JobStart): JobCredentials {
      const job = tables.jobs.update(id, {
        status: 'in_progress',
        startedAt: github.timestamp(),
        runnerName: runner.name,
        runnerId: runner.id,
      });
      state.jobChecks.started(repository, run, job);
      state.jobStarted(repository, run.id);
      state.webhooks.job(repository, run, job, 'in_progress');
      return issueCredentials(state, repository, run, job, start);
    },
    step(report: StepReport): void {
      const at = github.timestamp();
      const known = steps.find((step) => step.number === report.number);
      const step = {
        ...report,
        startedAt: known?.startedAt ?? at,
        completedAt: report.status === 'completed' ? at : null,
      };
      steps = [...steps.filter((other) => other.number !== report.number), step].sort((a, b) => a.number - b.number);
      tables.jobs.update(id, { steps });
    },
    log: (line: string) => state.logs.write(id, line),
    annotate: (annotation: Annotation) => state.jobChecks.annotate(id, annotation),
    summary(number: number, markdown: string): void {
      const { summaries } = tables.jobs.get(id) ?? inserted;
      tables.jobs.update(id, { summaries: [...summaries, { number, markdown }] });
    },
    completed(conclusion: Conclusion): void {
      revokeJobToken(github.tables, id);
      state.identity.end(id);
      const at = github.timestamp();
      const current = tables.jobs.get(id) ?? inserted;
      const job = tables.jobs.update(id, {
        status: 'completed',
        conclusion,
        startedAt: current.startedAt ?? at,
        completedAt: at,
      });
      state.jobChecks.completed(repository, run, job);
      void state.logs.close(id);
      state.webhooks.job(repository, run, job, 'completed');
    },
  };
}

function issueCredentials(
  state: ActionsState,
  repository: Repository,
  run: Run,
  job: Job,
  start: JobStart,
): JobCredentials {
  const { github } = state;
  const now = github.now();
  const expiresAt = new Date(now.getTime() + TOKEN_LIFE_MS);
  const token = createJobToken(github.tables, {
    repositoryId: repository.id,
    permissions: toTokenPermissions(start.permissions),
    runId: run.id,
    jobId: job.id,
    expiresAt,
  });
  const runtimeToken = state.runtimeTokens.issue(
    { run: currentAttempt(run).backendId, job: job.backendId },
    now,
    expiresAt,
  );
  if (start.permissions['id-token'] !== 'write') return { token, runtimeToken };
  const { environment, workflowRef: jobWorkflowRef, workflowSha: jobWorkflowSha } = start;
  const url = state.identity.allow(job.id, { environment, jobWorkflowRef, jobWorkflowSha });
  return { token, runtimeToken, idTokenRequest: { url, token: runtimeToken } };
}

/** @throws WorkflowError if the run's ref may not use the environment. */
function environmentSettings(github: LocalGitHub, repository: Repository, run: Run, name: string): JobSettings {
  const environment = github.tables.environments.find({ repositoryId: repository.id, name });
  const { ref, fork } = run.trigger;
  // GitHub creates an environment that a workflow names; without rules and secrets it makes no difference.
  if (environment === undefined) return { secrets: {}, variables: {} };
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  if (environment.branches !== null && (branch === undefined || !environment.branches.includes(branch))) {
    const shown = branch === undefined ? ref : `Branch "${branch}"`;
    throw new WorkflowError(
      'permission_exceeded',
      `${shown} is not allowed to deploy to ${name} due to environment protection rules.`,
    );
  }
  return settingsOf(github, repository, environment.id, fork);
}

/** The secrets and variables of a repository (`environmentId` null) or of an environment. A fork's run gets no secrets. */
export function settingsOf(
  github: LocalGitHub,
  repository: Repository,
  environmentId: number | null,
  fork: boolean,
): JobSettings {
  const settings = github.tables.settings.list({ repositoryId: repository.id, environmentId });
  const pick = (kind: 'secret' | 'variable'): Record<string, string> =>
    Object.fromEntries(settings.filter((setting) => setting.kind === kind).map(({ name, value }) => [name, value]));
  return { secrets: fork ? {} : pick('secret'), variables: pick('variable') };
}
