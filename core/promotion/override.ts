import { gateReason } from '../evaluation/gates.ts';
import type { Override } from '../ledger/controls.ts';
import type { RunRecord } from '../ledger/run.ts';
import type { GitId, MetricName, Sha256 } from '../names.ts';

/** What holds a judged run. */
export interface Holding {
  /** Gates whose metric was measured and is not good enough: these, and no others, can be overridden. */
  readonly failedGates: readonly MetricName[];
  /** Something else than a measured gate holds it: scan, evaluation, a missing metric or package, policy, trust. */
  readonly heldByOther: boolean;
}

const NOT_HELD: Holding = { failedGates: [], heldByOther: false };

/** What holds a run that was judged `held`; for any other run nothing can be overridden, and nothing is said to hold it. */
export function holdingOf({
  state,
  trust,
  policyChange,
}: Pick<RunRecord, 'state' | 'trust' | 'policyChange'>): Holding {
  if (state.state !== 'judged' || state.verdict !== 'held') return NOT_HELD;
  const failed = state.gates.filter(({ verdict }) => verdict === 'fail');
  const explained = new Set(failed.flatMap(gateReason).map((reason) => reason.slice(0, 500)));
  const heldByOther =
    trust === 'fork' ||
    policyChange ||
    state.scanVerdict !== 'clean' ||
    state.evaluation.status !== 'evaluated' ||
    state.package === null ||
    failed.length === 0 ||
    state.reasons.some((reason) => !explained.has(reason));
  return { failedGates: failed.map(({ metric }) => metric), heldByOther };
}

/** What an override must be bound to, to count: any push and any change of policy makes it void. */
export interface OverrideBinding {
  readonly pullRequest: number | null;
  /** The pull request's head; null where there is none, and then no override counts. */
  readonly head: GitId | null;
  readonly policyDigest: Sha256;
}

/**
 * The overrides that make a held run a candidate: one at least for each failed gate. Null where a gate lacks one, or
 * where anything but gates holds the run.
 */
export function overridesFor(
  record: Pick<RunRecord, 'run' | 'model' | 'state' | 'trust' | 'policyChange'>,
  overrides: readonly Override[],
  binding: OverrideBinding,
): readonly Override[] | null {
  const { failedGates, heldByOther } = holdingOf(record);
  if (heldByOther || failedGates.length === 0) return null;
  const valid = overrides.filter(
    (one) => one.run === record.run && one.model === record.model && isBound(one, binding),
  );
  return failedGates.every((metric) => valid.some((one) => one.metric === metric)) ? valid : null;
}

/** Whether an override still counts where it was given. */
export function isBound(override: Override, { pullRequest, head, policyDigest }: OverrideBinding): boolean {
  return override.pullRequest === pullRequest && override.sha === head && override.policyDigest === policyDigest;
}

/** "gate roc_auc overridden by ada: reason". Unescaped. */
export function describeOverride({ metric, by, reason }: Override): string {
  return `gate ${metric} overridden by ${by}: ${reason}`;
}
