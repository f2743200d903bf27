import { RUN_REF_PREFIX } from '../core/ledger/entry.ts';
import { verifyRun } from '../core/ledger/machine.ts';
import type { ArtifactReference, RunRecord, RunState } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { judgeOrder } from '../core/training/order.ts';
import type { JudgeOrder } from '../core/training/request.ts';
import { FlowError } from './error.ts';
import { trusting } from './ledger.ts';
import { modelAt } from './model-at.ts';
import type { Ports } from './ports.ts';
import { type PolicySnapshot, takeSnapshot } from './snapshot.ts';
import { JUDGE_WORKFLOW, judgeMark } from './workflow-names.ts';

/** What training left, and the workflow run that left it. */
export interface TrainedOutput {
  readonly trainRun: number;
  readonly output: ArtifactReference;
}

/** Has a run's trained output judged, under policy as it is now. Dispatched twice, it is judged once (invariant 8). */
export async function startJudging(
  ports: Ports,
  policy: PolicySnapshot,
  record: RunRecord,
  { trainRun, output }: TrainedOutput,
): Promise<Extract<RunState, { state: 'judging' }>> {
  const order = await orderJudgement(ports, policy, record);
  await ports.workflows.syncExecutionRef();
  const judge = await ports.workflows.dispatch(
    JUDGE_WORKFLOW,
    {
      run_id: record.run,
      commit: record.commit,
      order: JSON.stringify(order),
      train_run: String(trainRun),
      artifact_id: String(output.id),
      artifact_digest: output.digest,
    },
    judgeMark(record.run),
  );
  return { state: 'judging', trainRun, output, workflowRun: judge.id, order };
}

/**
 * Evaluator, holdout and sandbox as the default branch has them now (invariant 1). A model that has no evaluator there
 * is scanned and packed all the same, and says that it was not evaluated.
 */
async function orderJudgement(ports: Ports, policy: PolicySnapshot, record: RunRecord): Promise<JudgeOrder> {
  const at = modelAt(policy, await takeSnapshot(ports, record.commit), record.model);
  const order = at.kind === 'known' ? judgeOrder(at.effective, policy.commit) : null;
  return (
    order ?? {
      model: record.model,
      policyCommit: policy.commit,
      predict: '',
      run: '',
      inputs: [],
      setup: null,
      data: {},
      trainingData: record.order.data,
      timeout: 60,
      sandbox: 'required',
    }
  );
}

/** What a run's training left, by its own signed records; null where it never got so far. */
export async function outputOf(
  ports: Pick<Ports, 'ledger'>,
  policy: PolicySnapshot,
  record: Pick<RunRecord, 'run' | 'repository' | 'state'>,
): Promise<TrainedOutput | null> {
  const { state } = record;
  if (state.state === 'judging' || state.state === 'judged') return { trainRun: state.trainRun, output: state.output };
  if (state.state !== 'failed' && state.state !== 'cancelled') return null;
  const ref = `${RUN_REF_PREFIX}${record.run}`;
  const chain = await ports.ledger.chain(ref);
  const records = trusting(ref, () =>
    verifyRun(
      chain.map(({ envelope }) => envelope),
      policy.keys,
      record.repository,
    ),
  );
  for (const { record: one } of records.toReversed())
    if (one.run === record.run && one.state.state === 'judging')
      return { trainRun: one.state.trainRun, output: one.state.output };
  return null;
}

/** Artifacts expire, and anybody with write access can delete them. */
export async function artifactKept(
  ports: Pick<Ports, 'workflows'>,
  { id, runId, digest }: ArtifactReference,
): Promise<boolean> {
  const artifacts = await ports.workflows.artifacts(runId);
  return artifacts.some((one) => one.id === id && one.digest === digest && !one.expired);
}

/** @throws FlowError `not_possible` where the earlier run left nothing that could be judged */
export function requireOutput(run: RunId, output: TrainedOutput | null): TrainedOutput {
  if (output !== null) return output;
  throw new FlowError('not_possible', `run ${run} left no trained artifacts that could be judged; train again`);
}
