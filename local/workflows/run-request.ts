import type { Cancellation } from './cancellation.ts';
import type { Conclusion, RunHost } from './host.ts';
import type { Plan } from './plan.ts';
import type { Value, ValueMap } from './values.ts';

/** One workflow of a run: the run's own, or one that a job calls. */
export interface WorkflowRequest {
  readonly host: RunHost;
  readonly plan: Plan;
  readonly github: ValueMap;
  readonly event: ValueMap;
  readonly inputs: ValueMap;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly cancellation: Cancellation;
  /** `caller / ` in the names of jobs, `caller.` in their keys. */
  readonly prefix: { readonly name: string; readonly key: string };
  /** Runs the workflow that a job calls. */
  readonly call: (request: WorkflowRequest) => Promise<WorkflowResult>;
}

export interface WorkflowResult {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A job, or all places of its matrix, that is over. */
export interface Finished {
  readonly result: Conclusion;
  readonly outputs: ValueMap;
  /** What the run's own conclusion is made of: a tolerated failure counts as success. */
  readonly effective: Conclusion;
}

export type Contexts = { readonly [name: string]: Value };

/** What several jobs come to together. */
export function overall(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}
