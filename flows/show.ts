import type { Metrics } from '../core/evaluation/result.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { modelState } from '../core/ledger/fold.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { GitId, RunId } from '../core/names.ts';
import type { ReadyVerdict } from '../core/promotion/ready.ts';
import { comparisonChart } from '../core/reports/chart.ts';
import { renderDataCheck, renderPlanCheck, renderReadyCheck, renderTrainCheck } from '../core/reports/checks.ts';
import { COMMENT_MARKER, renderComment } from '../core/reports/comment.ts';
import type { CommentView, CurveView, Headline, Mood, NoticeView } from '../core/reports/view.ts';
import type { AssessedModel, Assessment } from './assessment.ts';
import { buttonOf } from './button.ts';
import { comparableMetrics } from './comparison.ts';
import { keepView, lastView } from './last-view.ts';
import { noteLate } from './late.ts';
import { instant, loadRun } from './ledger.ts';
import { modelAt } from './model-at.ts';
import type { Check, CheckConclusion, Notice, Ports, PullRequest, StepMetric } from './ports.ts';
import { putCheck } from './put-check.ts';
import { readiness, readScene, type Scene } from './readiness.ts';
import { MERGE_NOTICE } from './show-outcome.ts';
import { modelIn, type PolicySnapshot, type Snapshot, takePolicySnapshot, takeSnapshot } from './snapshot.ts';
import { overridesShown, standingView } from './standing-view.ts';
import { loadValidations } from './validation-state.ts';
import { datasetView, metricRows, newestRuns, noticeView, planView, runView } from './views.ts';

const CONCLUSIONS: Readonly<Record<Exclude<ReadyVerdict['state'], 'in_progress'>, CheckConclusion>> = {
  success: 'success',
  action_required: 'action_required',
  failure: 'failure',
};

/** Brings checks and comment of a pull request up to date. Safe to repeat: equal content is not written again. */
export async function showPullRequest(ports: Ports, number: number): Promise<null> {
  return ports.turns.take(turnOf(number), async () => {
    await noteLate(ports, number);
    return bringUpToDate(ports, number);
  });
}

/**
 * Shows new notices in the comment as it was last shown: a command that was refused has changed nothing else. Where
 * that is not known, everything is shown.
 */
export async function showNotices(ports: Ports, number: number): Promise<null> {
  return ports.turns.take(turnOf(number), async () => {
    await noteLate(ports, number);
    const view = await lastView(ports, number);
    if (view === null) return bringUpToDate(ports, number);
    const told = tellNotices(await ports.inFlight.notices(number));
    await ports.comments.putSticky(number, COMMENT_MARKER, renderComment({ ...view, notices: told }));
    return null;
  });
}

const turnOf = (number: number): string => `show ${number}`;

async function bringUpToDate(ports: Ports, number: number, seen?: PullRequest): Promise<null> {
  const pull = seen ?? (await ports.pulls.recent(number));
  const scene = await readScene(ports, pull);
  const plan = planView(scene.assessment, scene.records);
  const verdict = await readiness(ports, scene);
  if (pull.state === 'open' && verdict.state === 'failure' && seen === undefined) {
    // Merged since it was read, it has no preview merge any more, and what `ready` said last must stand.
    const now = await ports.pulls.get(number);
    if (now.state !== 'open') return bringUpToDate(ports, number, now);
  }
  if (pull.state === 'open') {
    await putCheck(
      ports,
      pull.head.sha,
      'trainyard / plan',
      renderPlanCheck(plan),
      plan.status === 'complete' ? 'success' : 'failure',
    );
    // What holds a merge back is said first. What allows it is said last: somebody, or auto-merge, may merge at once, and
    // of a merged pull request no check is shown any more.
    if (verdict.state !== 'success') await putReady(ports, scene, verdict);
    await putDataChecks(ports, pull.head.sha);
    for (const record of newestRuns(scene.records, number)) await putTrainCheck(ports, scene, record);
    if (verdict.state === 'success') await putReady(ports, scene, verdict);
  }
  await putComment(ports, scene, verdict);
  await noteShownClosed(ports, number, pull.state === 'closed');
  return null;
}

