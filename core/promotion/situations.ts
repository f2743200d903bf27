import type { Hold, Lock } from '../ledger/controls.ts';
import type { ModelName } from '../names.ts';
import { changesPolicy, type PolicyChange } from '../policy/changes.ts';
import type { Selection } from './candidate.ts';
import { describeOverride } from './override.ts';
import { describeBlock, describeHold, describeLock, promoteLater, type StageBlock } from './stage-block.ts';

export interface UnpassedData {
  readonly dataset: string;
  readonly status: 'running' | 'failed' | 'not_checked';
}

export interface UnapprovedContract {
  readonly dataset: string;
  /** What is loosened and who has to approve it, in words. */
  readonly message: string;
}

export interface ModelReadiness {
  readonly model: ModelName;
  /** The run that the merge would promote, or why there is none. */
  readonly selection: Selection;
  /** Why its first stage would stay where it is. */
  readonly block?: StageBlock | null;
  /** Nothing of the model is trained while it is locked. */
  readonly lock?: Lock | null;
}

/** One open pull request with the head that is judged. */
export interface PullReadiness {
  readonly number: number;
  readonly plan:
    | { readonly status: 'complete' }
    | { readonly status: 'truncated' | 'errored' | 'policy_unreadable'; readonly message: string };
  readonly policyChanges: readonly PolicyChange[];
  /** Changed datasets whose check has not passed: data that a contract refuses is not to be merged, either. */
  readonly data?: readonly UnpassedData[];
  readonly hold?: Hold | null;
  /** What `policy.require.merge` asks for and is not there, in words. */
  readonly requirement?: string | null;
  /** Loosened contracts whose owner has not approved them. */
  readonly loosened?: readonly UnapprovedContract[];
  /** Every affected model. */
  readonly models: readonly ModelReadiness[];
}

/** The rows of DESIGN section 5, item 6, and what people and policy hold back. */
export type Situation =
  | { readonly kind: 'plan_failed'; readonly pull: number; readonly message: string }
  | { readonly kind: 'on_hold'; readonly pull: number; readonly hold: Hold }
  | { readonly kind: 'requirement'; readonly pull: number; readonly message: string }
  | { readonly kind: 'loosened'; readonly pull: number; readonly dataset: string; readonly message: string }
  | { readonly kind: 'policy_change'; readonly pull: number }
  | { readonly kind: 'not_affected'; readonly pull: number }
  | ({ readonly kind: 'data'; readonly pull: number } & UnpassedData)
  | { readonly kind: 'model_locked'; readonly pull: number; readonly model: ModelName; readonly lock: Lock }
  | { readonly kind: 'stage_blocked'; readonly pull: number; readonly model: ModelName; readonly block: StageBlock }
  | {
      readonly kind: 'model';
      readonly pull: number;
      readonly model: ModelName;
      readonly selection: Selection;
      readonly block: StageBlock | null;
    };

export type ReadyState = 'success' | 'in_progress' | 'action_required' | 'failure';

/**
 * A pull request that changes policy promotes nothing at all, so that no model of it needs a candidate. What policy asks
 * for before a merge is asked for wherever the merge changes a model or policy itself; the approval of a loosened contract
 * wherever there is one, since the merge makes it what the next change is held to.
 */
export function situationsOf(readiness: PullReadiness): Situation[] {
  const { number: pull, plan, policyChanges, models, data = [], hold, requirement, loosened = [] } = readiness;
  if (plan.status !== 'complete') return [{ kind: 'plan_failed', pull, message: planMessage(plan) }];
  const unpassed = data.map((one): Situation => ({ kind: 'data', pull, ...one }));
  const held: Situation[] = hold == null ? [] : [{ kind: 'on_hold', pull, hold }];
  const missing: Situation[] = requirement == null ? [] : [{ kind: 'requirement', pull, message: requirement }];
  const unapproved = loosened.map((one): Situation => ({ kind: 'loosened', pull, ...one }));
  if (changesPolicy(policyChanges))
    return [...held, ...missing, ...unapproved, { kind: 'policy_change', pull }, ...unpassed];
  if (models.length === 0) return [...held, ...unapproved, { kind: 'not_affected', pull }, ...unpassed];
  return [...held, ...missing, ...unapproved, ...models.flatMap((model) => modelSituations(pull, model)), ...unpassed];
}

