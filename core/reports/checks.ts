import type { DataReport } from '../data/report/data-report.ts';
import { formatNumber } from '../evaluation/numbers.ts';
import { plainLine } from './characters.ts';
import { reportToCheck } from './data/check.ts';
import { dataTitle, findingTable, loosenings } from './data-section.ts';
import { codeSpan, details, escapeMarkdown, joinBlocks, link, table } from './markdown.ts';
import { planSection, planTitle } from './plan-section.ts';
import { runSection } from './run-section.ts';
import { curveShape } from './sparkline.ts';
import type {
  CheckAnnotation,
  CheckOutput,
  CurveView,
  DatasetView,
  FindingView,
  PlanView,
  ReadyCheckView,
  RunView,
  TrainCheckView,
} from './view.ts';
import { count, duration, MOOD_SIGN } from './words.ts';

/** GitHub's limits of an annotation. */
const MAX_TITLE = 255;
const MAX_MESSAGE = 64_000;

function output(
  title: string,
  summary: readonly string[],
  text: readonly string[],
  annotations: readonly CheckAnnotation[] = [],
): CheckOutput {
  return { title: plainLine(title, MAX_TITLE), summary: joinBlocks(summary), text: joinBlocks(text), annotations };
}

export function renderPlanCheck(plan: PlanView): CheckOutput {
  const commands = plan.models.flatMap((model) => (model.command === null ? [] : [`- ${codeSpan(model.command)}`]));
  const [, ...sections] = planSection(plan);
  const next = commands.length > 0 ? [`**Next**\n${commands.join('\n')}`] : [];
  return output(planTitle(plan), [...sections, ...next], []);
}

/** One check a dataset, annotated at the line of data or contract. */
export function renderDataCheck(data: DatasetView): CheckOutput {
  const title = dataTitle(data);
  const summary = [escapeMarkdown(`${data.dataset} ${title}`), loosenings(data)];
  const capital = `${title.slice(0, 1).toUpperCase()}${title.slice(1)}`;
  return output(capital, summary, [findingTable(data, 200)], data.findings.map(toAnnotation));
}

/**
 * The check of one dataset whose report is there: rules, what changed against the base, annotations.
 * @param data what the pull request's comment says of it, too
 * @param html name of the artifact of the workflow run with the full report
 */
export function renderDataReport(report: DataReport, data: DatasetView, html: string): CheckOutput {
  const { title, summary, annotations } = reportToCheck(report);
  const run = data.checkUrl === null ? 'the workflow run' : link('the workflow run', data.checkUrl);
  const full = `The full report is ${codeSpan('report.html')} in the artifact ${codeSpan(html)} of ${run}.`;
  return output(
    title,
    [loosenings(data), summary],
    [full],
    annotations.map(({ path, line, level, title: what, message }) => ({
      path,
      start_line: line,
      end_line: line,
      annotation_level: level,
      title: what,
      message,
    })),
  );
}

function toAnnotation(finding: FindingView): CheckAnnotation {
  const line = finding.line ?? 1;
  const where = finding.column === null ? '' : `${finding.column}: `;
  return {
    path: finding.file,
    start_line: line,
    end_line: line,
    annotation_level: finding.severity === 'fail' ? 'failure' : 'warning',
    title: plainLine(`${where}${finding.rule}`, MAX_TITLE),
    // Annotations are plain text on GitHub; only controls and length need care.
    message: plainLine(finding.message, MAX_MESSAGE) || '(no message)',
  };
}

/** The live check of one run. */
export function renderTrainCheck(view: TrainCheckView): CheckOutput {
  const { run } = view;
  return output(
    trainTitle(view),
    [progress(view), ...runSection({ ...run, chartUrl: null })],
    [stepTable(view.curves)],
  );
}

