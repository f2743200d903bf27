import type { MetricsTrouble } from '../../adapters/live-metrics/reader.ts';
import type { StepMetric } from '../../core/evaluation/metrics.ts';
import { formatNumber } from '../../core/evaluation/numbers.ts';
import { codeSpan, escapeMarkdown, table } from '../../core/reports/markdown.ts';
import { curveShape } from '../../core/reports/sparkline.ts';
import { environmentWords } from '../../core/training/environment.ts';
import { TRAIN_NOTES, type TrainStatus } from '../../core/training/status.ts';

const SHOWN_METRICS = 30;

/** What the metrics file held beside metrics. */
export function metricNotes({ lines, problem, skipped }: MetricsTrouble): TrainStatus['notes'] {
  return [
    ...(lines === 0
      ? []
      : [
          {
            code: 'metrics_unreadable' as const,
            message: `${lines} ${lines === 1 ? 'line' : 'lines'}, the first: ${problem ?? ''}`.slice(0, 1000),
          },
        ]),
    ...(skipped === 0 ? [] : [{ code: 'metrics_skipped' as const, message: `${skipped} bytes` }]),
  ];
}

/** A line of the job's log, such as `step 12: loss 0.53, accuracy 0.71`. */
export function progressLine(last: readonly StepMetric[]): string {
  const step = last.reduce((highest, point) => Math.max(highest, point.step), 0);
  const values = last.slice(0, 8).map(({ metric, value }) => `${metric} ${formatNumber(value)}`);
  return `step ${step}: ${values.join(', ')}`;
}

/** The page of the job: how it ended, the curves, and on what it ran. All of it comes from hostile code. */
export function trainSummary(status: TrainStatus): string {
  const { reason, message, seconds, notes, resumed, environment } = status;
  const ok = reason === 'succeeded';
  const parts = [
    `### ${ok ? '✅ Trained' : `❌ Training ${escapeMarkdown(reason.replaceAll('_', ' '))}`} in ${formatNumber(Math.round(seconds * 10) / 10)} s`,
    ok ? '' : escapeMarkdown(message, 1000),
    resumed === null ? '' : resumedLine(status.attempt, resumed),
    curves(status.stepMetrics),
    ...notes.map(({ code, message: what }) => `⚠️ ${TRAIN_NOTES[code]} ${escapeMarkdown(what, 500)}`),
    environment === null ? '' : `<sub>${escapeMarkdown(environmentWords(environment).join(' · '), 800)}</sub>`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function resumedLine(attempt: number, resumed: NonNullable<TrainStatus['resumed']>): string {
  const from = resumed.step === null ? '' : ` at step ${resumed.step}`;
  return `Attempt ${attempt}, which went on from a checkpoint of ${formatNumber(resumed.bytes)} bytes${from}.`;
}

function curves(points: readonly StepMetric[]): string {
  const metrics = new Map<string, StepMetric[]>();
  for (const point of points) metrics.set(point.metric, [...(metrics.get(point.metric) ?? []), point]);
  if (metrics.size === 0) return '';
  const rows = [...metrics].slice(0, SHOWN_METRICS).map(([metric, curve]) => {
    const last = curve.at(-1);
    return [
      codeSpan(metric),
      curveShape(curve),
      last === undefined ? '' : formatNumber(last.value),
      String(last?.step ?? ''),
    ];
  });
  return table(['metric', 'curve', 'last', 'at step'], rows);
}
