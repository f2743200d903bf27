import { isFinal } from '../core/ledger/machine.ts';
import type { Instant, RunId } from '../core/names.ts';
import { budgetPassed, endOverBudget } from './budgets.ts';
import { isOfOneThing } from './error.ts';
import { followExecution } from './follow-execution.ts';
import { resumeLaunch } from './launch.ts';
import { advanceRun, closeRun, loadLedger, loadRuns } from './ledger.ts';
import type { Ports } from './ports.ts';
import { showRun } from './show.ts';
import { takePolicySnapshot } from './snapshot.ts';
import { handleWorkflowCompleted } from './workflow-completed.ts';

/** What a run waits for that will not come by itself. */
type Unsettled =
  /** Its ledger entry is missing. */
  | { readonly kind: 'close'; readonly run: RunId }
  /** It was accepted, and its launch broke off. */
  | { readonly kind: 'launch'; readonly run: RunId }
  /** Nobody told of the end of its workflow run. */
  | { readonly kind: 'ended'; readonly run: RunId; readonly workflowRun: number }
  /** It is trained by a compute engine, which tells nobody of anything. */
  | { readonly kind: 'execution'; readonly run: RunId }
  /** It trains in a workflow job, and a budget of policy has no room for it any more. */
  | { readonly kind: 'over_budget'; readonly run: RunId }
  /** Somebody deleted its workflow run. */
  | { readonly kind: 'gone'; readonly run: RunId; readonly at: 'training' | 'judging'; readonly workflowRun: number };

/** Minutes that a launch may take, with all that is tried again in it, and in which GitHub may not show yet what it took on. */
const LAUNCH_MINUTES = 15;
/** Of a run: begun, trained, judged, entered in the ledger. */
const ROUNDS = 4;

/**
 * Brings every run on that waits for what will not come by itself, as far as it gets.
 *
 * @returns what was done, in words
 */
export async function settleRuns(ports: Ports): Promise<readonly string[]> {
  const done: string[] = [];
  const tried = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await ports.steps.run('unsettled runs', () => unsettledRuns(ports));
    const fresh = found.filter(({ kind, run }) => !tried.has(`${kind} ${run}`));
    if (fresh.length === 0) return done;
    for (const unsettled of fresh) {
      tried.add(`${unsettled.kind} ${unsettled.run}`);
      const what = await settleRun(ports, unsettled);
      if (what !== null) done.push(what);
    }
  }
  return done;
}

async function unsettledRuns(ports: Ports): Promise<Unsettled[]> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return [];
  const [ledger, records] = await Promise.all([loadLedger(ports, policy), loadRuns(ports, policy)]);
  const known = { at: policy, records: records.map(({ record }) => record) };
  const found: Unsettled[] = [];
  for (const { record } of records) {
    const { run, state } = record;
    if (isFinal(state)) {
      if (!ledger.state.runs.has(run)) found.push({ kind: 'close', run });
    } else if (state.state === 'accepted') {
      if (isOld(ports, record.acceptedAt)) found.push({ kind: 'launch', run });
    } else if (state.state === 'training' || state.state === 'judging') {
      const { workflowRun } = state;
      if (workflowRun === null) {
        found.push({ kind: 'execution', run });
        continue;
      }
      const workflow = await ports.workflows.run(workflowRun);
      if (workflow === null && isOld(ports, record.at)) found.push({ kind: 'gone', run, at: state.state, workflowRun });
      else if (workflow?.status === 'completed') found.push({ kind: 'ended', run, workflowRun });
      else if (state.state === 'training' && (await budgetPassed(ports, record, known)) !== null)
        found.push({ kind: 'over_budget', run });
    }
  }
  return found;
}

function isOld({ clock }: Pick<Ports, 'clock'>, at: Instant): boolean {
  return clock.now().getTime() - Date.parse(at) >= LAUNCH_MINUTES * 60_000;
}

/** @returns what was done, in words; null where nothing was to be done */
async function settleRun(ports: Ports, unsettled: Unsettled): Promise<string | null> {
  const { run } = unsettled;
  switch (unsettled.kind) {
    case 'launch': {
      const launched = await resumeLaunch(ports, run);
      return launched.kind === 'launched' ? `run ${run}: its launch had broken off; it is started` : launched.message;
    }
    case 'ended': {
      const { message } = await handleWorkflowCompleted(ports, unsettled.workflowRun);
      return `run ${run}: nobody had told of the end of workflow run ${unsettled.workflowRun}; ${message}`;
    }
    case 'execution':
      return followExecution(ports, run);
    case 'over_budget': {
      const what = await ports.steps.run(`end over budget ${run}`, () => endOverBudget(ports, run));
      if (what !== null) await ports.steps.run(`show ${run}`, () => showRun(ports, run));
      return what;
    }
    case 'close':
      await close(ports, run, null);
      return `run ${run}: it had ended, and was not in the ledger`;
    case 'gone': {
      const { at, workflowRun } = unsettled;
      const message = `workflow run ${workflowRun} was deleted before its end was seen; train again`;
      await close(ports, run, { state: 'failed', at, reason: 'workflow_gone', message, workflowRun });
      return `run ${run}: ${message}`;
    }
  }
}

/** Entered last: where its check can't be shown now, the next look finds the run here again. */
async function close(ports: Ports, run: RunId, first: Parameters<typeof advanceRun>[3] | null): Promise<void> {
  if (first !== null)
    await ports.steps.run(`record ${run}`, async () => {
      return (await advanceRun(ports, await takePolicySnapshot(ports), run, first)).sequence;
    });
  await ports.steps
    .run(`show ${run}`, () => showRun(ports, run))
    .catch((error: unknown) => {
      // Of a commit that is gone, no check can be shown: the run is entered all the same.
      if (!isOfOneThing(error)) throw error;
    });
  await ports.steps.run(`close ${run}`, async () => {
    return (await closeRun(ports, await takePolicySnapshot(ports), run, ports.self)).sequence;
  });
}
