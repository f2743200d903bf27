import { expect } from 'vitest';
import type { Reason } from '../../core/decision/reasons.ts';
import type { TeamWorld } from './world.ts';

/** Reasons that refuse nothing: what is left alone, and what is done. */
type Unrefused =
  | 'no_command'
  | 'comment_edited'
  | 'comment_by_bot'
  | 'comment_gone'
  | 'already_handled'
  | 'own_comment'
  | 'not_a_pull_request'
  | 'review_not_read'
  | 'allowed'
  | 'reused'
  | 'in_progress';

/** Where the App gives each refusal in a whole world; the types see to it that none is left out. */
const REFUSED_IN = {
  unknown_command: 'refusals',
  bad_quoting: 'policies',
  bad_arguments: 'refusals',
  too_many_commands: 'policies',
  pull_request_closed: 'refusals',
  no_policy: 'policies',
  policy_unreadable: 'policies',
  plan_incomplete: 'bad input',
  signing_key_unknown: 'policies',
  ledger_untrusted: 'forged ledger',
  facts_unavailable: 'policies',
  not_permitted: 'refusals',
  head_not_sighted: 'policies',
  head_too_fresh: 'refusals',
  head_moved: 'refusals',
  sha_not_sighted: 'refusals',
  ambiguous_sha: 'policies',
  fork_denied: 'policies',
  fork_not_approved: 'refusals',
  not_a_fork: 'refusals',
  approvals_missing: 'refusals',
  code_owner_missing: 'trust',
  label_missing: 'refusals',
  freeze_window: 'refusals',
  held: 'policies',
  locked: 'refusals',
  frozen: 'forged ledger',
  engine_not_allowed: 'refusals',
  gpu_not_allowed: 'refusals',
  location_not_allowed: 'policies',
  budget_exceeded: 'refusals',
  concurrency_reached: 'policies',
  unknown_model: 'refusals',
  unknown_param: 'refusals',
  bad_param: 'refusals',
  nothing_to_train: 'policies',
  unknown_dataset: 'refusals',
  nothing_to_validate: 'refusals',
  unknown_run: 'policies',
  run_ended: 'policies',
  nothing_to_cancel: 'refusals',
  several_runs: 'policies',
  nothing_to_retry: 'refusals',
  nothing_to_evaluate: 'refusals',
  checkpoints_not_kept: 'policies',
  unknown_stage: 'refusals',
  unknown_version: 'refusals',
  never_in_stage: 'refusals',
  no_candidate: 'refusals',
  already_in_stage: 'refusals',
  no_earlier_version: 'refusals',
  ambiguous_target: 'policies',
  unknown_target: 'refusals',
  not_held: 'refusals',
  not_locked: 'refusals',
  already_locked: 'policies',
  others_lock: 'refusals',
  unknown_gate: 'refusals',
  gate_not_failed: 'refusals',
  not_overridable: 'refusals',
  override_by_author: 'refusals',
  reason_missing: 'refusals',
  // Without an App nothing writes the log that is read here: without-app.test.ts reads the words.
  app_needed: null,
  // GitHub takes no comment that is as long, and never sends a time that can't be read.
  body_too_long: null,
  time_unreadable: null,
  // Allowed, and then something else was in the way: test/flows/ has the ways.
  not_carried_out: null,
} as const satisfies Record<Exclude<Reason, Unrefused>, string | null>;

type Story = Exclude<(typeof REFUSED_IN)[keyof typeof REFUSED_IN], null>;

/** Fails unless the App has given, in this story, each reason that the table says it gives there. */
export function expectReasons(team: TeamWorld, story: Story): void {
  const given = team.reasons();
  const expected = Object.entries(REFUSED_IN).flatMap(([reason, where]) => (where === story ? [reason] : []));
  expect(expected.filter((reason) => !given.has(reason))).toEqual([]);
}