const closedKey = (number: number): string => `closed ${number}`;

/** Whether a pull request was last shown as closed; null where nothing is known of it. */
export async function isShownClosed(ports: Pick<Ports, 'inFlight'>, number: number): Promise<boolean | null> {
  const known = await ports.inFlight.progress(closedKey(number));
  return known === null ? null : known === 'yes';
}

export async function noteShownClosed(ports: Pick<Ports, 'inFlight'>, number: number, closed: boolean): Promise<void> {
  if ((await isShownClosed(ports, number)) !== closed)
    await ports.inFlight.putProgress(closedKey(number), closed ? 'yes' : 'no');
}

/** A run moved: its pull request is shown, or for a run of a branch its check. */
export async function showRun(ports: Ports, run: RunId): Promise<null> {
  const policy = await takePolicySnapshot(ports);
  const found = await loadRun(ports, policy, run);
  if (found === null) return null;
  if (found.record.origin.kind === 'pull_request') return showPullRequest(ports, found.record.origin.number);
  await putTrainCheck(ports, await runScene(ports, policy, found, policy), found);
  return null;
}

/** New metrics of a run came in: its check shows them, and nothing else has changed. */
export async function showProgress(ports: Ports, run: RunId): Promise<null> {
  const policy = await takePolicySnapshot(ports);
  const found = await loadRun(ports, policy, run);
  // What has ended is shown by the flow that ended it.
  if (found === null || isFinal(found.record.state)) return null;
  const { commit } = found.record;
  await putTrainCheck(ports, await runScene(ports, policy, found, await takeSnapshot(ports, commit)), found);
  return null;
}

async function runScene(
  ports: Pick<Ports, 'source'>,
  policy: PolicySnapshot,
  { record: { model } }: VerifiedRecord,
  now: Snapshot,
): Promise<RunScene> {
  const head = modelAt(policy, now, model);
  const at = { name: model, base: { kind: 'absent' }, head, affected: true, changesPolicy: false } as const;
  return { policy, models: [at], url: (await ports.source.repository()).url };
}

async function putReady(ports: Ports, scene: Scene, verdict: ReadyVerdict): Promise<void> {
  const output = renderReadyCheck({
    headline: headlineOf(verdict),
    // One line says no more than the headline.
    models:
      verdict.lines.length < 2
        ? []
        : verdict.lines.map((line) => ({
            model: line.split(':')[0] ?? '',
            mood: moodOf(verdict.state),
            message: line,
            command: null,
          })),
    pullRequests: [scene.pull.number],
  });
  const conclusion = verdict.state === 'in_progress' ? null : CONCLUSIONS[verdict.state];
  await putCheck(ports, scene.pull.head.sha, 'trainyard / ready', output, conclusion);
}

function moodOf(state: ReadyVerdict['state']): Mood {
  switch (state) {
    case 'success':
      return 'success';
    case 'failure':
      return 'failure';
    case 'in_progress':
      return 'running';
    case 'action_required':
      return 'attention';
  }
}

function headlineOf(verdict: ReadyVerdict): Headline {
  return { mood: moodOf(verdict.state), text: verdict.title };
}

async function putDataChecks(ports: Ports, sha: GitId): Promise<void> {
  for (const [name, state] of Object.entries(await loadValidations(ports, sha))) {
    const view = datasetView(name, state);
    const conclusion = view.status === 'running' ? null : view.status === 'passed' ? 'success' : 'failure';
    await putCheck(ports, sha, `trainyard / data: ${name}`, renderDataCheck(view), conclusion, {
      detailsUrl: state.url,
    });
  }
}

interface RunScene {
  readonly policy: PolicySnapshot;
  readonly models: readonly AssessedModel[];
  readonly url: string;
}

