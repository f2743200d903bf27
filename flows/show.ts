import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { renderPlanCheck } from '../core/reports/checks.ts';
import { COMMENT_MARKER, renderComment } from '../core/reports/comment.ts';
import { isOfOneThing } from './error.ts';
import { lastView } from './last-view.ts';
import { noteLate } from './late.ts';
import { loadRun } from './ledger.ts';
import { modelAt } from './model-at.ts';
import type { Ports, PullRequest } from './ports.ts';
import { putCheck } from './put-check.ts';
import { readiness, readScene, type Scene } from './readiness.ts';
import { putDataChecks, putReady, putTrainCheck, type RunScene } from './show-checks.ts';
import { putComment, tellNotices } from './show-comment.ts';
import { type PolicySnapshot, type Snapshot, takePolicySnapshot, takeSnapshot } from './snapshot.ts';
import { newestRuns, planView, workflowRunsOf } from './views.ts';

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
    // what `ready` said of a merged pull request stands.
    if (verdict.state !== 'success') await putReady(ports, scene, verdict);
    await putWork(ports, scene);
    if (verdict.state === 'success') await putReady(ports, scene, verdict);
  }
  // What was begun goes on when its pull request is merged or closed, and is shown to its end. The commit may be gone by then.
  else await putWork(ports, scene).catch(unlessOfOneThing);
  await putComment(ports, scene, verdict);
  await noteShownClosed(ports, number, pull.state === 'closed');
  return null;
}

function unlessOfOneThing(error: unknown): void {
  if (!isOfOneThing(error)) throw error;
}

/** The checks that follow what runs: each dataset's, and each model's. */
async function putWork(ports: Ports, scene: Scene): Promise<void> {
  await putDataChecks(ports, scene.pull.head.sha);
  for (const record of newestRuns(scene.records, scene.pull.number)) await putTrainCheck(ports, scene, record);
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
  return ports.turns.take(turnOfRun(found.record), async () => {
    await putTrainCheck(ports, await runScene(ports, policy, found, policy), found);
    return null;
  });
}

/**
 * Shows a run that this workflow run has brought on already: what did so may have broken off before it was shown, and of
 * a branch's run nobody else would.
 */
export async function showBroughtOn(ports: Ports, run: RunId, workflowRun: number): Promise<null> {
  const found = await loadRun(ports, await takePolicySnapshot(ports), run);
  const own = found !== null && workflowRunsOf(found.record).some(({ id }) => id === workflowRun);
  return own ? showRun(ports, run) : null;
}

/** New metrics of a run came in: its check shows them, and nothing else has changed. */
export async function showProgress(ports: Ports, run: RunId): Promise<null> {
  const before = await loadRun(ports, await takePolicySnapshot(ports), run);
  if (before === null || isFinal(before.record.state)) return null;
  return ports.turns.take(turnOfRun(before.record), async () => {
    const policy = await takePolicySnapshot(ports);
    const found = await loadRun(ports, policy, run);
    // What has ended is shown by the flow that ended it, also when it did so while we waited for our turn.
    if (found === null || isFinal(found.record.state)) return null;
    const { commit } = found.record;
    await putTrainCheck(ports, await runScene(ports, policy, found, await takeSnapshot(ports, commit)), found);
    return null;
  });
}

/** A run's check is written with its pull request, too: two that find none at the same time would each make one. */
function turnOfRun({ origin, run }: RunRecord): string {
  return origin.kind === 'pull_request' ? turnOf(origin.number) : `show run ${run}`;
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
