import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { LocalGitHub } from '../github.ts';
import { Dispatcher } from './dispatcher.ts';
import { JobChecks } from './job-checks.ts';
import { JobLogs } from './job-logs.ts';
import { ArtifactService } from './results/artifact-service.ts';
import { Blobs } from './results/blobs.ts';
import { handleResultsRequest, type ResultsParts } from './results/handler.ts';
import { LogDownloads } from './results/log-downloads.ts';
import { IdentityProvider } from './results/oidc.ts';
import { RuntimeTokens } from './results/runtime-token.ts';
import { SignedUrls } from './results/signed-urls.ts';
import { createSources } from './sources.ts';
import { ActionsState } from './state.ts';
import { openActionsTables } from './tables.ts';
import { ActionsWebhooks } from './webhooks.ts';
import { WorkflowCache } from './workflow-cache.ts';

export interface ActionsOptions {
  /** Jobs that run at the same time on this machine; 4 without it. */
  readonly maxParallelJobs?: number;
  /** Added to the environment of every job (package caches, say). */
  readonly jobEnvironment?: Readonly<Record<string, string>>;
  /** Milliseconds after which a cancelled step that ignores SIGINT gets SIGTERM, and then SIGKILL; GitHub's 7,500 and 2,500 without it. */
  readonly cancelGrace?: { readonly interrupt: number; readonly terminate: number };
  /** Leave the directories of finished jobs where they are. */
  readonly keepWorkspaces?: boolean;
  /** How long the `timeout-minutes` of jobs and steps are, in milliseconds a minute. For tests. */
  readonly minute?: number;
}

export interface ActionsService {
  readonly state: ActionsState;
  readonly cache: WorkflowCache;
  readonly dispatcher: Dispatcher;
  readonly artifacts: ArtifactService;
  readonly logDownloads: LogDownloads;
  readonly results: ResultsParts;
  /** Resolves when no run is under way and all its webhooks were given to the server. */
  settled(): Promise<void>;
  /** Cancels what runs, by force, and waits for its end. */
  close(): Promise<void>;
}

const services = new WeakMap<LocalGitHub, ActionsService>();

/** The Actions service of a server. @throws Error before {@link attachActions}. */
export function actionsOf(github: LocalGitHub): ActionsService {
  const service = services.get(github);
  if (service === undefined) throw new Error('the Actions service is not attached to this server');
  return service;
}

/** Starts the Actions service: it listens to the server's events and runs workflows. Jobs run on this machine as you. */
export function attachActions(github: LocalGitHub, options: ActionsOptions): ActionsService {
  const directory = join(github.dataDir, 'actions');
  const now = (): Date => github.now();
  const tables = openActionsTables(github.db);
  const urls = new SignedUrls(github.urls.results);
  const blobs = new Blobs(join(directory, 'blobs'), urls, now);
  const tokens = new RuntimeTokens();
  const identity = new IdentityProvider(github, tables, tokens);
  const state = new ActionsState({
    github,
    tables,
    sources: createSources(github),
    logs: new JobLogs(join(directory, 'logs'), now),
    webhooks: new ActionsWebhooks(github, tables),
    jobChecks: new JobChecks(github),
    runtimeTokens: tokens,
    identity,
    maxParallelJobs: options.maxParallelJobs ?? 4,
    executor: {
      workDirectory: join(directory, 'work'),
      jobEnvironment: options.jobEnvironment ?? {},
      serverEnvironment: process.env,
      cancelGrace: options.cancelGrace ?? { interrupt: 7_500, terminate: 2_500 },
      keepWorkspaces: options.keepWorkspaces ?? false,
      minute: options.minute ?? 60_000,
    },
  });
  endLostRuns(state);
  const cache = new WorkflowCache(github);
  const dispatcher = new Dispatcher(state, cache);
  const unsubscribe = github.onEvent((event) => dispatcher.onEvent(event));
  const artifacts = new ArtifactService(github, tables, blobs, urls);
  const logDownloads = new LogDownloads(state, urls);
  const settled = async (): Promise<void> => {
    for (;;) {
      await dispatcher.settled();
      if (state.active.size === 0) break;
      await Promise.all([...state.active.values()].map((run) => run.done));
    }
    await state.webhooks.settled();
  };
  const service: ActionsService = {
    state,
    cache,
    dispatcher,
    artifacts,
    logDownloads,
    results: { github, tables, tokens, artifacts, blobs, urls, identity, logDownloads },
    settled,
    async close() {
      unsubscribe();
      await dispatcher.settled();
      for (const run of state.active.values()) run.cancellation.force();
      await settled();
      state.runners.close();
      await state.logs.closeAll();
    },
  };
  services.set(github, service);
  return service;
}

/** Runs that an earlier server left behind are lost: their processes ended with it, or nobody watches them. */
function endLostRuns(state: ActionsState): void {
  const at = state.github.timestamp();
  for (const status of ['queued', 'pending', 'in_progress'] as const) {
    for (const run of state.tables.runs.list({ status }))
      state.updateRun(run.id, 'completed', 'failure', { startupError: 'The server stopped while this ran.' });
  }
  for (const status of ['queued', 'in_progress'] as const) {
    for (const job of state.tables.jobs.list({ status })) {
      state.tables.jobs.update(job.id, {
        status: 'completed',
        conclusion: 'failure',
        startedAt: job.startedAt ?? at,
        completedAt: at,
      });
      state.github.tables.checkRuns.update(job.id, { status: 'completed', conclusion: 'failure', completedAt: at });
    }
  }
}

/** Answers `/twirp/…`, `/_results/…` and `/_oidc/…`. */
export async function handleResults(
  request: IncomingMessage,
  response: ServerResponse,
  github: LocalGitHub,
): Promise<void> {
  await handleResultsRequest(actionsOf(github).results, request, response);
}
