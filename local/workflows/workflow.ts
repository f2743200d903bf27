import type { Permissions } from './permissions.ts';
import type { Value, ValueMap } from './values.ts';

/** A workflow file, validated and brought into one shape. Values keep their `${{ … }}`: they are evaluated in the run. */
export interface Workflow {
  readonly path: string;
  readonly name: string;
  readonly runName?: string;
  /** Event name → its filters, as written. */
  readonly on: { readonly [event: string]: ValueMap };
  readonly env: Value;
  readonly concurrency?: Concurrency;
  readonly permissions?: Permissions;
  readonly jobs: ReadonlyMap<string, Job>;
}

export interface RunDefaults {
  readonly shell?: Value;
  readonly workingDirectory?: Value;
}

export interface Concurrency {
  readonly group: Value;
  readonly cancelInProgress: Value;
  /** `max` keeps up to 100 pending, `single` one. */
  readonly queue: 'single' | 'max';
}

interface JobCommon {
  readonly id: string;
  readonly name?: string;
  readonly needs: readonly string[];
  readonly if: Value | undefined;
  readonly permissions?: Permissions;
  readonly strategy: Strategy;
  /** 1-based line of the job in its file, for messages. */
  readonly line: number;
}

export interface Strategy {
  readonly matrix: Value | undefined;
  readonly failFast: Value;
  readonly maxParallel: Value | undefined;
}

export interface StepsJob extends JobCommon {
  readonly kind: 'steps';
  readonly runsOn: Value;
  readonly env: Value;
  readonly defaults: RunDefaults;
  readonly outputs: ValueMap;
  readonly environment: Value | undefined;
  readonly timeoutMinutes: Value;
  readonly continueOnError: Value;
  readonly steps: readonly Step[];
}

/** A job that calls a reusable workflow. */
export interface CallJob extends JobCommon {
  readonly kind: 'call';
  readonly uses: string;
  readonly with: Value;
  readonly secrets: 'inherit' | ValueMap;
}

export type Job = StepsJob | CallJob;

interface StepCommon {
  readonly id?: string;
  readonly name?: string;
  readonly if: Value | undefined;
  readonly env: Value;
  readonly continueOnError: Value;
  readonly timeoutMinutes: Value | undefined;
}

export interface RunStep extends StepCommon {
  readonly kind: 'run';
  readonly run: string;
  readonly shell: Value | undefined;
  readonly workingDirectory: Value | undefined;
}

export interface UsesStep extends StepCommon {
  readonly kind: 'uses';
  readonly uses: string;
  readonly with: ValueMap;
}

export type Step = RunStep | UsesStep;

export const RETENTION_DAYS = 90;
export const DEFAULT_JOB_MINUTES = 360;
/** https://docs.github.com/actions/reference/limits */
export const MAX_MATRIX_JOBS = 256;
export const MAX_CALL_DEPTH = 10;
export const MAX_CALLED_WORKFLOWS = 50;
export const MAX_DISPATCH_INPUTS = 25;
