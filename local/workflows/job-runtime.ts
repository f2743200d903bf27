import { createHash, randomUUID } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ActionSource } from './action-source.ts';
import type { Cancellation } from './cancellation.ts';
import { githubVariables, machineEnvironment } from './environment.ts';
import type { ExecutorOptions, JobCredentials, JobReporter, Place, RunHost } from './host.ts';
import type { Masks } from './masks.ts';
import { killTracked } from './processes.ts';
import { JobLog } from './step-output.ts';
import { isMap, toText, type Value, type ValueMap } from './values.ts';

export interface JobDirectories {
  readonly root: string;
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly tmp: string;
  readonly toolCache: string;
  readonly actions: string;
}

/** A task of the job's end: the `post` of an action. */
export interface PostTask {
  readonly name: string;
  readonly run: (number: number) => Promise<'success' | 'failure' | 'skipped'>;
}

export interface JobRuntimeParts {
  readonly host: RunHost;
  readonly run: Place['run'];
  readonly reporter: JobReporter;
  readonly credentials: JobCredentials;
  readonly cancellation: Cancellation;
  readonly directories: JobDirectories;
  /** The contexts that are the same for all steps of the job. */
  readonly contexts: { readonly [name: string]: Value };
  readonly masks: Masks;
}

/** What the steps of one job share and change. */
export class JobRuntime {
  readonly host: RunHost;
  /** Runs a process where the job is. */
  readonly run: Place['run'];
  readonly credentials: JobCredentials;
  readonly cancellation: Cancellation;
  readonly directories: JobDirectories;
  readonly contexts: { readonly [name: string]: Value };
  readonly log: JobLog;
  readonly reporter: JobReporter;
  readonly actions: ActionSource;
  readonly trackingId: string;
  /** Set by the job's `env` and by GITHUB_ENV. */
  readonly env = new Map<string, string>();
  /** Set by GITHUB_PATH, last one first. */
  readonly paths: string[] = [];
  readonly posts: PostTask[] = [];
  /** Whether a step has failed so far. */
  failed = false;

  constructor(parts: JobRuntimeParts) {
    this.host = parts.host;
    this.run = parts.run;
    this.reporter = parts.reporter;
    this.credentials = parts.credentials;
    this.cancellation = parts.cancellation;
    this.directories = parts.directories;
    this.contexts = parts.contexts;
    this.log = new JobLog(parts.reporter, parts.masks);
    this.actions = new ActionSource(parts.host.sources, parts.directories.actions, parts.directories.workspace);
    // Random, as the runner's: job ids repeat from one server to the next, and orphans are killed by this id.
    this.trackingId = `github_${randomUUID()}`;
  }

  get options(): ExecutorOptions {
    return this.host.options;
  }

  get masks(): Masks {
    return this.log.masks;
  }

  /** The variables of a step's process; later ones win. */
  environment(github: ValueMap, ...layers: Readonly<Record<string, string>>[]): Record<string, string> {
    const { directories, options } = this;
    const machine = machineEnvironment(options.serverEnvironment);
    const own = {
      ...machine,
      HOME: directories.home,
      TMPDIR: directories.tmp,
      ...options.jobEnvironment,
      ...Object.fromEntries(this.env),
      ...Object.assign({}, ...layers),
      ...githubVariables(github),
      ...runnerVariables(this.runner()),
      RUNNER_TRACKING_ID: this.trackingId,
    };
    const path: string = own.PATH ?? machine['PATH'] ?? '';
    return { ...own, PATH: [...this.paths, path].join(':') };
  }

  runner(): Record<string, string> {
    return {
      name: this.reporter.runnerName,
      os: process.platform === 'darwin' ? 'macOS' : 'Linux',
      arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
      temp: this.directories.temp,
      tool_cache: this.directories.toolCache,
      workspace: join(this.directories.workspace, '..'),
      environment: 'self-hosted',
    };
  }

  get debug(): boolean {
    const { secrets, vars } = this.contexts;
    return [secrets, vars].some((source) => isMap(source) && toText(source['ACTIONS_STEP_DEBUG'] ?? '') === 'true');
  }

  /** `hashFiles`: SHA-256 over the SHA-256 of each file, in order of path; '' if none matches. */
  hashFiles(patterns: readonly string[]): string {
    const total = createHash('sha256');
    const excluded = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
    const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
    const files = globSync(wanted, { cwd: this.directories.workspace, exclude: excluded }).map(String).sort();
    let found = false;
    for (const file of files) {
      const path = join(this.directories.workspace, file);
      if (!statSync(path).isFile()) continue;
      total.update(createHash('sha256').update(readFileSync(path)).digest());
      found = true;
    }
    return found ? total.digest('hex') : '';
  }

  /** Ends every process of the job, and takes its directories away. */
  async cleanUp(): Promise<void> {
    const orphans = await killTracked(this.trackingId);
    if (orphans > 0) this.log.line(`Terminated ${orphans} orphan process(es)`);
    if (this.options.keepWorkspaces) return;
    await rm(this.directories.root, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined); // a job may have removed its own rights
  }
}

export async function createDirectories(
  workDirectory: string,
  jobId: number,
  repository: string,
): Promise<JobDirectories> {
  const root = join(workDirectory, String(jobId));
  const name = repository.split('/')[1] ?? 'repository';
  const directories = {
    root,
    workspace: join(root, 'work', name, name),
    temp: join(root, 'temp'),
    home: join(root, 'home'),
    tmp: join(root, 'tmp'),
    toolCache: join(root, 'tools'),
    actions: join(root, 'actions'),
  };
  for (const directory of Object.values(directories)) await mkdir(directory, { recursive: true });
  return directories;
}

function runnerVariables(runner: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(runner).map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, value]));
}
