import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { GitId } from '../core/names.ts';
import type { ReadyVerdict } from '../core/promotion/ready.ts';
import { renderDataCheck, renderDataReport, renderReadyCheck, renderTrainCheck } from '../core/reports/checks.ts';
import type { Headline, Mood } from '../core/reports/view.ts';
import type { AssessedModel } from './assessment.ts';
import { buttonOf } from './button.ts';
import { referenceOf } from './comparison.ts';
import { isWaiting, lastSight } from './execution-sight.ts';
import { liveNotes } from './live-notes.ts';
import type { Check, CheckConclusion, Ports } from './ports.ts';
import { putCheck } from './put-check.ts';
import type { Scene } from './readiness.ts';
import type { PolicySnapshot } from './snapshot.ts';
import { overridesShown } from './standing-view.ts';
import { loadValidations } from './validation-state.ts';
import { datasetView, learningOf, runView } from './views.ts';

const CONCLUSIONS: Readonly<Record<Exclude<ReadyVerdict['state'], 'in_progress'>, CheckConclusion>> = {
  success: 'success',
  action_required: 'action_required',
  failure: 'failure',
};

/** The one check that a team marks as required. */
export async function putReady(ports: Ports, scene: Scene, verdict: ReadyVerdict): Promise<void> {
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

export function headlineOf(verdict: ReadyVerdict): Headline {
  return { mood: moodOf(verdict.state), text: verdict.title };
}

/** One check for each dataset that was, or is being, validated at the commit. */
export async function putDataChecks(ports: Ports, sha: GitId): Promise<void> {
  for (const [name, state] of Object.entries(await loadValidations(ports, sha))) {
    const view = datasetView(name, state);
    const conclusion = view.status === 'running' ? null : view.status === 'passed' ? 'success' : 'failure';
    const report = state.status === 'done' ? state.result.report : null;
    const output = report === null ? renderDataCheck(view) : renderDataReport(report, view, `trainyard-report-${name}`);
    await putCheck(ports, sha, `trainyard / data: ${name}`, output, conclusion, {
      detailsUrl: state.url,
    });
  }
}

/** What is read to show one run alone. */
export interface RunScene {
  readonly policy: PolicySnapshot;
  readonly models: readonly AssessedModel[];
  readonly url: string;
}

/** The check that follows a run, live while it trains, with buttons to cancel and to try again. */
export async function putTrainCheck(ports: Ports, scene: Scene | RunScene, found: VerifiedRecord): Promise<void> {
  const { record } = found;
  const policy = 'policy' in scene ? scene.policy : scene.assessment.policy;
  const models = 'models' in scene ? scene.models : scene.assessment.models;
  const now = models.find(({ name }) => name === record.model) ?? null;
  const reference = 'ledger' in scene ? referenceOf(scene, found) : null;
  const overrides = 'ledger' in scene ? overridesShown(scene, record) : [];
  const run = runView(found, { policy, now, serverUrl: scene.url, chartUrl: null, reference, overrides });
  const elapsed = Math.max(0, Math.round((ports.clock.now().getTime() - Date.parse(record.acceptedAt)) / 1000));
  const learning = learningOf(await ports.inFlight.stepMetrics(record.run));
  const sight = await lastSight(ports, record.run);
  const reasons = [...run.reasons, ...(await liveNotes(ports, record)).check];
  const told = { ...run, reasons, waiting: isWaiting(record, sight) };
  const age = isFinal(record.state) ? (run.seconds ?? elapsed) : elapsed;
  const output = renderTrainCheck({ run: told, ...learning, elapsed: age });
  const link = run.links.at(-1);
  await putCheck(ports, record.commit, `trainyard / train: ${record.model}`, output, trainConclusion(found), {
    externalId: trainCheckId(record, age),
    ...(link === undefined ? {} : { detailsUrl: link.url }),
    actions: buttonsOf(record),
  });
}

/** Seconds after which the check of a run that goes on is followed by another: at 14 days GitHub calls it stale. */
const RENEWED = 13 * 86_400;

/** The newest of one name is what GitHub shows. */
function trainCheckId({ model }: RunRecord, elapsed: number): string {
  const before = Math.floor(elapsed / RENEWED);
  return before === 0 ? `train ${model}` : `train ${model} renewed ${before}`;
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
