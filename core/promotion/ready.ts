import type { ModelName } from '../names.ts';
import { changesPolicy, type PolicyChange } from '../policy/changes.ts';
import type { Selection } from './candidate.ts';

export interface UnpassedData {
  readonly dataset: string;
  readonly status: 'running' | 'failed' | 'not_checked';
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
  /** Every affected model, with the run that the merge would promote, or why there is none. */
  readonly models: readonly { readonly model: ModelName; readonly selection: Selection }[];
}

/** The rows of DESIGN section 5, item 6. */
export type Situation =
  | { readonly kind: 'plan_failed'; readonly pull: number; readonly message: string }
  | { readonly kind: 'policy_change'; readonly pull: number }
  | { readonly kind: 'not_affected'; readonly pull: number }
  | ({ readonly kind: 'data'; readonly pull: number } & UnpassedData)
  | { readonly kind: 'model'; readonly pull: number; readonly model: ModelName; readonly selection: Selection };

export type ReadyState = 'success' | 'in_progress' | 'action_required' | 'failure';

export interface ReadyVerdict {
  /** `in_progress` is a check's status, the others are conclusions. */
  readonly state: ReadyState;
  /** One line: the most severe thing. Unescaped, as are the lines. */
  readonly title: string;
  /** One for each situation, the most severe first. */
  readonly lines: readonly string[];
  /** What a merge at this moment promotes; empty unless the state is `success`. */
  readonly promotes: readonly { readonly model: ModelName; readonly run: string }[];
}

const SEVERITY: Readonly<Record<ReadyState, number>> = { success: 0, in_progress: 1, action_required: 2, failure: 3 };

/**
 * The verdict of `trainyard / ready` for a head, over all open pull requests that have it, since the check stands at
 * the commit. The most severe situation decides. No pull request at all is a failure: nothing was looked at.
 */
export function readyVerdict(pulls: readonly PullReadiness[]): ReadyVerdict {
  const judged = pulls
    .flatMap(situationsOf)
    .map((situation) => ({ situation, state: stateOf(situation), text: describe(situation) }))
    .sort((a, b) => SEVERITY[b.state] - SEVERITY[a.state]);
  const [worst] = judged;
  if (worst === undefined) {
    return { state: 'failure', title: 'no open pull request has this head', lines: [], promotes: [] };
  }
  const promotes = worst.state === 'success' ? judged.flatMap(({ situation }) => promotionOf(situation)) : [];
  return { state: worst.state, title: worst.text, lines: judged.map(({ text }) => text), promotes: unique(promotes) };
}

/** A pull request that changes policy promotes nothing at all, so that no model of it needs a candidate. */
export function situationsOf({ number, plan, policyChanges, models, data = [] }: PullReadiness): Situation[] {
  if (plan.status !== 'complete') return [{ kind: 'plan_failed', pull: number, message: planMessage(plan) }];
  const unpassed = data.map((one): Situation => ({ kind: 'data', pull: number, ...one }));
  if (changesPolicy(policyChanges)) return [{ kind: 'policy_change', pull: number }, ...unpassed];
  if (models.length === 0) return [{ kind: 'not_affected', pull: number }, ...unpassed];
  return [
    ...models.map(({ model, selection }): Situation => ({ kind: 'model', pull: number, model, selection })),
    ...unpassed,
  ];
}

function stateOf(situation: Situation): ReadyState {
  switch (situation.kind) {
    case 'plan_failed':
      return 'failure';
    case 'policy_change':
    case 'not_affected':
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

function describe(situation: Situation): string {
  switch (situation.kind) {
    case 'plan_failed':
      return situation.message;
    case 'policy_change':
      return 'policy change: this merge promotes nothing; main is trained after it';
    case 'not_affected':
      return 'no model affected';
    case 'data':
      return describeData(situation);
    case 'model':
      return describeSelection(situation.model, situation.selection);
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

function describeSelection(model: ModelName, selection: Selection): string {
  const because = (reasons: readonly string[]): string => reasons.join('; ');
  switch (selection.kind) {
    case 'candidate':
      return `${model}: merging promotes run ${selection.run.record.run}`;
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

function promotionOf(situation: Situation): ReadyVerdict['promotes'] {
  if (situation.kind !== 'model' || situation.selection.kind !== 'candidate') return [];
  return [{ model: situation.model, run: situation.selection.run.record.run }];
}

function unique(promotions: ReadyVerdict['promotes']): ReadyVerdict['promotes'] {
  return promotions.filter(
    ({ model, run }, index) => promotions.findIndex((other) => other.model === model && other.run === run) === index,
  );
}
