import type { Reason } from '../core/decision/reasons.ts';

/** Every flow ends in exactly one of these. The docs list them all (DESIGN section 11). */
export const OUTCOME_CODES = {
  ignored: 'The event asks for nothing: not ours, a bot, no command, or an edited comment.',
  planned: 'The plan of a pull request was computed and shown.',
  plan_failed: 'The plan could not be computed; the check says why.',
  replied: 'A command that changes nothing was answered.',
  refused: 'A command was refused; the pull request is as it was and says why.',
  run_accepted: 'A run was accepted and its training dispatched.',
  run_reused: 'A run with the same fingerprint exists and was returned.',
  checking: 'Data checks were dispatched anew.',
  held: 'A hold or lock was set.',
  released: 'A hold or lock was released.',
  overridden: 'A failed gate of one run was overridden.',
  fork_approved: 'One head of a fork may be trained.',
  run_progressed: 'The display of a run was brought up to date.',
  runner_settled: 'The runner of a run was compared with its job.',
  run_judging: 'Training ended; its output is being judged.',
  run_judged: 'A run was judged and its evidence signed.',
  run_failed: 'A run failed; its check says where and why.',
  run_cancelled: 'A run was cancelled and its compute is gone.',
  run_stopping: 'A cancel was asked for; the compute is not confirmed gone yet.',
  validated: 'The result of a data check was shown.',
  promoted: 'A version was made or a stage moved.',
  stale: 'A merge matched no candidate; nothing was promoted.',
  nothing_to_promote: 'A merge affects no model.',
  not_promoted:
    'A merge promoted nothing: it was on hold, a lock or a budget kept its model from being trained, or policy asked for more.',
  promotion_failed: 'A promotion could not be completed; the check on the merged commit says why.',
  frozen: 'A record is unsigned, missing or rewound; promotion of the model is frozen.',
  lifted: 'A freeze was lifted with a person’s word.',
  reconciled: 'GitHub and what is in flight were compared and agree now.',
} as const;

export type OutcomeCode = keyof typeof OUTCOME_CODES;

export interface Outcome {
  readonly code: OutcomeCode;
  /** One sentence for logs and the CLI, without markup. */
  readonly message: string;
  /** Of a command, a button or a request: why it was allowed, refused or left alone. */
  readonly reason?: Reason;
  /** Of a reconciliation: what was not as it should be, and is now; in words, unescaped. */
  readonly changes?: readonly string[];
  readonly [detail: string]: string | number | boolean | readonly string[] | null | undefined;
}
