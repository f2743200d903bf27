import type { DatasetFiles } from './materials.ts';
import { type NotEvaluated, notEvaluated } from './not-evaluated.ts';
import { dataVariables, runOnStage, type Stage } from './stage.ts';

export const PREDICTIONS_FILE = 'predictions.csv';
/** In bytes. */
const MAX_PREDICTIONS = 256 * 2 ** 20;

export type Predicted =
  | { readonly kind: 'predicted'; readonly predictions: Uint8Array; readonly seconds: number }
  | { readonly kind: 'refused'; readonly outcome: NotEvaluated };

/** Lets the model predict: this process loads it, and gets features only. */
export async function predict(stage: Stage, model: string, features: DatasetFiles): Promise<Predicted> {
  const { outcome, tail } = await runOnStage(stage, {
    command: stage.order.predict,
    environment: { TRAINYARD_MODEL: model, ...dataVariables(features) },
    data: [model, ...features.values()],
    output: { name: PREDICTIONS_FILE, maxBytes: MAX_PREDICTIONS },
  });
  if (outcome.kind === 'unavailable') return refuse('sandbox_unavailable', outcome.message);
  if (outcome.timedOut) {
    return refuse('predict_timed_out', `predict did not end within the timeout of ${stage.order.timeout} s`);
  }
  if (outcome.status !== 0) return refuse('predict_failed', `predict exited with ${outcome.status}:\n${tail}`);
  if (outcome.tooLarge) return refuse('predict_failed', `${PREDICTIONS_FILE} is over ${MAX_PREDICTIONS} bytes`);
  if (outcome.output === null) {
    return refuse('predict_failed', `predict exited with 0 and left no ${PREDICTIONS_FILE} in TRAINYARD_OUTPUT`);
  }
  return { kind: 'predicted', predictions: outcome.output, seconds: outcome.seconds };
}

function refuse(reason: NotEvaluated['reason'], message: string): Predicted {
  return { kind: 'refused', outcome: notEvaluated(reason, message) };
}
