import { type ExecutionReference, type RunRecord, type RunState, StoredOutput } from '../core/ledger/run.ts';
import { executionId } from '../core/training/execution.ts';
import { INPUTS_TAR } from '../core/training/inputs-artifact.ts';
import type { TrainOrder } from '../core/training/request.ts';
import { stageCommand } from '../core/training/stage-command.ts';
import { OUTPUT_TAR, STATUS_FILE } from '../core/training/status.ts';
import { openEngine, openStore, requireCompute } from './compute.ts';
import { CHECKPOINT_TAR, earlierCheckpoint } from './earlier-checkpoint.ts';
import { FlowError } from './error.ts';
import type { Ports, RunStore, SignedAddress, Submission } from './ports.ts';
import { type BroughtInputs, bringInputs, inputsOf } from './run-inputs.ts';
import { modelIn, requireConfig, takePolicySnapshot } from './snapshot.ts';

/** Seconds that an execution's addresses are good for: no longer does S3 sign any. */
const ADDRESS_SECONDS = 7 * 86_400;
/** Seconds of them that it may wait for its machines and take to hand over what it made. */
const MARGIN_SECONDS = 86_400;
const LONGEST = ADDRESS_SECONDS - MARGIN_SECONDS;

/** Of one attempt's object, below the run's prefix. */
export function attemptObject(attempt: number, name: typeof OUTPUT_TAR | typeof STATUS_FILE): string {
  return `attempt-${attempt}/${name}`;
}

type Training = Extract<RunState, { state: 'training' }>;

/**
 * What an execution is made from, found to be possible: asked before money or anybody's time is spent.
 *
 * @throws FlowError `not_possible` for what no repetition would make possible; PortError
 */
export async function requireExecution(ports: Ports, record: RunRecord) {
  const { run } = record;
  const { engine: name } = record.order.request;
  if (name === 'runner') throw new FlowError('not_possible', `run ${run} trains in a workflow job, on no engine`);
  if (record.order.timeout > LONGEST)
    throw new FlowError(
      'not_possible',
      `expected a timeout of at most ${LONGEST / 86_400} days on ${name}, since addresses of the store are good for no longer; found ${record.order.timeout} seconds`,
    );
  if (record.state.state === 'accepted') await earlierCheckpoint(ports, record);
  const [engine, store] = [await openEngine(ports, record, name), await openStore(ports, record)];
  return { name, engine, store, inputs: await inputsOf(ports, record) };
}

/**
 * Has a run's attempt started by its compute engine, or finds the one that was started before: whoever calls this twice,
 * or from another process, gets one execution.
 *
 * @param shared its inputs, where they lie in its part of the store already
 * @throws FlowError `not_possible` for what no repetition would make possible; PortError
 */
export async function submitExecution(
  ports: Ports,
  record: RunRecord,
  attempt: number,
  shared: BroughtInputs | null = null,
): Promise<Training> {
  const { run, repository } = record;
  const { name, engine, store, inputs } = await requireExecution(ports, record);
  const order = await orderOf(ports, record, attempt);
  const brought = shared ?? (await bringInputs(ports, store, record, inputs));
  const restores = await restored(ports, store, record, attempt);
  const given = restores === null ? {} : { restores: restores.run };
  const execution: ExecutionReference = { engine: name, id: executionId(run, attempt), attempt, ...given };
  const submission: Submission = {
    execution: execution.id,
    run,
    attempt,
    repository,
    order,
    inputs: brought.tar,
    store: {
      ...(await addresses(store, record, attempt, brought)),
      restore:
        restores === null ? null : await restores.store.sign(restores.run, CHECKPOINT_TAR, 'GET', ADDRESS_SECONDS),
    },
    ingest: await requireCompute(ports).ingest(record),
  };
  await engine.submit(submission);
  const fetched = inputs.from === 'job' ? { inputs: brought.sha256 } : {};
  return { state: 'training', workflowRun: null, execution, ...fetched };
}

async function addresses(
  store: RunStore,
  { run }: RunRecord,
  attempt: number,
  inputs: BroughtInputs,
): Promise<Omit<Submission['store'], 'restore'>> {
  const sign = (name: string, method: SignedAddress['method']): Promise<SignedAddress> =>
    store.sign(run, name, method, ADDRESS_SECONDS);
  return {
    inputs: { ...(await sign(INPUTS_TAR, 'GET')), sha256: inputs.sha256 },
    output: await sign(attemptObject(attempt, OUTPUT_TAR), 'PUT'),
    status: await sign(attemptObject(attempt, STATUS_FILE), 'PUT'),
    checkpoint: await sign(CHECKPOINT_TAR, 'PUT'),
  };
}

/** The last checkpoint of the run's own attempts, or else of the run that it goes on with. */
async function restored(
  ports: Ports,
  store: RunStore,
  record: RunRecord,
  attempt: number,
): ReturnType<typeof earlierCheckpoint> {
  const isOwn = attempt > 1 && (await store.stat(record.run, CHECKPOINT_TAR)) !== null;
  return isOwn ? { store, run: record.run } : earlierCheckpoint(ports, record);
}

/** The last attempt of a run that lost its spot machines may use dearer ones, where policy says so. */
async function orderOf(ports: Ports, record: RunRecord, attempt: number): Promise<TrainOrder> {
  const order = commanded(record.order);
  if (attempt === 1 || !order.request.resources.spot) return order;
  const { retries, spotFallback } = await boundsOf(ports, record);
  if (attempt <= retries || !spotFallback) return order;
  return { ...order, request: { ...order.request, resources: { ...order.request.resources, spot: false } } };
}

/** What an engine runs of a stage of dvc.yaml is one command, which also hands over what the stage leaves. */
function commanded(order: TrainOrder): TrainOrder {
  return order.stage === undefined ? order : { ...order, command: stageCommand(order.command, order.stage) };
}

export interface ExecutionBounds {
  /** Further attempts after the first. */
  readonly retries: number;
  readonly spotFallback: boolean;
  /** Seconds without a sign of life; null: a silent run is not called stalled. */
  readonly stall: number | null;
  readonly stalled: 'flag' | 'stop';
}

/** What the policy allows a run that it was accepted under (invariant 1). */
export async function boundsOf(ports: Pick<Ports, 'source'>, record: RunRecord): Promise<ExecutionBounds> {
  const at = await takePolicySnapshot(ports, record.policy.commit);
  const { policy } = requireConfig(at, 'the default branch');
  const model = modelIn(at.config, record.model);
  return {
    retries: model?.train.retries ?? 0,
    spotFallback: policy.spot_fallback,
    stall: model?.train.stall ?? null,
    stalled: policy.stalled,
  };
}

/** Asks the engine to end an execution; `gone` only when its compute is confirmed released (invariant 9). */
export async function cancelExecution(
  ports: Ports,
  record: RunRecord,
  { engine, id }: ExecutionReference,
): Promise<'gone' | 'stopping'> {
  return (await openEngine(ports, record, engine)).cancel(id);
}

/** What an attempt left as its output, by the digest that it claims. */
export function storedOutput(
  record: RunRecord,
  { attempt }: ExecutionReference,
  claim: { readonly sha256: string; readonly size: number },
): StoredOutput {
  return StoredOutput.parse({ store: 'run', run: record.run, name: attemptObject(attempt, OUTPUT_TAR), ...claim });
}