function trainTitle({ run, elapsed, curves }: TrainCheckView): string {
  const time = duration(elapsed);
  switch (run.state) {
    case 'accepted':
      return `Waiting to start (${time})`;
    case 'training':
      return run.waiting === true ? `Waiting for its machine (${time})` : `Training, ${time}${lastStep(curves)}`;
    case 'judging':
      return `Trained; scanning and evaluating (${time})`;
    case 'candidate':
      return `Candidate: ${gatesPassed(run)}`;
    case 'overridden':
      return `Candidate by override: ${firstReason(run) ?? 'a gate failed'}`;
    case 'held':
      return `Held: ${firstReason(run) ?? 'no reason given'}`;
    case 'failed':
      return `Failed: ${firstReason(run) ?? 'no reason given'}`;
    case 'cancelled':
      return 'Cancelled; its compute is released';
    case 'stale':
      return `Stale: ${firstReason(run) ?? 'its inputs have changed'}`;
  }
}

/** Its first line: what follows may be the end of a log. */
function firstReason({ reasons }: RunView): string | undefined {
  return reasons[0]?.split(/[\r\n]/)[0];
}

function gatesPassed(run: RunView): string {
  const gates = run.metrics.filter((row) => row.gate !== null).length;
  return gates === 0 ? 'no gate is configured' : `${count(gates, 'gate')} passed`;
}

function lastStep(curves: readonly CurveView[]): string {
  const steps = curves.flatMap((curve) => curve.points.at(-1)?.step ?? []);
  return steps.length === 0 ? '' : `, step ${Math.max(...steps)}`;
}

function progress({ run, curves, attempts = [] }: TrainCheckView): string {
  const live = run.state === 'accepted' || run.state === 'training' || run.state === 'judging';
  const marks = attempts.slice(-5).map(({ attempt, step }) => `Attempt ${attempt} went on at step ${step}.`);
  return live || curves.length > 0 ? [marks.join(' '), curveTable(curves)].filter(Boolean).join('\n\n') : '';
}

/** Which direction is better isn't known here: so first, last and the shape between them. */
function curveTable(curves: readonly CurveView[]): string {
  const rows = curves.flatMap(({ metric, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [
      [
        codeSpan(metric),
        String(last.step),
        formatNumber(first.value),
        `**${formatNumber(last.value)}**`,
        curveShape(points),
      ],
    ];
  });
  if (rows.length === 0) return 'No step metrics yet.';
  return table(['Metric (reported by training)', 'Step', 'First', 'Last', 'Curve'], rows, [
    'left',
    'right',
    'right',
    'right',
  ]);
}

/** The newest steps, one row each, with a column for each of the first metrics. */
function stepTable(curves: readonly CurveView[]): string {
  const shown = curves.filter((curve) => curve.points.length > 0).slice(0, 6);
  const newest = shown.flatMap((curve) => curve.points.slice(-20).map((point) => point.step));
  const steps = [...new Set(newest)].sort((a, b) => b - a).slice(0, 20);
  if (steps.length === 0) return '';
  const values = shown.map((curve) => new Map(curve.points.map((point) => [point.step, point.value])));
  const rows = steps.map((step) => {
    const cells = values.map((byStep) => {
      const value = byStep.get(step);
      return value === undefined ? '–' : formatNumber(value);
    });
    return [String(step), ...cells];
  });
  const header = ['Step', ...shown.map((curve) => codeSpan(curve.metric))];
  return details(
    'The newest steps',
    table(
      header,
      rows,
      header.map(() => 'right' as const),
    ),
  );
}

/** The one check that a team marks as required. */
export function renderReadyCheck(view: ReadyCheckView): CheckOutput {
  const rows = view.models.map(({ model, mood, message, command }) => [
    `${MOOD_SIGN[mood]} ${codeSpan(model)}`,
    escapeMarkdown(message),
    command === null ? '–' : codeSpan(command),
  ]);
  const models = rows.length === 0 ? '' : table(['Model', 'Verdict', 'What to do'], rows);
  const together =
    view.pullRequests.length > 1
      ? `Judged together, for they have the same head: ${view.pullRequests.map((number) => `#${number}`).join(', ')}`
      : '';
  return output(
    view.headline.text,
    [`${MOOD_SIGN[view.headline.mood]} ${escapeMarkdown(view.headline.text)}`, models, together],
    [],
  );
}
