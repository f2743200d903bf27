import { modelState } from '../core/ledger/fold.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { ModelName, RunId } from '../core/names.ts';
import { keysOf } from '../core/records.ts';
import { auditModel, freezeModel, freezeRewound, reportFreeze, reportTrust, tagsBeingMade } from './freeze.ts';
import { resumeLaunch } from './launch.ts';
import { advanceRun, appendEntry, closeRun, instant, ledgerProblem, loadLedger, loadRuns } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { pullsWithControls, releaseWhenClosed } from './release-of.ts';
import { takePolicySnapshot } from './snapshot.ts';
import { handleWorkflowCompleted } from './workflow-completed.ts';

/** What a person says who has looked into a freeze. */
export interface Word {
  readonly by: string;
  readonly word: string;
  /** The one model that it is about; null for all. */
  readonly model: ModelName | null;
}

/**
 * Compares what GitHub holds with what should be, and repairs it: runs whose workflow has ended without our hearing of
 * it, ended runs that are not in the ledger, models whose records disagree. A freeze is lifted by a person's word only.
 */
export async function reconcile(ports: Ports, person: Word | null): Promise<Outcome> {
  const untrusted = await ports.steps.run('trust', () => untrustedLedger(ports));
  if (untrusted !== null) return { code: 'frozen', message: untrusted };
  const runs = await ports.steps.run('unsettled runs', () => unsettledRuns(ports));
  for (const run of runs) await settleRun(ports, run);
  const closed = await ports.steps.run('holds and locks', async () => {
    const policy = await takePolicySnapshot(ports);
    if (policy.keys.length === 0) return [];
    return [...pullsWithControls((await loadLedger(ports, policy)).state, instant(ports))];
  });
  for (const number of closed) await ports.steps.run(`release ${number}`, () => releaseWhenClosed(ports, number));
  const models = await ports.steps.run('models', async () => {
    const policy = await takePolicySnapshot(ports);
    if (policy.keys.length === 0) return [];
    const ledger = await loadLedger(ports, policy);
    return [...new Set([...keysOf(policy.config?.models ?? {}), ...ledger.state.models.keys()])];
  });
  const only = person?.model ?? null;
  if (only !== null && !models.includes(only))
    return { code: 'refused', message: `there is no model ${only}; the models are ${models.join(', ') || 'none'}` };
  const frozen: string[] = [];
  const lifted: ModelName[] = [];
  for (const model of models) {
    const meant = only === null || only === model;
    const result = await ports.steps.run(`audit ${model}`, () => settle(ports, model, meant ? person : null));
    if (!meant) continue;
    if (result === 'lifted') lifted.push(model);
    else if (result !== 'agrees') frozen.push(`${model}: ${result}`);
  }
  if (frozen.length > 0) return { code: 'frozen', message: `still frozen: ${frozen.join('; ')}` };
  if (lifted.length > 0) return { code: 'lifted', message: `the freeze of ${lifted.join(', ')} is lifted` };
  return { code: 'reconciled', message: `${runs.length} runs were settled; all records agree` };
}

/** Why nothing that the ledger says counts, reported in an issue for as long as it is so; null when it can be trusted. */
async function untrustedLedger(ports: Ports): Promise<string | null> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return null;
  // What is left of a ledger that was set back is trusted again once every model is frozen, which a person lifts.
  await freezeRewound(ports, policy);
  const problem = await ledgerProblem(ports, policy);
  await reportTrust(ports, problem);
  return problem;
}

/** What a run waits for that will not come by itself. */
type Unsettled =
  /** Its ledger entry is missing. */
  | { readonly kind: 'close'; readonly run: RunId }
  /** It was accepted, and its launch broke off. */
  | { readonly kind: 'launch'; readonly run: RunId }
  /** Nobody told of the end of its workflow run. */
  | { readonly kind: 'ended'; readonly run: RunId; readonly workflowRun: number }
  /** Somebody deleted its workflow run. */
  | { readonly kind: 'gone'; readonly run: RunId; readonly at: 'training' | 'judging'; readonly workflowRun: number };

/** Minutes that a launch may take, with all that is tried again in it. */
const LAUNCH_MINUTES = 15;

async function unsettledRuns(ports: Ports): Promise<Unsettled[]> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return [];
  const [ledger, records] = await Promise.all([loadLedger(ports, policy), loadRuns(ports, policy)]);
  const found: Unsettled[] = [];
  for (const { record } of records) {
    const { run, state } = record;
    if (isFinal(state)) {
      if (!ledger.state.runs.has(run)) found.push({ kind: 'close', run });
    } else if (state.state === 'accepted') {
      const minutes = (ports.clock.now().getTime() - Date.parse(record.acceptedAt)) / 60_000;
      if (minutes >= LAUNCH_MINUTES) found.push({ kind: 'launch', run });
    } else if (state.state === 'training' || state.state === 'judging') {
      const { workflowRun } = state;
      const workflow = await ports.workflows.run(workflowRun);
      if (workflow === null) found.push({ kind: 'gone', run, at: state.state, workflowRun });
      else if (workflow.status === 'completed') found.push({ kind: 'ended', run, workflowRun });
    }
  }
  return found;
}

async function settleRun(ports: Ports, unsettled: Unsettled): Promise<void> {
  const { run } = unsettled;
  switch (unsettled.kind) {
    case 'launch':
      await resumeLaunch(ports, run);
      return;
    case 'ended':
      await handleWorkflowCompleted(ports, unsettled.workflowRun);
      return;
    case 'close':
    case 'gone':
      await ports.steps.run(`close ${run}`, async () => {
        const policy = await takePolicySnapshot(ports);
        if (unsettled.kind === 'gone') {
          const { at, workflowRun } = unsettled;
          const message = `workflow run ${workflowRun} was deleted before its end was seen; train again`;
          await advanceRun(ports, policy, run, { state: 'failed', at, reason: 'workflow_gone', message, workflowRun });
        }
        return (await closeRun(ports, policy, run, ports.self)).sequence;
      });
  }
}

async function settle(ports: Ports, model: ModelName, person: Word | null): Promise<string> {
  const policy = await takePolicySnapshot(ports);
  const ledger = await loadLedger(ports, policy);
  const { frozen } = modelState(ledger.state, model);
  const pending = frozen === null ? tagsBeingMade(ledger, model, ports.clock.now()) : undefined;
  const findings = await auditModel(ports, ledger, model, pending);
  if (findings.length > 0) return freezeModel(ports, policy, model, findings);
  if (frozen === null) return 'agrees';
  if (person === null) return frozen.found;
  const repository = (await ports.source.repository()).name;
  await appendEntry(ports, policy, ({ state }) =>
    modelState(state, model).frozen === null
      ? null
      : {
          kind: 'lift',
          repository,
          at: instant(ports),
          by: person.by,
          policyCommit: policy.commit,
          model,
          word: person.word,
        },
  );
  await reportFreeze(ports, model, [frozen.found, `lifted by ${person.by}: ${person.word}`], false);
  return 'lifted';
}
