import { modelState } from '../core/ledger/fold.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { ModelName, RunId } from '../core/names.ts';
import { keysOf } from '../core/records.ts';
import { auditModel, freezeModel, reportFreeze } from './freeze.ts';
import { appendEntry, closeRun, instant, loadLedger, loadRuns } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { takePolicySnapshot } from './snapshot.ts';
import { handleWorkflowCompleted } from './workflow-completed.ts';

/**
 * Compares what GitHub holds with what should be, and repairs it: runs whose workflow has ended without our hearing of
 * it, ended runs that are not in the ledger, models whose records disagree. A freeze is lifted by a person's word only.
 */
export async function reconcile(
  ports: Ports,
  person: { readonly by: string; readonly word: string } | null,
): Promise<Outcome> {
  const runs = await ports.steps.run('unsettled runs', () => unsettledRuns(ports));
  for (const { run, workflowRun } of runs) {
    if (workflowRun === null) {
      await ports.steps.run(`close ${run}`, async () => {
        const record = await closeRun(ports, await takePolicySnapshot(ports), run, ports.self);
        return record.sequence;
      });
    } else await handleWorkflowCompleted(ports, workflowRun);
  }
  const models = await ports.steps.run('models', async () => {
    const policy = await takePolicySnapshot(ports);
    if (policy.keys.length === 0) return [];
    const ledger = await loadLedger(ports, policy);
    return [...new Set([...keysOf(policy.config?.models ?? {}), ...ledger.state.models.keys()])];
  });
  const frozen: string[] = [];
  const lifted: ModelName[] = [];
  for (const model of models) {
    const result = await ports.steps.run(`audit ${model}`, () => settle(ports, model, person));
    if (result === 'lifted') lifted.push(model);
    else if (result !== 'agrees') frozen.push(`${model}: ${result}`);
  }
  if (frozen.length > 0) return { code: 'frozen', message: `still frozen: ${frozen.join('; ')}` };
  if (lifted.length > 0) return { code: 'lifted', message: `the freeze of ${lifted.join(', ')} is lifted` };
  return { code: 'reconciled', message: `${runs.length} runs were settled; all records agree` };
}

/** Runs that should have moved on, with the workflow run whose end was missed (null: only the ledger entry is missing). */
async function unsettledRuns(ports: Ports): Promise<{ run: RunId; workflowRun: number | null }[]> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return [];
  const [ledger, records] = await Promise.all([loadLedger(ports, policy), loadRuns(ports, policy)]);
  const found: { run: RunId; workflowRun: number | null }[] = [];
  for (const { record } of records) {
    const { state } = record;
    if (isFinal(state)) {
      if (!ledger.state.runs.has(record.run)) found.push({ run: record.run, workflowRun: null });
    } else if (state.state === 'training' || state.state === 'judging') {
      const workflow = await ports.workflows.run(state.workflowRun);
      if (workflow?.status === 'completed') found.push({ run: record.run, workflowRun: workflow.id });
    }
  }
  return found;
}

async function settle(
  ports: Ports,
  model: ModelName,
  person: { readonly by: string; readonly word: string } | null,
): Promise<string> {
  const policy = await takePolicySnapshot(ports);
  const ledger = await loadLedger(ports, policy);
  const findings = await auditModel(ports, ledger, model);
  const { frozen } = modelState(ledger.state, model);
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
