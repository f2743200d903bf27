import type { EvaluationOutcome, Metrics } from '../core/evaluation/result.ts';
import type { RunRecord } from '../core/ledger/run.ts';

/** Another run's metrics, if they were measured on the same holdout: numbers from other data compare nothing. */
export function comparableMetrics(reference: RunRecord | null, evaluation: EvaluationOutcome): Metrics | null {
  if (reference?.state.state !== 'judged' || evaluation.status !== 'evaluated') return null;
  const other = reference.state.evaluation;
  if (other.status !== 'evaluated') return null;
  const digests: ReadonlyMap<string, string> = new Map(Object.entries(other.holdout));
  const same = Object.entries(evaluation.holdout).every(([name, digest]) => digests.get(name) === digest);
  return same ? other.metrics : null;
}
