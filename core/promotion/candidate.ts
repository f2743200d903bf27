import { matches, type TreeSide } from '../fingerprint/match.ts';
import { type Override, overridesOf } from '../ledger/controls.ts';
import type { VerifiedRecord } from '../ledger/envelope.ts';
import { type LedgerState, modelState } from '../ledger/fold.ts';
import { isFinal } from '../ledger/machine.ts';
import type { RunRecord } from '../ledger/run.ts';
import type { GitId, ModelName, Sha256 } from '../names.ts';
import { overridesFor } from './override.ts';

export interface CandidateQuery {
  readonly model: ModelName;
  readonly ledger: LedgerState;
  /** The newest verified record of each run of the repository, of this model or not. */
  readonly records: readonly VerifiedRecord[];
  /** The tree that the merge makes, or would make. */
  readonly tree: TreeSide;
  /** Only a candidate of this pull request can be stale; another's run that doesn't match is no news. */
  readonly pullRequest: number | null;
  /** That pull request's head, at its merge too: overrides of gates were given for one head. Null: none counts. */
  readonly head: GitId | null;
  /** Of the model, at the default branch. */
  readonly policyDigest: Sha256;
}

export type Selection =
  | {
      readonly kind: 'candidate';
      readonly run: VerifiedRecord;
      /** Where gates of it failed, the decisions of people that let it through all the same. */
      readonly overrides: readonly Override[];
    }
  /** A run newer than any candidate is under way; `candidate` is what stands until it ends. */
  | { readonly kind: 'running'; readonly run: VerifiedRecord; readonly candidate: VerifiedRecord | null }
  | { readonly kind: 'held'; readonly run: VerifiedRecord; readonly reasons: readonly string[] }
  | { readonly kind: 'failed'; readonly run: VerifiedRecord; readonly reasons: readonly string[] }
  /** The pull request's newest candidate, and why it is not of this tree. */
  | { readonly kind: 'stale'; readonly run: VerifiedRecord; readonly reasons: readonly string[] }
  | { readonly kind: 'frozen'; readonly reasons: readonly string[] }
  | { readonly kind: 'none' };

/**
 * The run that a merge of this tree promotes, or why there is none (DESIGN invariant 6). Of several that match, the
 * newest counts; one that failed or was held takes nothing from an earlier candidate, one in progress does.
 */
export function selectCandidate(query: CandidateQuery): Selection {
  const { frozen } = modelState(query.ledger, query.model);
  if (frozen !== null) return { kind: 'frozen', reasons: [frozen.found] };
  const runs = query.records
    .filter(({ record }) => record.model === query.model && record.trust === 'member')
    .sort((a, b) => (a.record.run < b.record.run ? 1 : -1));
  const matching = runs.filter(({ record }) => staleReasons(record, query).length === 0);
  const candidate = matching.find((run) => isCandidate(run, query)) ?? null;
  const running = matching.find((run) => isUnderWay(run, query.ledger));
  if (running !== undefined && (candidate === null || running.record.run > candidate.record.run)) {
    return { kind: 'running', run: running, candidate };
  }
  if (candidate !== null)
    return { kind: 'candidate', run: candidate, overrides: overridesThat(candidate, query) ?? [] };
  const ended = matching.find(({ record }) => record.state.state !== 'cancelled');
  if (ended !== undefined) return endedSelection(ended);
  const stale = runs.find((run) => isCandidate(run, query) && isOf(run.record, query.pullRequest));
  return stale === undefined
    ? { kind: 'none' }
    : { kind: 'stale', run: stale, reasons: staleReasons(stale.record, query) };
}

/** Why a run is not of this tree and policy, in words; empty when it is. */
export function staleReasons(
  record: RunRecord,
  query: Pick<CandidateQuery, 'tree' | 'policyDigest'>,
): readonly string[] {
  const match = matches({ source: record.source, request: record.order.request }, query.tree);
  const reasons = match.matches ? [] : match.reasons;
  if (record.policy.digest === query.policyDigest) return reasons;
  return [...reasons, 'the policy of the default branch has changed since it was judged'];
}

/**
 * Judged good, or let through by a person, under policy that its pull request didn't touch, and entered in the ledger
 * with this very record.
 */
function isCandidate(found: VerifiedRecord, query: CandidateQuery): boolean {
  const { record, digest } = found;
  const { state } = record;
  const entered = query.ledger.runs.get(record.run);
  return (
    state.state === 'judged' &&
    state.package !== null &&
    !record.policyChange &&
    (state.verdict === 'candidate' || overridesThat(found, query) !== null) &&
    entered?.outcome === state.verdict &&
    entered.record === digest &&
    entered.package === state.package.sha256
  );
}

/** The overrides by which a held run counts as a candidate at this head and under this policy; null without. */
function overridesThat({ record }: VerifiedRecord, query: CandidateQuery): readonly Override[] | null {
  return overridesFor(record, overridesOf(query.ledger, record.run), query);
}

function isOf({ origin }: RunRecord, pullRequest: number | null): boolean {
  return origin.kind === 'pull_request' && origin.number === pullRequest;
}

/** In progress, or ended and about to be entered in the ledger. */
function isUnderWay({ record }: VerifiedRecord, ledger: LedgerState): boolean {
  if (!isFinal(record.state)) return true;
  return record.state.state === 'judged' && record.state.verdict === 'candidate' && !ledger.runs.has(record.run);
}

function endedSelection(run: VerifiedRecord): Selection {
  const { state, policyChange } = run.record;
  if (state.state === 'failed') return { kind: 'failed', run, reasons: [state.message] };
  if (state.state === 'judged' && state.verdict === 'held') {
    return { kind: 'held', run, reasons: state.reasons.length > 0 ? state.reasons : ['the run is held'] };
  }
  const reason = policyChange
    ? 'its pull request changes policy: the model is trained from the default branch after the merge'
    : 'the ledger holds another record of this run than its own ref';
  return { kind: 'held', run, reasons: [reason] };
}