/** The check that follows a run, live while it trains, with buttons to cancel and to try again. */
async function putTrainCheck(ports: Ports, scene: Scene | RunScene, found: VerifiedRecord): Promise<void> {
  const { record } = found;
  const policy = 'policy' in scene ? scene.policy : scene.assessment.policy;
  const models = 'models' in scene ? scene.models : scene.assessment.models;
  const now = models.find(({ name }) => name === record.model) ?? null;
  const reference = 'ledger' in scene ? referenceOf(scene, found) : null;
  const overrides = 'ledger' in scene ? overridesShown(scene, record) : [];
  const run = runView(found, { policy, now, serverUrl: scene.url, chartUrl: null, reference, overrides });
  const elapsed = Math.max(0, Math.round((ports.clock.now().getTime() - Date.parse(record.acceptedAt)) / 1000));
  const curves = curvesOf(await ports.inFlight.stepMetrics(record.run));
  const output = renderTrainCheck({ run, curves, elapsed: isFinal(record.state) ? (run.seconds ?? elapsed) : elapsed });
  const link = run.links.at(-1);
  await putCheck(ports, record.commit, `trainyard / train: ${record.model}`, output, trainConclusion(found), {
    externalId: `train ${record.model}`,
    ...(link === undefined ? {} : { detailsUrl: link.url }),
    actions: buttonsOf(record),
  });
}

/** What ended well or was judged has nothing to repeat; what is in progress can be stopped. */
function buttonsOf({ run, state }: RunRecord): NonNullable<Check['actions']> {
  if (!isFinal(state)) return [{ label: 'Cancel', description: 'Stop this run', identifier: buttonOf('cancel', run) }];
  if (state.state === 'judged') return [];
  return [{ label: 'Retry', description: 'Repeat what failed of this run', identifier: buttonOf('retry', run) }];
}

function trainConclusion({ record }: VerifiedRecord): CheckConclusion | null {
  const { state } = record;
  if (!isFinal(state)) return null;
  if (state.state === 'cancelled') return 'cancelled';
  return state.state === 'judged' && state.verdict === 'candidate' ? 'success' : 'failure';
}

function curvesOf(points: readonly StepMetric[]): CurveView[] {
  const byMetric = new Map<string, { step: number; value: number }[]>();
  for (const { metric, step, value } of points)
    byMetric.set(metric, [...(byMetric.get(metric) ?? []), { step, value }]);
  return [...byMetric].map(([metric, curve]) => ({ metric, points: curve.sort((a, b) => a.step - b.step) }));
}

async function putComment(ports: Ports, scene: Scene, verdict: ReadyVerdict): Promise<void> {
  const { assessment, pull } = scene;
  const runs = [];
  for (const found of newestRuns(scene.records, pull.number)) {
    const now = assessment.models.find(({ name }) => name === found.record.model) ?? null;
    const { policy } = assessment;
    const reference = referenceOf(scene, found);
    const chartUrl = await chartOf(ports, policy, found, reference);
    const overrides = overridesShown(scene, found.record);
    runs.push(runView(found, { policy, now, serverUrl: scene.url, chartUrl, reference, overrides }));
  }
  const notices = await ports.inFlight.notices(pull.number);
  const validations = await loadValidations(ports, pull.head.sha);
  const view: CommentView = {
    headline: await commentHeadline(ports, scene, verdict),
    head: pull.head.sha,
    plan: planView(assessment, scene.records),
    data: Object.entries(validations).map(([name, state]) => datasetView(name, state)),
    runs,
    standing: standingView(scene, instant(ports)),
    notices: tellNotices(notices),
    next: pull.state === 'open' ? nextSteps(verdict, assessment) : mergeNotes(notices),
  };
  await ports.comments.putSticky(pull.number, COMMENT_MARKER, renderComment(view));
  await keepView(ports, pull.number, view);
}

