import type { Metrics } from '../core/evaluation/result.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { spendingOf } from '../core/ledger/spending.ts';
import type { Instant } from '../core/names.ts';
import type { ReadyVerdict } from '../core/promotion/ready.ts';
import { comparisonChart } from '../core/reports/chart.ts';
import { COMMENT_MARKER, renderComment } from '../core/reports/comment.ts';
import type { CommentView, Headline, NoticeView, SpendingRowView } from '../core/reports/view.ts';
import type { Assessment } from './assessment.ts';
import { referenceOf } from './comparison.ts';
import { spendingView } from './cost-views.ts';
import { keepView } from './last-view.ts';
import { instant } from './ledger.ts';
import { liveNotes } from './live-notes.ts';
import type { Notice, Ports } from './ports.ts';
import type { Scene } from './readiness.ts';
import { headlineOf } from './show-checks.ts';
import { MERGE_NOTICE } from './show-outcome.ts';
import { modelIn, type PolicySnapshot } from './snapshot.ts';
import { overridesShown, standingView } from './standing-view.ts';
import { loadValidations } from './validation-state.ts';
import { datasetView, learningOf, metricRows, newestRuns, noticeView, planView, runView } from './views.ts';

/** The one comment of a pull request, edited in place. */
export async function putComment(ports: Ports, scene: Scene, verdict: ReadyVerdict): Promise<void> {
  const { assessment, pull } = scene;
  const runs = [];
  for (const found of newestRuns(scene.records, pull.number)) {
    const now = assessment.models.find(({ name }) => name === found.record.model) ?? null;
    const { policy } = assessment;
    const reference = referenceOf(scene, found);
    const chartUrl = await chartOf(ports, policy, found, reference);
    const overrides = overridesShown(scene, found.record);
    const view = runView(found, { policy, now, serverUrl: scene.url, chartUrl, reference, overrides });
    const { trouble } = await liveNotes(ports, found.record);
    runs.push({ ...view, reasons: [...view.reasons, ...trouble] });
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
    spending: spendingShown(scene, instant(ports)),
    next: pull.state === 'open' ? nextSteps(verdict, assessment) : mergeNotes(notices),
  };
  await ports.comments.putSticky(pull.number, COMMENT_MARKER, renderComment(view));
  await keepView(ports, pull.number, view);
}

function spendingShown({ assessment, records, pull }: Scene, now: Instant): readonly SpendingRowView[] {
  const { config } = assessment.policy;
  if (config === null) return [];
  const all = records.map(({ record }) => record);
  return spendingView(config, spendingOf(all, pull.number, now));
}

const TOLD = 5;

/** The newest first, and of the newest comment all of its lines' answers. What a merge did is told elsewhere. */
export function tellNotices(notices: readonly Notice[]): NoticeView[] {
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
    ...learningOf(await ports.inFlight.stepMetrics(record.run)),
  });
  return (await ports.images.put(record.run, svg)).url;
}
