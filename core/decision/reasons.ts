/**
 * Why a command was allowed, refused or left alone: a closed set, of which every answer names one. `docs/outcomes.md`
 * lists them.
 */
export const REASONS = {
  // Left alone: nothing is answered.
  no_command: 'The text holds no command.',
  comment_edited: 'The comment was edited; a command runs only as it was first written.',
  comment_by_bot: 'The author is a bot that policy does not name for this command.',
  comment_gone: 'The comment was deleted before it was read.',
  already_handled: 'The comment was handled before, under another delivery.',
  own_comment: 'The comment is Trainyard’s own.',
  not_a_pull_request: 'The comment is on an issue, or the request names no pull request.',
  review_not_read: 'Commands are read from the conversation only, not from reviews and review threads.',

  // The line.
  unknown_command: 'The line begins like a command of ours, and is none.',
  bad_quoting: 'A quote is never closed, or the line holds an invisible character.',
  bad_arguments: 'The arguments do not fit the usage.',
  too_many_commands: 'The comment holds more commands than one comment may.',
  body_too_long: 'The comment is longer than GitHub allows.',

  // Whether anything can be decided.
  app_needed: 'The command starts a workflow run of its own, which only the App does.',
  pull_request_closed: 'The pull request is closed or merged.',
  no_policy: 'The default branch has no config, so nothing says who may do what.',
  policy_unreadable: 'The config of the default branch cannot be used.',
  plan_incomplete: 'What the pull request changes could not be told completely.',
  signing_key_unknown: 'Policy does not name the key that signs here.',
  ledger_untrusted: 'The ledger holds a record that is not signed by a key of policy, or was rewound.',
  facts_unavailable: 'GitHub did not answer, and what is not known allows nothing.',

  // Who.
  not_permitted: 'The author’s role, teams and name allow this command to nobody like them.',

  // Which commit.
  head_not_sighted: 'No delivery has shown the present head.',
  head_too_fresh: 'Somebody else pushed the head less than a minute before the comment.',
  head_moved: 'The head is not the one that the comment can have meant.',
  sha_not_sighted: 'The commit named was never seen as a head of this pull request.',
  ambiguous_sha: 'The commit named is the beginning of several heads.',
  time_unreadable: 'A time of the comment or of a head could not be read.',

  // Forks.
  fork_denied: 'Policy does not train forks.',
  fork_not_approved: 'The fork’s head has no /ok-to-train.',
  not_a_fork: 'The pull request is not from a fork and needs no /ok-to-train.',

  // What else policy asks for.
  approvals_missing: 'Fewer valid approvals than policy asks for.',
  code_owner_missing: 'An owner of changed files has not approved.',
  label_missing: 'A label that policy asks for is not there.',
  freeze_window: 'A freeze window of policy keeps the stage from moving forward.',
  held: 'The pull request is on hold.',
  locked: 'The model or the stage is locked.',
  frozen: 'Promotion of the model is frozen by a record that cannot be trusted.',
  engine_not_allowed: 'Policy does not allow the engine, or the model asks for more machines than it trains a run on.',
  gpu_not_allowed: 'Policy does not allow the GPU type.',
  location_not_allowed: 'A dataset lies outside of the locations that policy names, or is not pinned there.',
  budget_exceeded: 'The run could cost more than a budget of policy has left.',
  concurrency_reached: 'As many runs are in progress as policy allows.',

  // What is meant.
  unknown_model: 'The config has no such model.',
  unknown_param: 'The model has no such parameter.',
  bad_param: 'The value does not fit the parameter’s declared type and range.',
  nothing_to_train: 'The pull request affects no model.',
  unknown_dataset: 'The config has no such dataset with a contract.',
  nothing_to_validate: 'The pull request changes no dataset that has a contract.',
  unknown_run: 'The pull request has no such run.',
  run_ended: 'The run has ended.',
  nothing_to_cancel: 'No run is in progress.',
  several_runs: 'Several runs are meant; one must be named.',
  nothing_to_retry: 'Nothing has failed at the present head.',
  nothing_to_evaluate: 'No trained artifacts of the present head are kept.',
  checkpoints_not_kept: 'The run’s engine keeps no checkpoints to begin with.',
  unknown_stage: 'The model has no such stage.',
  unknown_version: 'The model has no such version.',
  never_in_stage: 'The stage never held the version, so that there is nothing to roll back to.',
  no_candidate: 'No verified run of the default branch’s state is there to promote.',
  already_in_stage: 'The stage holds this version.',
  no_earlier_version: 'The stage held no other version before.',
  ambiguous_target: 'Both a model and a stage have the name.',
  unknown_target: 'Neither a model nor a stage has the name.',
  not_held: 'The pull request is not on hold.',
  not_locked: 'There is no such lock.',
  already_locked: 'There is such a lock.',
  others_lock: 'The lock or hold is somebody else’s, and its release is for those whom policy names.',
  unknown_gate: 'The run has no such gate.',
  gate_not_failed: 'The gate did not fail.',
  not_overridable: 'What holds the run is a scan, a signature or policy, never to be overridden.',
  override_by_author: 'The author of the pull request or of its newest push cannot override its gates.',
  reason_missing: 'A reason is needed.',

  // Done.
  not_carried_out: 'The command was allowed, and what it asks for could not be done; the message says why.',
  allowed: 'The command is carried out.',
  reused: 'A run with the same inputs exists and is returned.',
  in_progress: 'A run with the same inputs is in progress.',
} as const;

export type Reason = keyof typeof REASONS;