const TOLD = 5;

/** The newest first, and of the newest comment all of its lines' answers. What a merge did is told elsewhere. */
function tellNotices(notices: readonly Notice[]): NoticeView[] {
  const newestFirst = notices.filter(({ key }) => !key.startsWith(MERGE_NOTICE)).toReversed();
  const commentOf = ({ key }: Notice): string => key.replace(/:\d+$/, '');
  const [newest] = newestFirst;
  const together = newestFirst.filter((one) => newest !== undefined && commentOf(one) === commentOf(newest)).length;
  return newestFirst.slice(0, Math.max(TOLD, together)).map(noticeView);
}

function nextSteps(verdict: ReadyVerdict, { models }: Assessment): { text: string; command: string | null }[] {
  if (verdict.state !== 'action_required') return [];
  return models
    .filter((model) => model.affected)
    .map(({ name }) => ({ text: `Train ${name}`, command: `/train ${name}` }));
}

async function commentHeadline(ports: Ports, scene: Scene, verdict: ReadyVerdict): Promise<Headline> {
  if (scene.pull.merged) return mergedHeadline(ports, scene);
  return scene.pull.state === 'open' ? headlineOf(verdict) : { mood: 'neutral', text: 'closed without a merge' };
}

/** What a merge did, by the ledger: versions made from this pull request's runs, or that nothing was. */
async function mergedHeadline(ports: Ports, { pull, ledger }: Scene): Promise<Headline> {
  if (ledger === null || pull.mergeCommit === null) return { mood: 'neutral', text: 'merged' };
  const made = [...ledger.state.models].flatMap(([model, state]) =>
    state.versions.filter(({ commit }) => commit === pull.mergeCommit).map(({ version }) => `${model}@v${version}`),
  );
  const moved = [...ledger.state.models.values()].some(({ assignments }) =>
    assignments.some(({ commit }) => commit === pull.mergeCommit),
  );
  if (made.length > 0 && !moved)
    return { mood: 'attention', text: `merged: ${made.join(', ')} was made; no stage was moved` };
  if (made.length > 0) return { mood: 'success', text: `merged: ${made.join(', ')} was promoted` };
  const told = (await ports.inFlight.notices(pull.number)).some(({ key }) => key.startsWith(MERGE_NOTICE));
  return { mood: told ? 'attention' : 'neutral', text: 'merged: nothing was promoted' };
}

function mergeNotes(notices: readonly Notice[]): { text: string; command: null }[] {
  return notices
    .filter(({ key }) => key.startsWith(MERGE_NOTICE))
    .map(({ message }) => ({ text: message, command: null }));
}

/** What the run is shown beside: production's metrics, or those of the first stage that its gates compare with. */
function referenceOf({ ledger, records }: Scene, { record }: VerifiedRecord): Metrics | null {
  if (record.state.state !== 'judged' || ledger === null) return null;
  const { references, evaluation } = record.state;
  const version = references['production'] ?? Object.values(references)[0];
  const known = modelState(ledger.state, record.model).versions.find((one) => `v${one.version}` === version);
  const reference = records.find((one) => one.record.run === known?.run)?.record ?? null;
  return comparableMetrics(reference, evaluation);
}

async function chartOf(
  ports: Ports,
  policy: PolicySnapshot,
  { record }: VerifiedRecord,
  reference: Metrics | null,
): Promise<string | null> {
  if (record.state.state !== 'judged' || record.state.evaluation.status !== 'evaluated') return null;
  const version = record.state.references['production'];
  const svg = comparisonChart({
    title: `${record.model}, run ${record.run}`,
    comparedWith: version === undefined ? null : `${version} in production`,
    metrics: metricRows(record, modelIn(policy.config, record.model)?.gates ?? {}, reference),
    curves: curvesOf(await ports.inFlight.stepMetrics(record.run)),
  });
  return (await ports.images.put(record.run, svg)).url;
}
