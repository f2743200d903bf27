import type { EvaluationOutcome, Metrics } from '../core/evaluation/result.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { modelState } from '../core/ledger/fold.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { Scene } from './readiness.ts';

/** Another run's metrics, if they were measured on the same holdout: numbers from other data compare nothing. */
export function comparableMetrics(reference: RunRecord | null, evaluation: EvaluationOutcome): Metrics | null {
  if (reference?.state.state !== 'judged' || evaluation.status !== 'evaluated') return null;
  const other = reference.state.evaluation;
  if (other.status !== 'evaluated') return null;
  const digests: ReadonlyMap<string, string> = new Map(Object.entries(other.holdout));
  const same = Object.entries(evaluation.holdout).every(([name, digest]) => digests.get(name) === digest);
  return same ? other.metrics : null;
}

/** What the run is shown beside: production's metrics, or those of the first stage that its gates compare with. */
export function referenceOf({ ledger, records }: Scene, { record }: VerifiedRecord): Metrics | null {
  if (record.state.state !== 'judged' || ledger === null) return null;
  const { references, evaluation } = record.state;
  const version = references['production'] ?? Object.values(references)[0];
  const known = modelState(ledger.state, record.model).versions.find((one) => `v${one.version}` === version);
  const reference = records.find((one) => one.record.run === known?.run)?.record ?? null;
  return comparableMetrics(reference, evaluation);
}
