import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cancellation } from './cancellation.ts';
import { messageOf, WorkflowError } from './errors.ts';
import { interpolate, interpolateMap, interpolateText, type Scope } from './expression.ts';
import type { Commit, Conclusion, JobReporter, JobSettings, JobStart, Place, RunHost } from './host.ts';
import { createDirectories, JobRuntime } from './job-runtime.ts';
import { prepareActions } from './job-setup.ts';
import { Masks } from './masks.ts';
import type { Permissions } from './permissions.ts';
import { defaultName, runStep, startTimer } from './step.ts';
import { expressionScope, type StepScope } from './step-scope.ts';
import { isMap, isTruthy, toText, type Value, type ValueMap } from './values.ts';
import { DEFAULT_JOB_MINUTES, type StepsJob } from './workflow.ts';

export interface JobRequest {
  readonly host: RunHost;
  readonly run: Place['run'];
  readonly reporter: JobReporter;
  readonly job: StepsJob;
  readonly commit: Commit;
  /** The workflow file that holds the job. */
  readonly path: string;
  readonly permissions: Permissions;
  /** `github` without token, `inputs`, `needs`, `strategy`, `matrix`, `vars`, `secrets`, and the `job` context's own members. */
  readonly contexts: { readonly [name: string]: Value };
  /** The workflow's `env`. */
  readonly workflow: { readonly env: Value };
  readonly event: ValueMap;
  readonly cancellation: Cancellation;
}

export interface JobResult {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
  /** Failed, but `continue-on-error` says that the run goes on. */
  readonly tolerated: boolean;
}

/** Runs one job on this machine. Never throws: what goes wrong fails the job. */
export async function runJob(request: JobRequest): Promise<JobResult> {
  const { host, reporter } = request;
  const credentials = reporter.started(startOf(request));
  const masks = new Masks();
  const cancellation = new Cancellation(request.cancellation);
  const fail = (message: string): JobResult => {
    reporter.log(masks.apply(`##[error]${message}`));
    reporter.annotate({ level: 'failure', message: masks.apply(message) });
    return { result: 'failure', outputs: {}, tolerated: false };
  };
  let result: JobResult;
  let runtime: JobRuntime | undefined;
  try {
    const settings = jobSettings(request);
    const contexts = jobContexts(request, settings, credentials.token);
    for (const secret of [...Object.values(settings.secrets), credentials.token, credentials.runtimeToken])
      masks.add(secret);
    const directories = await createDirectories(
      host.options.workDirectory,
      reporter.id,
      toText(githubOf(contexts)['repository'] ?? ''),
    );
    const withPaths = {
      ...contexts,
      github: {
        ...githubOf(contexts),
        workspace: directories.workspace,
        event_path: join(directories.temp, '_github_workflow', 'event.json'),
      },
    };
    runtime = new JobRuntime({
      host,
      run: request.run,
      reporter,
      credentials,
      cancellation,
      directories,
      contexts: withPaths,
      masks,
    });
    result = await runPrepared(runtime, request, cancellation);
  } catch (error) {
    result = fail(messageOf(error));
  } finally {
    await runtime?.cleanUp();
  }
  reporter.completed(result.result);
  return result;
}

function githubOf(contexts: { readonly [name: string]: Value }): ValueMap {
  const { github } = contexts;
  return isMap(github) ? github : {};
}

function environmentOf(job: StepsJob, contexts: JobRequest['contexts']): string | undefined {
  const raw = isMap(job.environment) ? (job.environment['name'] ?? null) : (job.environment ?? null);
  const { secrets: _hidden, ...visible } = contexts;
  return interpolateText(raw, { contexts: visible }) || undefined;
}

function startOf({ job, contexts, commit, path, permissions }: JobRequest): JobStart {
  const workflow = { workflowRef: `${commit.repository}/${path}@${commit.ref}`, workflowSha: commit.sha };
  try {
    return { permissions, environment: environmentOf(job, contexts), ...workflow };
  } catch {
    // The job is about to fail of this; until then it holds nothing.
    return { permissions: {}, environment: undefined, ...workflow };
  }
}

/** The secrets and variables that the job's environment adds. @throws WorkflowError if its ref may not use it. */
function jobSettings(request: JobRequest): JobSettings {
  const { job, contexts } = request;
  const own = { secrets: textMap(contexts['secrets']), variables: textMap(contexts['vars']) };
  const name = environmentOf(job, contexts);
  if (name === undefined) return own;
  const added = request.host.environment(name);
  return { secrets: { ...own.secrets, ...added.secrets }, variables: { ...own.variables, ...added.variables } };
}

function textMap(value: Value | undefined): Record<string, string> {
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toText(item)])) : {};
}

function jobContexts(request: JobRequest, settings: JobSettings, token: string): { [name: string]: Value } {
  const { contexts, reporter } = request;
  const job = contexts['job'];
  return {
    ...contexts,
    github: { ...githubOf(contexts), token, job: request.job.id },
    job: { ...(isMap(job) ? job : {}), check_run_id: reporter.id },
    vars: settings.variables,
    secrets: { ...settings.secrets, GITHUB_TOKEN: token },
  };
}

