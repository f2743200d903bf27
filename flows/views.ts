import type { Gate } from '../core/config/evaluation.ts';
import type { Metrics } from '../core/evaluation/result.ts';
import { matches } from '../core/fingerprint/match.ts';
import type { Override } from '../core/ledger/controls.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import { MetricName } from '../core/names.ts';
import type { ChangeEffect } from '../core/policy/change-table.ts';
import { entriesOf, valueAt } from '../core/records.ts';
import type {
  AttemptView,
  CurveView,
  DatasetView,
  MetricRowView,
  NoticeView,
  PlanModelView,
  PlanView,
  PolicyChangeView,
  ReproductionView,
  RunView,
  WaivedFindingView,
} from '../core/reports/view.ts';
import { joinAttempts } from '../core/training/attempts.ts';
import type { Reproduction } from '../core/training/reproduction.ts';
import { attemptWords } from '../core/training/told-attempt.ts';
import type { WaivedFinding } from '../core/verification/waiver.ts';
import type { AssessedModel, Assessment } from './assessment.ts';
import { estimateOf } from './cost-views.ts';
import { evidenceView } from './evidence-view.ts';
import type { Notice, StepMetric } from './ports.ts';
import { treeOf } from './selection.ts';
import { modelIn, type PolicySnapshot } from './snapshot.ts';
import type { ValidationState } from './validation-state.ts';

/** From domain data to what reports show. Pure; nothing is escaped here. */

/** @param records past runs of the repository, for the estimate of time */
export function planView(assessment: Assessment, records: readonly VerifiedRecord[] = []): PlanView {
  const truncated = [assessment.policy, assessment.mergeBase, assessment.head].some(({ tree }) => tree.truncated);
  const status = truncated ? 'truncated' : assessment.problems.length > 0 ? 'error' : 'complete';
  const changed = (effect: ChangeEffect): PolicyChangeView[] =>
    assessment.policyChanges
      .filter((change) => change.effect === effect)
      .map(({ key, from, to }) => ({ key, from: from ?? 'not set', to: to ?? 'not set' }));
  return {
    status,
    problem: assessment.problems.length > 0 ? assessment.problems.join('\n') : null,
    models: assessment.models.map((model) => planModel(model, assessment.policy, records)),
    policyChanges: changed('policy'),
    noticed: changed('notice'),
    datasets: assessment.datasets.map(({ name, path }) => `${name} (${path})`),
  };
}

function planModel(
  model: AssessedModel,
  policy: Assessment['policy'],
  records: readonly VerifiedRecord[],
): PlanModelView {
  const stages = model.head.kind === 'known' ? model.head.effective.config.promote.stages : [];
  return {
    model: model.name,
    affected: model.affected,
    changes: model.affected ? changesOf(model) : [],
    stages: model.changesPolicy ? [] : stages,
    estimate: model.affected ? estimateOf(model, policy, records) : null,
    command: model.affected && model.head.kind === 'known' ? `/train ${model.name}` : null,
  };
}

function changesOf({ base, head }: AssessedModel): readonly string[] {
  if (head.kind === 'invalid') return head.problems;
  if (head.kind === 'absent') return ['the model is gone from the config'];
  if (base.kind !== 'known') return ['the model is new'];
  const before = new Map(base.manifest.inputs.map((input) => [input.path as string, input.id as string]));
  const changed = head.manifest.inputs
    .filter((input) => before.get(input.path) !== input.id)
    .map(({ path }) => `${path} changed`);
  const removed = base.manifest.inputs
    .filter((input) => !head.manifest.inputs.some(({ path }) => path === input.path))
    .map(({ path }) => `${path} is no longer an input`);
  const params = entriesOf(head.defaults)
    .filter(([name, value]) => valueAt(base.defaults, name) !== value)
    .map(([name, value]) => `the default of ${name} is ${value}`);
  const command = base.manifest.command === head.manifest.command ? [] : [`the command is ${head.manifest.command}`];
  const setup =
    base.manifest.setup === head.manifest.setup ? [] : [`the lock file is ${head.manifest.setup ?? 'not set'}`];
  const found = [...changed, ...removed, ...params, ...command, ...setup];
  return found.length > 0 ? found : ['.gitattributes or a data path changed'];
}

