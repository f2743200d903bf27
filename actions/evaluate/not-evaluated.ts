import type { EvaluationOutcome } from '../../core/evaluation/result.ts';

export type NotEvaluated = Extract<EvaluationOutcome, { status: 'not_evaluated' }>;

/** @param message may quote what hostile code printed: escape it before display */
export function notEvaluated(reason: NotEvaluated['reason'], message: string): NotEvaluated {
  return { status: 'not_evaluated', reason, message: message.slice(0, 4000) };
}
