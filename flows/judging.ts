import { RUN_REF_PREFIX } from '../core/ledger/entry.ts';
import { verifyRun } from '../core/ledger/machine.ts';
import { outputDigest, type RunRecord, type RunState, type TrainedOutput } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import type { TrainEnvironment } from '../core/training/environment.ts';
import { judgeOrder } from '../core/training/order.ts';
import type { JudgeOrder, StoredSource } from '../core/training/request.ts';
import type { ToldAttempt } from '../core/training/told-attempt.ts';
import { openStore } from './compute.ts';
import { FlowError } from './error.ts';
import { trusting } from './ledger.ts';
import { modelAt } from './model-at.ts';
import type { Ports } from './ports.ts';
import { type PolicySnapshot, takeSnapshot } from './snapshot.ts';
import { JUDGE_WORKFLOW, judgeMark } from './workflow-names.ts';

/** What training left, and the workflow run that left it; null where a compute engine trained. */
export interface Trained {
  readonly trainRun: number | null;
  readonly output: TrainedOutput;
  readonly environment?: TrainEnvironment | undefined;
  readonly told?: ToldAttempt | undefined;
}

/** Seconds for which a judge workflow run may fetch what an engine left: its first job does. */
const FETCH_SECONDS = 7200;

/** Has a run's trained output judged, under policy as it is now. Dispatched twice, it is judged once (invariant 8). */
export async function startJudging(
  ports: Ports,
  policy: PolicySnapshot,
  record: RunRecord,
  { trainRun, output, environment, told }: Trained,
): Promise<Extract<RunState, { state: 'judging' }>> {
  const order = await orderJudgement(ports, policy, record);
  await ports.workflows.syncExecutionRef();
  const judge = await ports.workflows.dispatch(
    JUDGE_WORKFLOW,
    {
      run_id: record.run,
      commit: record.commit,
      order: JSON.stringify(order),
      train_run: String(trainRun ?? 0),
      artifact_id: String('store' in output ? 0 : output.id),
      artifact_digest: outputDigest(output),
      ...(await storedInput(ports, record, output)),
    },
    judgeMark(record.run),
  );
  const said = { ...(environment === undefined ? {} : { environment }), ...(told === undefined ? {} : { told }) };
  return { state: 'judging', trainRun, output, ...said, workflowRun: judge.id, order };
}

/** Where the judge run finds a stored output; workflow files from before there were engines have no such input. */
async function storedInput(
  ports: Ports,
  record: RunRecord,
  output: TrainedOutput,
): Promise<{ readonly stored_output?: string }> {
  if (!('store' in output)) return {};
  const store = await openStore(ports, record);
  const { url, headers } = await store.sign(output.run, output.name, 'GET', FETCH_SECONDS);
  return { stored_output: JSON.stringify({ url, headers, size: output.size } satisfies StoredSource) };
}

/**
 * Evaluator, holdout and sandbox as the default branch has them now (invariant 1). A model that has no evaluator there
 * is scanned and packed all the same, and says that it was not evaluated.
 */
async function orderJudgement(ports: Ports, policy: PolicySnapshot, record: RunRecord): Promise<JudgeOrder> {
  const at = modelAt(policy, await takeSnapshot(ports, record.commit), record.model);
  const order = at.kind === 'known' ? judgeOrder(at.effective, policy.commit) : null;
  const { locations, queries } = record.order;
  const unjudged = (): JudgeOrder => ({
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
  });
  // Training data is read again from where training had it from.
  return {
    ...(order ?? unjudged()),
    ...(locations === undefined ? {} : { locations }),
    ...(queries === undefined ? {} : { queries }),
  };
}

/** What a run's training left, by its own signed records; null where it never got so far. */
export async function outputOf(
  ports: Pick<Ports, 'ledger'>,
  policy: PolicySnapshot,
  record: Pick<RunRecord, 'run' | 'repository' | 'state'>,
): Promise<Trained | null> {
  const { state } = record;
  if (state.state === 'judging' || state.state === 'judged') return trainedIn(state);
  if (state.state !== 'failed' && state.state !== 'cancelled') return null;
  for (const one of (await recordsOf(ports, policy, record)).toReversed())
    if (one.state.state === 'judging') return trainedIn(one.state);
  return null;
}

function trainedIn({ trainRun, output, environment, told }: Trained): Trained {
  return { trainRun, output, environment, told };
}

/** All records of a run, oldest first, its chain verified. @throws FlowError `ledger_invalid` */
export async function recordsOf(
  ports: Pick<Ports, 'ledger'>,
  { keys }: Pick<PolicySnapshot, 'keys'>,
  { run, repository }: Pick<RunRecord, 'run' | 'repository'>,
): Promise<readonly RunRecord[]> {
  const ref = `${RUN_REF_PREFIX}${run}`;
  const chain = await ports.ledger.chain(ref);
  const envelopes = chain.map(({ envelope }) => envelope);
  const records = trusting(ref, () => verifyRun(envelopes, keys, repository)).map(({ record }) => record);
  return records.filter((one) => one.run === run);
}

/** Artifacts expire, stores are swept, and anybody with write access can delete either. */
export async function outputKept(
  ports: Pick<Ports, 'workflows' | 'source' | 'compute'>,
  record: Pick<RunRecord, 'policy'>,
  output: TrainedOutput,
): Promise<boolean> {
  if ('store' in output) {
    if (ports.compute === undefined) return false;
    const found = await (await openStore(ports, record)).stat(output.run, output.name);
    return found?.size === output.size;
  }
  const artifacts = await ports.workflows.artifacts(output.runId);
  return artifacts.some((one) => one.id === output.id && one.digest === output.digest && !one.expired);
}

/** @throws FlowError `not_possible` where the earlier run left nothing that could be judged */
export function requireOutput(run: RunId, output: Trained | null): Trained {
  if (output !== null) return output;
  throw new FlowError('not_possible', `run ${run} left no trained artifacts that could be judged; train again`);
}
