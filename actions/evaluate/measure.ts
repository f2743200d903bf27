import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMetrics } from '../../core/evaluation/metrics.ts';
import type { Metrics } from '../../core/evaluation/result.ts';
import type { DatasetFiles } from './materials.ts';
import { type NotEvaluated, notEvaluated } from './not-evaluated.ts';
import { PREDICTIONS_FILE } from './predict.ts';
import { dataVariables, runOnStage, type Stage } from './stage.ts';

const METRICS_FILE = 'metrics.json';
/** In bytes. */
const MAX_METRICS = 1 << 20;

export type Measured =
  | { readonly kind: 'measured'; readonly metrics: Metrics }
  | { readonly kind: 'refused'; readonly outcome: NotEvaluated };

/**
 * Joins labels and predictions. This process never sees the model; it is confined all the same, because the
 * predictions that it reads are a hostile file.
 */
export async function measure(stage: Stage, predictions: Uint8Array, labels: DatasetFiles): Promise<Measured> {
  const place = join(await stage.job.directory('predictions'), PREDICTIONS_FILE);
  await writeFile(place, predictions);
  const { outcome, tail } = await runOnStage(stage, {
    command: stage.order.run,
    environment: { TRAINYARD_PREDICTIONS: place, ...dataVariables(labels) },
    data: [place, ...labels.values()],
    output: { name: METRICS_FILE, maxBytes: MAX_METRICS },
  });
  if (outcome.kind === 'unavailable') return refuse('sandbox_unavailable', outcome.message);
  if (outcome.timedOut) {
    return refuse('evaluate_failed', `the evaluator did not end within the timeout of ${stage.order.timeout} s`);
  }
  if (outcome.status !== 0) return refuse('evaluate_failed', `the evaluator exited with ${outcome.status}:\n${tail}`);
  if (outcome.tooLarge) return refuse('metrics_invalid', `${METRICS_FILE} is over ${MAX_METRICS} bytes`);
  if (outcome.output === null) {
    return refuse('metrics_missing', `the evaluator left no ${METRICS_FILE} in TRAINYARD_OUTPUT`);
  }
  const parsed = parseMetrics(outcome.output);
  if (!parsed.ok) return refuse('metrics_invalid', parsed.message);
  if (Object.keys(parsed.metrics).length === 0)
    return refuse('metrics_missing', parsed.leftOut ?? `${METRICS_FILE} holds no metric`);
  if (parsed.leftOut !== null) stage.job.log.warning(`${parsed.leftOut}; a gate that needs one fails`);
  return { kind: 'measured', metrics: parsed.metrics };
}

function refuse(reason: NotEvaluated['reason'], message: string): Measured {
  return { kind: 'refused', outcome: notEvaluated(reason, message) };
}