export function datasetView(name: string, state: ValidationState): DatasetView {
  const base = {
    dataset: name,
    loosenings: state.status === 'done' ? state.result.loosenings : [],
    checkUrl: state.url,
  };
  if (state.status === 'running')
    return { ...base, status: 'running', reason: null, rows: null, findings: [], total: 0 };
  const { result } = state;
  return {
    ...base,
    status: result.status,
    reason: result.reason,
    rows: result.rows,
    findings: result.findings.map((finding) => ({ ...finding, url: null })),
    total: result.total,
  };
}

/** Runs of a pull request: the newest of each model, newest first. */
export function newestRuns(records: readonly VerifiedRecord[], pullRequest: number): readonly VerifiedRecord[] {
  const own = records.filter(
    ({ record }) => record.origin.kind === 'pull_request' && record.origin.number === pullRequest,
  );
  return own.filter(({ record }, index) => own.findIndex((other) => other.record.model === record.model) === index);
}

export interface RunViewOptions {
  readonly policy: PolicySnapshot;
  /** The model in the pull request's head: a run of another tree is stale. Null where there is none to compare with. */
  readonly now: AssessedModel | null;
  readonly serverUrl: string;
  readonly chartUrl: string | null;
  /** Metrics of the version compared with, where they were measured on the same data. */
  readonly reference: Metrics | null;
  /** By which a run that its gates hold counts as a candidate here. */
  readonly overrides?: readonly Override[];
}

function reproductionView(found: Reproduction | null): ReproductionView | null {
  if (found === null) return null;
  const { of, kind } = found;
  if (kind === 'equal') return { of, kind, lines: [] };
  return { of, kind, lines: kind === 'differs' ? found.differences : [found.why] };
}

export function runView({ record, digest }: VerifiedRecord, options: RunViewOptions): RunView {
  const { state } = record;
  const judged = state.state === 'judged' ? state : null;
  const stale = staleReasons(record, options.now);
  const { overrides = [] } = options;
  const references = Object.entries(judged?.references ?? {});
  const [versus, version] = references.find(([name]) => name === 'production') ?? references[0] ?? [];
  const links = workflowLinks(record, options.serverUrl);
  return {
    model: record.model,
    run: record.run,
    commit: record.commit,
    state: shownState(record, stale, overrides),
    reasons: reasonsOf(record, stale),
    ...toldNotes(record),
    reused: false,
    requestedBy: record.requestedBy,
    comparedWith: version === undefined ? null : versus === 'base' ? version : `${version} in ${versus}`,
    metrics: metricRows(record, modelIn(options.policy.config, record.model)?.gates ?? {}, options.reference),
    judgedBy: judged?.judgedBy ?? 'evaluated',
    reproduction: reproductionView(judged?.reproduction ?? null),
    selfReported: Object.entries(judged?.selfReported ?? {}).map(([metric, value]) => ({ metric, value })),
    parameters: parametersOf(record, options.now),
    findings: judged?.scanFindings ?? [],
    ...(judged?.scanWaived === undefined ? {} : { waived: judged.scanWaived.map(waivedView) }),
    chartUrl: options.chartUrl,
    links,
    seconds: isFinal(state) ? Math.round((Date.parse(record.at) - Date.parse(record.acceptedAt)) / 1000) : null,
    evidence: evidenceView({ record, digest }, overrides),
  };
}

function shownState({ state }: RunRecord, stale: readonly string[], overrides: readonly Override[]): RunView['state'] {
  const good = state.state === 'judged' && (state.verdict === 'candidate' || overrides.length > 0);
  if (good && stale.length > 0) return 'stale';
  return good && state.verdict === 'held' ? 'overridden' : stateName(state);
}

function stateName(state: RunRecord['state']): RunView['state'] {
  return state.state === 'judged' ? state.verdict : state.state;
}

function staleReasons(record: RunRecord, now: AssessedModel | null): readonly string[] {
  if (now?.head.kind !== 'known') return [];
  const match = matches({ source: record.source, request: record.order.request }, treeOf(now.head));
  return match.matches ? [] : match.reasons;
}

function reasonsOf({ state }: RunRecord, stale: readonly string[]): readonly string[] {
  if (state.state === 'failed') return [state.message];
  if (state.state === 'judged') return [...state.reasons, ...stale];
  return stale;
}

