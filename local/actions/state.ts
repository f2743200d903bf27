import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import type { Cancellation } from '../workflows/cancellation.ts';
import { ConcurrencyGroups } from '../workflows/concurrency.ts';
import type { ExecutorOptions, Sources } from '../workflows/host.ts';
import { Slots } from '../workflows/slots.ts';
import type { JobChecks } from './job-checks.ts';
import type { JobLogs } from './job-logs.ts';
import type { IdentityProvider } from './results/oidc.ts';
import type { RuntimeTokens } from './results/runtime-token.ts';
import { RunnerPool } from './runners/pool.ts';
import { type ActionsTables, currentAttempt, type Run } from './tables.ts';
import type { ActionsWebhooks } from './webhooks.ts';

export interface ActionsParts {
  readonly github: LocalGitHub;
  readonly tables: ActionsTables;
  readonly sources: Sources;
  readonly logs: JobLogs;
  readonly webhooks: ActionsWebhooks;
  readonly jobChecks: JobChecks;
  readonly runtimeTokens: RuntimeTokens;
  readonly identity: IdentityProvider;
  readonly executor: ExecutorOptions;
  readonly maxParallelJobs: number;
}

/** A run under way. */
export interface ActiveRun {
  readonly cancellation: Cancellation;
  readonly done: Promise<void>;
}

/** What the parts of the Actions service share. */
export class ActionsState {
  readonly github: LocalGitHub;
  readonly tables: ActionsTables;
  readonly sources: Sources;
  readonly logs: JobLogs;
  readonly webhooks: ActionsWebhooks;
  readonly jobChecks: JobChecks;
  readonly runtimeTokens: RuntimeTokens;
  readonly identity: IdentityProvider;
  readonly executor: ExecutorOptions;
  readonly slots: Slots;
  readonly runners: RunnerPool;
  /** By run id. */
  readonly active = new Map<number, ActiveRun>();
  readonly #groups = new Map<number, ConcurrencyGroups>();

  constructor(parts: ActionsParts) {
    this.github = parts.github;
    this.tables = parts.tables;
    this.sources = parts.sources;
    this.logs = parts.logs;
    this.webhooks = parts.webhooks;
    this.jobChecks = parts.jobChecks;
    this.runtimeTokens = parts.runtimeTokens;
    this.identity = parts.identity;
    this.executor = parts.executor;
    this.slots = new Slots(parts.maxParallelJobs);
    this.runners = new RunnerPool(parts.github);
  }

  /** The concurrency groups of a repository. */
  concurrency(repositoryId: number): ConcurrencyGroups {
    const groups = this.#groups.get(repositoryId) ?? new ConcurrencyGroups();
    this.#groups.set(repositoryId, groups);
    return groups;
  }

  /** @throws Error if there is no such run. */
  run(id: number): Run {
    const run = this.tables.runs.get(id);
    if (run === undefined) throw new Error(`expected a workflow run ${id}, found none`);
    return run;
  }

  /** Changes a run and its current attempt together. */
  updateRun(id: number, status: Run['status'], conclusion: Run['conclusion'], more: Partial<Run> = {}): Run {
    const run = this.run(id);
    const updatedAt = this.github.timestamp();
    const attempt = { ...currentAttempt(run), status, conclusion, updatedAt };
    return this.tables.runs.update(id, {
      ...more,
      status,
      conclusion,
      updatedAt,
      attempts: [...run.attempts.slice(0, -1), attempt],
    });
  }

  /** The first job of a run has left the queue. */
  jobStarted(repository: Repository, runId: number): void {
    if (this.run(runId).status === 'in_progress') return;
    this.webhooks.run(repository, this.updateRun(runId, 'in_progress', null), 'in_progress');
  }
}
