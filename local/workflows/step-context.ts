import type { StepOutput } from './step-output.ts';
import type { StepRecord, StepScope } from './step-scope.ts';
import type { Step } from './workflow.ts';

/** What a step in progress works with. */
export interface StepContext {
  readonly scope: StepScope;
  /** Its place in the job's list, for summaries; steps of a composite action have that of the step that uses it. */
  readonly number: number;
  /** The step's own `env`, with that of the steps around it. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the step; the reason is `cancel`, `force` or `timeout`. */
  readonly signal: AbortSignal;
  readonly output: StepOutput;
  /** Runs a step of a composite action. */
  readonly runInner: (scope: StepScope, step: Step) => Promise<StepRecord>;
}

/** What the body of a step came to; `error` is why it failed. */
export interface StepResult {
  readonly outputs: Readonly<Record<string, string>>;
  readonly error?: string;
}