function modelSituations(pull: number, { model, selection, block = null, lock }: ModelReadiness): Situation[] {
  return [
    // Before the model itself: of two lines that are equally severe, the first is the title.
    ...(block !== null && selection.kind === 'candidate'
      ? [{ kind: 'stage_blocked', pull, model, block } as const]
      : []),
    ...(lock == null ? [] : [{ kind: 'model_locked', pull, model, lock } as const]),
    { kind: 'model', pull, model, selection, block },
  ];
}

export function stateOf(situation: Situation): ReadyState {
  switch (situation.kind) {
    case 'plan_failed':
    case 'on_hold':
      return 'failure';
    case 'requirement':
    case 'loosened':
      return 'action_required';
    case 'policy_change':
    case 'not_affected':
    // The merge makes the version all the same; only its stage waits.
    case 'stage_blocked':
    // A lock of a model keeps it from being trained, not from being merged.
    case 'model_locked':
      return 'success';
    case 'data':
      return situation.status === 'running' ? 'in_progress' : 'failure';
    case 'model':
      return selectionState(situation.selection);
  }
}

function selectionState(selection: Selection): ReadyState {
  switch (selection.kind) {
    case 'candidate':
      return 'success';
    case 'none':
      return 'action_required';
    case 'running':
      return 'in_progress';
    case 'held':
    case 'failed':
    case 'stale':
    case 'frozen':
      return 'failure';
  }
}

export function describeSituation(situation: Situation): string {
  switch (situation.kind) {
    case 'plan_failed':
      return situation.message;
    case 'on_hold':
      return `pull request #${situation.pull} is ${describeHold(situation.hold)}; merging promotes nothing; comment /unhold to release it`;
    case 'requirement':
      return `policy asks for more before a merge: ${situation.message}`;
    case 'loosened':
      return situation.message;
    case 'policy_change':
      return 'policy change: this merge promotes nothing; main is trained after it';
    case 'not_affected':
      return 'no model affected';
    case 'data':
      return describeData(situation);
    case 'stage_blocked':
      return `${situation.model}: ${describeBlock(situation.block)}; merging makes the version and leaves the stage where it is`;
    case 'model_locked':
      return `${situation.model} is ${describeLock(situation.lock)}; nothing of it is trained until /unlock model:${situation.model}`;
    case 'model':
      return describeSelection(situation.model, situation.selection, situation.block);
  }
}

function describeData({ dataset, status }: UnpassedData): string {
  switch (status) {
    case 'running':
      return `dataset ${dataset} is being validated`;
    case 'failed':
      return `dataset ${dataset} fails its contract: see the check "trainyard / data: ${dataset}"`;
    case 'not_checked':
      return `dataset ${dataset} was not checked: see the check "trainyard / data: ${dataset}"`;
  }
}

function describeSelection(model: ModelName, selection: Selection, block: StageBlock | null): string {
  const because = (reasons: readonly string[]): string => reasons.join('; ');
  switch (selection.kind) {
    case 'candidate': {
      const { run } = selection.run.record;
      const merging =
        block === null
          ? `merging promotes run ${run}`
          : `merging makes run ${run} a version; ${promoteLater(model, null, block.stage)}`;
      return `${model}: ${[merging, ...selection.overrides.map(describeOverride)].join('; ')}`;
    }
    case 'none':
      return `${model} is affected and has no candidate: comment /train ${model}`;
    case 'running':
      return `${model}: run ${selection.run.record.run} is in progress`;
    case 'held':
      return `${model}: run ${selection.run.record.run} is held: ${because(selection.reasons)}`;
    case 'failed':
      return `${model}: run ${selection.run.record.run} failed: ${because(selection.reasons)}; comment /train ${model} to try again`;
    case 'stale':
      return `${model}: run ${selection.run.record.run} is stale: ${because(selection.reasons)}; comment /train ${model}`;
    case 'frozen':
      return `${model}: promotion is frozen: ${because(selection.reasons)}`;
  }
}

function planMessage(plan: Exclude<PullReadiness['plan'], { status: 'complete' }>): string {
  const what = {
    truncated: 'the plan is truncated',
    errored: 'the plan failed',
    policy_unreadable: 'the policy can not be read',
  };
  return `${what[plan.status]}: ${plan.message}`;
}
