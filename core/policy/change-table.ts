/**
 * What becomes of a pull request that changes what it is judged by, case by case (DESIGN invariant 1). The code takes the
 * effects from here, the docs print it, and a test stands for every row.
 */

/** `policy`: the merge promotes nothing. `notice`: shown to the reviewer only. */
export type ChangeEffect = 'policy' | 'notice';

export interface ChangeRule {
  readonly effect: ChangeEffect;
  /** What the pull request does. */
  readonly what: string;
  /** What comes of it. */
  readonly decided: string;
}

/** By the kind that `policyChanges` reports. */
export const CHANGE_TABLE = {
  changed: {
    effect: 'policy',
    what: 'changes a policy key: a gate, a permission, a budget, a range, …',
    decided: 'it is judged by the default branch’s value; the merge promotes nothing, and main is trained after it',
  },
  file: {
    effect: 'policy',
    what: 'changes a file that policy names: evaluator, its lock, holdout, signing key',
    decided: 'the default branch’s file judges; the merge promotes nothing',
  },
  first_config: {
    effect: 'policy',
    what: 'adds the config itself',
    decided: 'its models may train under default policy, nothing judges them, and the merge promotes nothing',
  },
  config_removed: {
    effect: 'policy',
    what: 'removes the config',
    decided: 'nothing is trained, and the merge promotes nothing',
  },
  new_model: {
    effect: 'policy',
    what: 'adds a model',
    decided: 'it may train; no evaluator of its own judges it, and the merge promotes nothing',
  },
  renamed_model: {
    effect: 'policy',
    what: 'renames a model',
    decided: 'a new model: the ledger, versions and gates of the old name do not pass over to it',
  },
  removed_model: {
    effect: 'policy',
    what: 'removes a model',
    decided: 'it can’t be trained from this head; its versions and stages stay as they are',
  },
  dropped_dataset: {
    effect: 'policy',
    what: 'drops a dataset of a model',
    decided: 'the merge promotes nothing, since with the dataset go its contract and its owner',
  },
  dropped_contract: {
    effect: 'policy',
    what: 'drops the contract of a dataset',
    decided: 'the data must still hold in the contract’s base form, and the merge promotes nothing',
  },
  narrowed_inputs: {
    effect: 'notice',
    what: 'narrows the inputs of a model',
    decided: 'shown to the reviewer; training gets no more than what is declared, so nothing escapes the comparison',
  },
  moved_data: {
    effect: 'notice',
    what: 'gives a dataset another location, or a first one',
    decided: 'shown to the reviewer; it must lie under `policy.locations` of the default branch, or nothing is trained',
  },
} as const satisfies Readonly<Record<string, ChangeRule>>;
export type ChangeKind = keyof typeof CHANGE_TABLE;

/** Cases that no single key tells. */
export const CASES = {
  loosened_contract: {
    what: 'loosens a contract and keeps it',
    decided: 'the data must hold in the contract’s base form and in its head form, and its owner must approve the head',
  },
  lowered_twice: {
    what: 'lowers a gate a second time, after another pull request has lowered it',
    decided: 'judged by the value merged first; candidates judged before that are stale, and neither merge promotes',
  },
  lowered_elsewhere: {
    what: 'was judged before another pull request changed policy',
    decided: 'its candidate is stale: the policy digest is another one, and it is judged again under the new policy',
  },
  policy_in_queue: {
    what: 'is behind a policy change in the same merge queue',
    decided: 'policy is that of before the whole group, and the group counts as the change of policy that it is',
  },
  laxer_branch: {
    what: 'goes into a branch with laxer policy',
    decided:
      'the default branch’s policy decides all the same; what that branch changes of it counts as changed, and nothing is promoted',
  },
  wider_default: {
    what: 'gives a parameter a default outside of the default branch’s range',
    decided: 'the model can’t be trained until the wider range is merged',
  },
  new_parameter: {
    what: 'declares a parameter that the default branch does not',
    decided: 'training gets its default, and no comment can set it',
  },
  own_rule: {
    what: 'grants itself a permission, a runner, an engine, a GPU type, a location or a budget',
    decided: 'not heard: these are read from the default branch alone',
  },
} as const satisfies Readonly<Record<string, Omit<ChangeRule, 'effect'>>>;
export type CaseName = keyof typeof CASES;
