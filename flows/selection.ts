import { type TreeSide, treeSide } from '../core/fingerprint/match.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { type Selection, selectCandidate } from '../core/promotion/candidate.ts';
import type { Ledger } from './ledger.ts';
import type { PullRequest } from './ports.ts';
import { digestFor, type KnownModel } from './run-draft.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** The tree that a merge makes, or would make, as one model sees it. */
export function treeOf(model: KnownModel): TreeSide {
  return treeSide(model.effective, model.manifest);
}

/** The run that merging this tree promotes. `ready` and merge ask the same question here (invariant 6). */
export function selectFor(
  policy: PolicySnapshot,
  ledger: Ledger,
  records: readonly VerifiedRecord[],
  model: KnownModel,
  pull: Pick<PullRequest, 'number' | 'head'> | null,
): Selection {
  return selectCandidate({
    model: model.effective.name,
    ledger: ledger.state,
    records,
    tree: treeOf(model),
    pullRequest: pull?.number ?? null,
    head: pull?.head.sha ?? null,
    policyDigest: digestFor(policy, model),
  });
}
