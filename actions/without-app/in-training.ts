import { isFinal } from '../../core/ledger/machine.ts';
import type { GitId, RunId } from '../../core/names.ts';
import { finishJudging } from '../../flows/finish-judging.ts';
import { finishTraining } from '../../flows/finish-training.ts';
import { loadRuns } from '../../flows/ledger.ts';
import type { Ports } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import type { FlowJob } from './job-ports.ts';

/** What `accept`, `promote` and `request` hand to the jobs that train; empty when nothing is to be trained. */
export interface InTraining {
  readonly runId: RunId | '';
  readonly commit: GitId | '';
}

/** The run that the ledger says is trained by this very workflow run: true also when its jobs are run again. */
export async function inTraining({ ports, run }: FlowJob): Promise<InTraining> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return { runId: '', commit: '' };
  const found = (await loadRuns(ports, policy)).find(
    ({ record }) => record.state.state === 'training' && record.state.workflowRun === run.id,
  );
  return { runId: found?.record.run ?? '', commit: found?.record.commit ?? '' };
}

/**
 * Ends runs whose workflow run is over without having said so: its last job was refused its environment, or killed.
 * With an App a timer does this; here the next job that holds the key.
 */
export async function settleStranded(ports: Ports): Promise<void> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return;
  for (const { record } of await loadRuns(ports, policy)) {
    const { state } = record;
    if (isFinal(state) || (state.state !== 'training' && state.state !== 'judging')) continue;
    if (state.workflowRun === null) continue;
    const workflow = await ports.workflows.run(state.workflowRun);
    // A dispatched one is the App's.
    if (workflow?.status !== 'completed' || workflow.event === 'workflow_dispatch') continue;
    // However it ended, nobody judges it any more: its artifacts can't be told by id and digest from others' now.
    const ended = { ...workflow, conclusion: workflow.conclusion === 'cancelled' ? 'cancelled' : 'failure' };
    const blind = { ...ports, workflows: { ...ports.workflows, artifacts: async () => [] } };
    if (state.state === 'training') await finishTraining(blind, record.run, ended);
    else await finishJudging(blind, record.run, ended);
  }
}
