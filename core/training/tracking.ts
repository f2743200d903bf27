import { isFinal } from '../ledger/machine.ts';
import type { RunRecord, RunState } from '../ledger/run.ts';
import type { RunId } from '../names.ts';
import { cutText } from '../reports/characters.ts';
import { type AttemptPoint, joinAttempts } from './attempts.ts';

export interface TrackedMetric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

export interface NamedText {
  readonly key: string;
  readonly value: string;
}

/** A run as a tracking server such as MLflow keeps it. */
export interface TrackedRun {
  /** The mark by which a run that was sent before is found again. */
  readonly run: RunId;
  readonly name: string;
  readonly status: 'FINISHED' | 'FAILED' | 'KILLED';
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly params: readonly NamedText[];
  readonly tags: readonly NamedText[];
  readonly metrics: readonly TrackedMetric[];
}

export const RUN_TAG = 'trainyard.run';
/** Characters of a value: MLflow takes 6,000 for a parameter and 8,000 for a tag since 2.8, and 500 before. */
const MAX_VALUE = 500;

/**
 * What a tracking server is told of a run that has ended; null while it goes on. What training says of itself and what
 * the evaluator measured are kept apart by their names.
 *
 * @param steps live metrics; their own times are not kept, so each counts from when training began
 */
export function trackedRun(record: RunRecord, steps: readonly AttemptPoint[]): TrackedRun | null {
  const { state, training, order } = record;
  if (!isFinal(state)) return null;
  const start = Date.parse(training.startedAt ?? record.acceptedAt);
  const end = Date.parse(record.at);
  const at = (key: string, value: number, step: number, timestamp: number): TrackedMetric => ({
    ...{ key: metricKey(key), value, step, timestamp },
  });
  return {
    run: record.run,
    name: `${record.model} ${record.run}`,
    status: statusOf(state),
    start,
    end,
    params: [
      ...Object.entries(order.request.params).map(([key, value]) => text(key, String(value))),
      text('seed', String(order.request.seed)),
    ],
    tags: tagsOf(record),
    metrics: [
      ...latest(joinAttempts(steps).points).map(({ metric, value, step }) => at(metric, value, step, start)),
      ...finalMetrics(state).map(([key, value]) => at(key, value, 0, end)),
    ],
  };
}

function statusOf(state: RunState): TrackedRun['status'] {
  if (state.state === 'cancelled') return 'KILLED';
  return state.state === 'judged' ? 'FINISHED' : 'FAILED';
}

function tagsOf(record: RunRecord): NamedText[] {
  const { state } = record;
  const judged = state.state === 'judged' ? state : null;
  return [
    text(RUN_TAG, record.run),
    text('mlflow.source.type', 'PROJECT'),
    text('mlflow.source.name', record.repository),
    text('mlflow.source.git.commit', record.commit),
    text('mlflow.user', record.requestedBy),
    text('trainyard.model', record.model),
    text('trainyard.state', state.state),
    ...(record.origin.kind === 'pull_request' ? [text('trainyard.pull_request', String(record.origin.number))] : []),
    ...(judged === null
      ? []
      : [text('trainyard.verdict', judged.verdict), text('trainyard.judged_by', judged.judgedBy)]),
    ...(judged?.package == null ? [] : [text('trainyard.package', judged.package.sha256)]),
    ...(state.state === 'failed' ? [text('trainyard.reason', state.reason)] : []),
  ];
}

/** Of several values at one step the last one is what training meant. */
function latest(steps: readonly AttemptPoint[]): AttemptPoint[] {
  return [...new Map(steps.map((point) => [`${point.step} ${point.metric}`, point])).values()];
}

function finalMetrics(state: RunState): [string, number][] {
  if (state.state !== 'judged') return [];
  const measured = state.evaluation.status === 'evaluated' ? Object.entries(state.evaluation.metrics) : [];
  return [
    ...measured.map(([key, value]): [string, number] => [`evaluated/${key}`, value]),
    ...Object.entries(state.selfReported ?? {}).map(([key, value]): [string, number] => [
      `self_reported/${key}`,
      value,
    ]),
  ];
}

/** MLflow takes letters, digits and `_ - . : /` and spaces; ours may hold an "@", as in `precision@5`. */
const metricKey = (key: string): string => key.replaceAll('@', '_at_');

const text = (key: string, value: string): NamedText => ({ key, value: cutText(value, MAX_VALUE) });

/** One request of `runs/log-batch`. */
export interface LogBatch {
  readonly metrics: readonly TrackedMetric[];
  readonly params: readonly NamedText[];
  readonly tags: readonly NamedText[];
}

/** Of one request: MLflow's REST API, "Log Batch", which also bounds it to 1 MB and 1,000 items in all. */
const BATCH = { items: 1000, params: 100, tags: 100 };
/** In bytes: a metric of the longest name takes 200, a text 1,600 at 500 characters of three bytes. */
const BATCH_BYTES = 900_000;

/** Cuts what is told of a run into requests that MLflow takes. */
export function logBatches({ metrics, params, tags }: Pick<TrackedRun, 'metrics' | 'params' | 'tags'>): LogBatch[] {
  const none = { metrics: [], params: [], tags: [] };
  return [
    ...chunks(tags, BATCH.tags).map((chunk) => ({ ...none, tags: chunk })),
    ...chunks(params, BATCH.params).map((chunk) => ({ ...none, params: chunk })),
    ...chunks(metrics, BATCH.items).map((chunk) => ({ ...none, metrics: chunk })),
  ];
}

function chunks<T>(items: readonly T[], most: number): T[][] {
  const all: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    const last = all.at(-1);
    if (last === undefined || last.length === most || bytes + size > BATCH_BYTES) {
      all.push([item]);
      bytes = size;
    } else {
      last.push(item);
      bytes += size;
    }
  }
  return all;
}