function toldNotes({ run, state }: RunRecord): Pick<RunView, 'notes'> {
  const told = state.state === 'judging' || state.state === 'judged' ? state.told : undefined;
  return told === undefined ? {} : { notes: attemptWords(told, run) };
}

function workflowLinks(record: RunRecord, serverUrl: string): { text: string; url: string }[] {
  return workflowRunsOf(record).map(({ what, id }) => ({ text: what, url: `${serverUrl}/actions/runs/${id}` }));
}

interface OwnWorkflowRun {
  readonly what: 'training' | 'judging' | 'workflow run';
  readonly id: number;
}

/** @param id null where a compute engine trains */
function trainingBy(id: number | null): readonly OwnWorkflowRun[] {
  return id === null ? [] : [{ what: 'training', id }];
}

/** The workflow runs that have brought a run to where its record says that it is. */
export function workflowRunsOf({ state }: Pick<RunRecord, 'state'>): readonly OwnWorkflowRun[] {
  switch (state.state) {
    case 'accepted':
      return [];
    case 'training':
      return trainingBy(state.workflowRun);
    case 'judging':
      return [...trainingBy(state.trainRun), { what: 'judging', id: state.workflowRun }];
    case 'judged':
      return [...trainingBy(state.trainRun), { what: 'judging', id: state.judgeRun }];
    case 'failed':
    case 'cancelled':
      return state.workflowRun === null ? [] : [{ what: 'workflow run', id: state.workflowRun }];
  }
}

export function metricRows(
  record: RunRecord,
  gates: Readonly<Record<MetricName, Gate>>,
  reference: Metrics | null,
): MetricRowView[] {
  const { state } = record;
  if (state.state !== 'judged') return [];
  const measured: Metrics = state.evaluation.status === 'evaluated' ? state.evaluation.metrics : {};
  const names = [
    ...new Set([...state.gates.map(({ metric }) => metric), ...entriesOf(measured).map(([name]) => name)]),
  ];
  return names.map((name) => {
    const verdict = state.gates.find(({ metric }) => metric === name);
    const gate = valueAt(gates, MetricName.parse(name));
    return {
      metric: name,
      value: verdict?.value ?? valueAt(measured, name) ?? null,
      reference:
        verdict?.reference ?? (reference === null ? null : (valueAt(reference, MetricName.parse(name)) ?? null)),
      better: gate?.better ?? (gate?.min !== undefined ? 'higher' : gate?.max !== undefined ? 'lower' : null),
      min: gate?.min ?? null,
      max: gate?.max ?? null,
      gate: verdict === undefined ? null : { verdict: verdict.verdict, explanation: verdict.explanation },
    };
  });
}

function parametersOf(record: RunRecord, now: AssessedModel | null): RunView['parameters'] {
  const defaults = now?.head.kind === 'known' ? now.head.defaults : {};
  return entriesOf(record.order.request.params).map(([name, value]) => {
    const committed = valueAt(defaults, name);
    return {
      name,
      value: String(value),
      committed: committed === undefined || committed === value ? null : String(committed),
    };
  });
}

function waivedView({ finding: { rule, file }, waiver: { owner, reason, expires } }: WaivedFinding): WaivedFindingView {
  return { rule, file, owner, reason, until: expires };
}

export function noticeView(notice: Notice): NoticeView {
  return {
    kind: notice.tone === 'refused' ? 'refused' : 'answered',
    command: notice.command,
    by: notice.author,
    message: notice.message,
    at: notice.at,
  };
}

export interface Learning {
  readonly curves: readonly CurveView[];
  readonly attempts: readonly AttemptView[];
}

/** Live metrics of a run, a curve for each, over all attempts at its training. */
export function learningOf(points: readonly StepMetric[]): Learning {
  const joined = joinAttempts(points);
  const byMetric = new Map<string, { step: number; value: number }[]>();
  for (const { metric, step, value } of joined.points) {
    const curve = byMetric.get(metric) ?? [];
    curve.push({ step, value });
    byMetric.set(metric, curve);
  }
  const curves = [...byMetric].map(([metric, curve]) => ({ metric, points: curve.sort((a, b) => a.step - b.step) }));
  return { curves, attempts: joined.begins };
}
