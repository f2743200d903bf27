import type { Override } from '../core/ledger/controls.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import { describeOverride } from '../core/promotion/override.ts';
import type { EvidenceView } from '../core/reports/view.ts';
import { environmentWords } from '../core/training/environment.ts';
import { paidFor } from './cost-views.ts';

/** What a run's signed record says of how it came about. Pure; nothing is escaped here. */
export function evidenceView(
  { record, digest }: Pick<VerifiedRecord, 'record' | 'digest'>,
  overrides: readonly Override[],
): EvidenceView {
  const judged = record.state.state === 'judged' ? record.state : null;
  return {
    source: record.fingerprint.source,
    request: record.fingerprint.request,
    policyDigest: record.policy.digest,
    envelope: digest,
    url: null,
    package: judged?.package?.sha256 ?? null,
    sandbox: judged?.evaluation.status === 'evaluated' ? judged.evaluation.sandbox : null,
    network: record.order.network,
    trainedWith: trainedWith(record),
    cost: paidFor(record),
    overrides: overrides.map(describeOverride),
  };
}

/** By what somebody would make the same once more; machine and packages as they said themselves. */
function trainedWith({ order, state }: RunRecord): string | null {
  const environment = state.state === 'judged' || state.state === 'judging' ? state.environment : undefined;
  if (environment === undefined) return null;
  return [`seed ${order.request.seed}`, ...environmentWords(environment)].join(' · ');
}
