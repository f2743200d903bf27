import type { Permissions } from './permissions.ts';
import type { ProcessRequest, ProcessResult } from './processes.ts';
import type { ValueMap } from './values.ts';

/** A commit of a repository, by its full name `owner/name`. `ref` is the name that it was asked for by. */
export interface Commit {
  readonly repository: string;
  readonly sha: string;
  readonly ref: string;
}

/** Where workflow files and actions come from. */
export interface Sources {
  /** Resolves a branch, tag or commit id that `reader` (a repository) may use. @returns undefined if there is none. */
  resolve(repository: string, ref: string, reader: string): Promise<Commit | undefined>;
  /** The text of a file, undefined if there is none. */
  read(commit: Commit, path: string): Promise<string | undefined>;
  /** Writes the commit's whole tree into `directory`. */
  export(commit: Commit, directory: string): Promise<void>;
}

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title?: string;
  readonly path?: string;
  readonly startLine?: number;
  readonly endLine?: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
}

export interface JobCredentials {
  readonly token: string;
  /** For the artifact service. */
  readonly runtimeToken: string;
  /** Only with `id-token: write`. */
  readonly idTokenRequest?: { readonly url: string; readonly token: string };
}

/** What a job holds, and what an id token says of it. */
export interface JobStart {
  readonly permissions: Permissions;
  readonly environment: string | undefined;
  /** The file that holds the job, `owner/name/path@ref`, and its commit. */
  readonly workflowRef: string;
  readonly workflowSha: string;
}

export interface StepReport {
  readonly number: number;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: Conclusion | null;
}

/** Receives what one job does. All calls are synchronous and cheap. */
export interface JobReporter {
  readonly id: number;
  readonly runnerName: string;
  /** A runner takes the job. */
  assigned(runner: NonNullable<Place['runner']>): void;
  /** The job leaves the queue. */
  started(start: JobStart): JobCredentials;
  step(report: StepReport): void;
  /** One line, masked, without its time. */
  log(line: string): void;
  annotate(annotation: Annotation): void;
  /** The Markdown that step `number` left. */
  summary(number: number, markdown: string): void;
  /** The job is over and everything that it started is gone. */
  completed(conclusion: Conclusion): void;
}

/** Where a job runs. */
export interface Place {
  /** Null for this server's own machine. */
  readonly runner: { readonly id: number; readonly name: string } | null;
  /** Runs a process of a step there. */
  readonly run: (request: ProcessRequest) => Promise<ProcessResult>;
  /** The job has ended: gives the place back. */
  readonly release: () => void;
}

export interface QueuedJob {
  /** Unique in the run: the ids of the callers and the job, and the place in the matrix. */
  readonly key: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly needsKeys: readonly string[];
}

export interface JobSettings {
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

export interface ServiceUrls {
  /** Prefix of clone addresses: `<git>/owner/name`. */
  readonly git: string;
  readonly api: string;
  readonly results: string;
  readonly server: string;
}

/** Everything that the executor asks of the service that it runs in. */
export interface RunHost {
  readonly sources: Sources;
  readonly urls: ServiceUrls;
  queued(job: QueuedJob): JobReporter;
  /** A job whose condition was false, or that lost its turn. */
  finishedUnstarted(job: QueuedJob, conclusion: 'skipped' | 'cancelled'): void;
  /** The secrets and variables of an environment. @throws WorkflowError if this ref may not use it. */
  environment(name: string): JobSettings;
  /** Waits for a place for a job with these labels: a self-hosted runner's, or a free one on this machine. */
  place(labels: readonly string[], signal: AbortSignal): Promise<Place>;
  /** Waits for the turn in a concurrency group. */
  turn(request: ConcurrencyRequest): Promise<ConcurrencyTurn>;
  /** What an earlier attempt already has for this job (a rerun of failed jobs). */
  reuse(key: string): { readonly result: 'success'; readonly outputs: ValueMap } | undefined;
  /** Remembers the outputs of a job for later attempts. */
  finished(key: string, result: Conclusion, outputs: ValueMap): void;
  readonly options: ExecutorOptions;
}

export interface ConcurrencyRequest {
  readonly group: string;
  readonly cancelInProgress: boolean;
  readonly queue: 'single' | 'max';
  readonly signal: AbortSignal;
  /** Called when a newer one takes this one's place, waiting or running. */
  readonly cancel: (reason: string) => void;
}

/** `granted` is false if it was cancelled while waiting. */
export interface ConcurrencyTurn {
  readonly granted: boolean;
  release(): void;
}

export interface ExecutorOptions {
  /** The directory under which jobs get theirs. */
  readonly workDirectory: string;
  /** Added to the environment of each job. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  /** The environment of the server, from which a few harmless names are passed on. */
  readonly serverEnvironment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which a cancelled process that ignored SIGINT gets SIGTERM, and then SIGKILL. */
  readonly cancelGrace: { readonly interrupt: number; readonly terminate: number };
  /** Keep the directories of finished jobs. */
  readonly keepWorkspaces: boolean;
  /** Milliseconds that GitHub calls a minute; tests shorten it. */
  readonly minute: number;
}
