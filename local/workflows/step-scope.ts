import type { Scope, StatusFunction } from './expression.ts';
import type { Commit, Conclusion } from './host.ts';
import type { JobRuntime } from './job-runtime.ts';
import { isMap, type Value, type ValueMap } from './values.ts';

export interface StepRecord {
  readonly outputs: ValueMap;
  readonly outcome: Conclusion;
  readonly conclusion: Conclusion;
}

/** Where a list of steps stands: in a job, or in a composite action. Holds what its steps see of one another. */
export interface StepScope {
  readonly runtime: JobRuntime;
  /** The commit whose file holds the steps: what `$/` means. */
  readonly commit: Commit;
  /** `jobs.<id>.steps` records by step id. */
  readonly steps: Map<string, StepRecord>;
  /** Replaces members of the `github` context. */
  readonly github: ValueMap;
  /** Replaces the job's `inputs`; undefined in a job. */
  readonly inputs?: ValueMap;
  /** The `env` that the calling step brings along. */
  readonly env: Readonly<Record<string, string>>;
  readonly defaults: { readonly shell?: Value; readonly workingDirectory?: Value };
  /** Whether a step of this list has failed. */
  failed: boolean;
  /** Ends the step around a composite action, and with it the steps inside. */
  readonly signal?: AbortSignal;
  /** Composite actions inside each other. */
  readonly depth: number;
}

export function githubContext(scope: StepScope): ValueMap {
  const github = scope.runtime.contexts['github'];
  const status = statusOf(scope);
  return { ...(isMap(github) ? github : {}), ...scope.github, action_status: status };
}

export function statusOf(scope: StepScope): 'success' | 'failure' | 'cancelled' {
  if (scope.runtime.cancellation.requested) return 'cancelled';
  return scope.failed ? 'failure' : 'success';
}

/** What an expression of a step sees. */
export function expressionScope(scope: StepScope, env: Readonly<Record<string, string>>, insideIf = false): Scope {
  const { runtime } = scope;
  const job = runtime.contexts['job'];
  const { secrets, ...contexts } = runtime.contexts;
  const visible =
    scope.inputs === undefined ? { ...contexts, secrets: secrets ?? {} } : { ...contexts, inputs: scope.inputs };
  return {
    contexts: {
      ...visible,
      github: githubContext(scope),
      job: { ...(isMap(job) ? job : {}), status: statusOf({ ...scope, failed: runtime.failed }) },
      runner: runtime.runner(),
      steps: Object.fromEntries([...scope.steps].map(([id, record]) => [id, { ...record }])),
      env: { ...Object.fromEntries(runtime.env), ...scope.env, ...env },
    },
    hashFiles: (patterns) => runtime.hashFiles(patterns),
    ...(insideIf ? { status: statusFunctions(scope) } : {}),
  };
}

function statusFunctions(scope: StepScope): Record<StatusFunction, boolean> {
  const status = statusOf(scope);
  return {
    success: status === 'success',
    failure: status === 'failure',
    cancelled: status === 'cancelled',
    always: true,
  };
}