async function runPrepared(runtime: JobRuntime, request: JobRequest, cancellation: Cancellation): Promise<JobResult> {
  const { job, reporter } = request;
  const base: Scope = { contexts: runtime.contexts };
  for (const layer of [request.workflow.env, job.env]) {
    const scope = { contexts: { ...base.contexts, env: Object.fromEntries(runtime.env) } };
    for (const [name, value] of Object.entries(interpolateMap(layer, scope))) runtime.env.set(name, value);
  }
  const scope: StepScope = {
    runtime,
    commit: request.commit,
    steps: new Map(),
    github: {},
    env: {},
    defaults: job.defaults,
    failed: false,
    depth: 0,
  };
  const timers = startTimers(runtime, cancellation, job);
  try {
    await setUp(runtime, request);
    await runSteps(scope, request);
    await runPosts(runtime, job.steps.length);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  const conclusion = conclude(runtime, cancellation);
  reporter.step({ number: lastNumber(runtime, job), name: 'Complete job', status: 'completed', conclusion: 'success' });
  const tolerated = conclusion === 'failure' && isTruthy(interpolate(job.continueOnError, base));
  return { result: conclusion, outputs: jobOutputs(runtime, scope, job), tolerated };
}

function conclude(runtime: JobRuntime, cancellation: Cancellation): Conclusion {
  if (cancellation.requested) return 'cancelled';
  return runtime.failed ? 'failure' : 'success';
}

/** A job that takes too long is cancelled; a cancelled one that does not end in five minutes is ended by force. */
function startTimers(runtime: JobRuntime, cancellation: Cancellation, job: StepsJob): (NodeJS.Timeout | undefined)[] {
  const { minute } = runtime.options;
  const asked = Number(interpolate(job.timeoutMinutes, { contexts: runtime.contexts }));
  const minutes = Number.isFinite(asked) && asked > 0 ? asked : DEFAULT_JOB_MINUTES;
  const timers: (NodeJS.Timeout | undefined)[] = [];
  timers.push(
    startTimer(minutes, minute, () => {
      runtime.log.error(
        `The job running on runner ${runtime.reporter.runnerName} has exceeded the maximum execution time of ${minutes} minutes.`,
      );
      cancellation.cancel('timeout');
    }),
  );
  cancellation.onCancel(() => timers.push(startTimer(5, minute, () => cancellation.force())));
  return timers;
}

async function setUp(runtime: JobRuntime, request: JobRequest): Promise<void> {
  const { reporter } = request;
  const report = { number: 1, name: 'Set up job' };
  reporter.step({ ...report, status: 'in_progress', conclusion: null });
  try {
    runtime.log.line(
      `Current runner: ${reporter.runnerName} (jobs run on this machine as the user who started the server)`,
    );
    runtime.log.line('##[group]GITHUB_TOKEN Permissions');
    for (const [scope, level] of Object.entries(request.permissions)) runtime.log.line(`${scope}: ${level}`);
    runtime.log.line('##[endgroup]');
    await writeEvent(runtime, request.event);
    await prepareActions(runtime, request.job.steps, request.commit);
    reporter.step({ ...report, status: 'completed', conclusion: 'success' });
  } catch (error) {
    reporter.step({ ...report, status: 'completed', conclusion: 'failure' });
    throw error;
  }
}

async function writeEvent(runtime: JobRuntime, event: ValueMap): Promise<void> {
  const file = join(runtime.directories.temp, '_github_workflow', 'event.json');
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, JSON.stringify(event, null, 2));
}

async function runSteps(scope: StepScope, request: JobRequest): Promise<void> {
  const { runtime } = scope;
  const { reporter, job } = request;
  for (const [index, step] of job.steps.entries()) {
    const number = index + 2;
    let name = step.name ?? defaultName(step);
    if (runtime.cancellation.forced.aborted) {
      reporter.step({ number, name, status: 'completed', conclusion: 'cancelled' });
      continue;
    }
    const record = await runStep(scope, step, number, (started) => {
      name = runtime.masks.apply(started);
      reporter.step({ number, name, status: 'in_progress', conclusion: null });
    });
    if (record.conclusion === 'failure') runtime.failed = true;
    reporter.step({ number, name, status: 'completed', conclusion: record.conclusion });
  }
}

/** The `post` of the actions that ran, last one first. */
async function runPosts(runtime: JobRuntime, steps: number): Promise<void> {
  const posts = runtime.posts.toReversed();
  for (const [index, post] of posts.entries()) {
    if (runtime.cancellation.forced.aborted) return;
    const number = steps + 2 + index;
    runtime.reporter.step({ number, name: post.name, status: 'in_progress', conclusion: null });
    const conclusion = await post.run(number);
    if (conclusion === 'failure') runtime.failed = true;
    runtime.reporter.step({ number, name: post.name, status: 'completed', conclusion });
  }
}

function lastNumber(runtime: JobRuntime, job: StepsJob): number {
  return job.steps.length + runtime.posts.length + 2;
}

/** All outputs of a job together. https://docs.github.com/actions/reference/limits */
const MAX_OUTPUT_BYTES = 1024 * 1024;

function jobOutputs(runtime: JobRuntime, scope: StepScope, job: StepsJob): Record<string, string> {
  const outputs: Record<string, string> = {};
  const expressions = expressionScope(scope, {});
  let bytes = 0;
  for (const [name, template] of Object.entries(job.outputs)) {
    const value = interpolateText(template, expressions);
    bytes += Buffer.byteLength(value);
    if (bytes > MAX_OUTPUT_BYTES)
      throw new WorkflowError('limit_exceeded', `the outputs of a job may hold ${MAX_OUTPUT_BYTES} bytes together`);
    if (runtime.masks.found(value)) runtime.log.line(`##[warning]Skip output '${name}' since it may contain secret.`);
    else if (value !== '') outputs[name] = value;
  }
  return outputs;
}
