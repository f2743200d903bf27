import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostMetrics } from '../../adapters/live-metrics/ingest.ts';
import type { CheckpointReference } from '../../core/training/checkpoint.ts';
import type { TrainNote, TrainStatus } from '../../core/training/status.ts';
import {
  artifactStore,
  attemptAfter,
  type CheckpointIdentity,
  type CheckpointPlace,
  type KeptCheckpoints,
  keepCheckpoints,
  type Restored,
  restoreCheckpoint,
} from '../runtime/checkpoints.ts';
import type { CommandLog } from '../runtime/command-log.ts';
import type { Job } from '../runtime/job.ts';
import type { TrainingPlaces, TrainingTask } from './contract.ts';
import { layParams, takeDvcliveSummary } from './dvc.ts';
import { presentDvclive } from './dvclive-reader.ts';
import { type Ended, type ExecuteOptions, execute } from './execute.ts';
import { describeGpuUse, describeMachine, describePackages } from './machine.ts';
import { followMetrics, METRICS_INTERVAL_MS, type MetricsTail } from './metrics-tail.ts';
import { metricNotes, progressLine } from './report.ts';
import { lacking, type WantedResources } from './resources.ts';
import { type StallPlan, type StallWatch, watchStall } from './stall-watch.ts';

/** Between two lines of metrics in the job's log. */
const PROGRESS_MS = 10_000;
/** By which a job says which of the machine's GPUs it may use. */
const VISIBLE_GPUS = 'CUDA_VISIBLE_DEVICES';
/** Milliseconds after the end of training for which it is still waited what Python there is: that is only told. */
const PATIENCE_MS = 1000;

export interface CheckpointPlan {
  readonly place: Omit<CheckpointPlace, 'directory' | 'scratch'>;
  readonly identity: CheckpointIdentity;
  /** Names of saves begin with it. */
  readonly prefix: string;
  /** What training goes on from; null at its beginning. */
  readonly from: (CheckpointReference & { readonly name: string }) | null;
  readonly intervalSeconds: number;
}

export interface Training {
  readonly task: TrainingTask;
  readonly places: TrainingPlaces;
  readonly setup: ExecuteOptions['setup'];
  /** A directory of the job's own, for packages and what is saved. */
  readonly base: string;
  readonly graceSeconds: number;
  readonly wanted: WantedResources;
  /** As a stage of dvc.yaml does: where a parameter can't be written into params.yaml, it would train with another. */
  readonly readsParamsFile: boolean;
  /** Null: metrics are told to nobody but the log. */
  readonly post: PostMetrics | null;
  /** Null: none are kept. */
  readonly checkpoints: CheckpointPlan | null;
  readonly stall: Omit<StallPlan, 'further' | 'intervalMs'>;
}

export type Trained = Ended & Pick<TrainStatus, 'notes' | 'environment' | 'attempt' | 'resumed' | 'stepMetrics'>;

/** Trains from places that are laid out to a command that has ended; its output is not looked at yet. */
export async function runTraining(training: Training, job: Job, log: CommandLog): Promise<Trained> {
  const { task, places, setup, base, graceSeconds, wanted } = training;
  const path = job.environment['PATH'] ?? '';
  const machine = await describeMachine(path);
  const lack = lacking(wanted, machine);
  if (lack !== null) return notBegun('resources_missing', lack, machine);
  const params = await layParams(places.tree, task.params);
  const [unwritten] = params;
  if (training.readsParamsFile && unwritten !== undefined)
    return notBegun('params_not_written', unwritten.message, machine);
  const restored = await restore(training);
  const present = await presentDvclive(places.tree);
  const metrics = followMetrics({
    file: places.metrics,
    tree: places.tree,
    present,
    post: training.post,
    intervalMs: METRICS_INTERVAL_MS,
    onNews: tellProgress(log),
  });
  const kept = await keep(training, restored.found, metrics);
  // Meanwhile: it starts a Python to ask it, which a version manager's shim may take long for.
  const asking = new AbortController();
  const found = setup === null ? describePackages(null, path, asking.signal) : null;
  const attempt = restored.found === null ? 1 : attemptAfter(restored.found.manifest);
  const plan = { ...training.stall, further: attempt > 1, intervalMs: METRICS_INTERVAL_MS };
  const gpuUse = machine.gpus.length === 0 ? undefined : () => describeGpuUse(path, job.environment[VISIBLE_GPUS]);
  const living = { log, metrics, checkpoint: places.checkpoint, gpuUse };
  const watch = (): StallWatch => watchStall(plan, living, job);
  const executed = await execute({ task, places, setup, packages: base, graceSeconds, watch }, job, log);
  const { ended, python } = executed;
  const { points, trouble, posted } = await metrics.stop();
  await takeDvcliveSummary(places.tree, places.output, present);
  // Of a training that has ended well there is nothing to go on with.
  const unsaved = (await kept?.stop(ended.reason !== 'succeeded')) ?? [];
  await posted;
  const patience = setTimeout(() => asking.abort(), PATIENCE_MS);
  const packages = await (found ?? describePackages(python, path));
  clearTimeout(patience);
  return {
    ...ended,
    notes: [...params, ...restored.notes, ...executed.notes, ...metricNotes(trouble), ...unsaved],
    environment: { ...machine, ...packages, image: null },
    attempt,
    resumed: restored.found?.resumed ?? null,
    stepMetrics: [...points],
  };
}

function notBegun(
  reason: 'resources_missing' | 'params_not_written',
  message: string,
  machine: Awaited<ReturnType<typeof describeMachine>>,
): Trained {
  const environment = { ...machine, lock: null, python: null, packages: null, image: null };
  const nothing = { notes: [], attempt: 1, resumed: null, stepMetrics: [] };
  return { reason, message, exitCode: null, seconds: 0, environment, ...nothing };
}

/** A checkpoint that can't be restored costs time, and fails nothing. */
async function restore({ checkpoints, places, base }: Training): Promise<{
  readonly found: Restored | null;
  readonly notes: readonly TrainNote[];
}> {
  if (checkpoints === null || checkpoints.from === null) return { found: null, notes: [] };
  const scratch = join(base, 'restoring');
  await mkdir(scratch);
  try {
    const place = { ...checkpoints.place, directory: places.checkpoint, scratch };
    return { found: await restoreCheckpoint(checkpoints.from, checkpoints.identity, place), notes: [] };
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, 1000);
    return { found: null, notes: [{ code: 'checkpoint_not_restored', message }] };
  }
}

async function keep(
  { checkpoints, places, base }: Training,
  restored: Restored | null,
  metrics: MetricsTail,
): Promise<KeptCheckpoints | null> {
  if (checkpoints === null) return null;
  const { place, identity, prefix, intervalSeconds } = checkpoints;
  const options = {
    directory: places.checkpoint,
    staging: join(base, 'saving'),
    store: artifactStore(place.artifacts, place.runId),
    identity: { ...identity, attempt: restored === null ? 1 : attemptAfter(restored.manifest) },
    prefix,
    restored: restored?.pack ?? null,
    now: () => new Date(),
    step: () => metrics.step() ?? restored?.manifest.step ?? null,
  };
  return keepCheckpoints(options, intervalSeconds);
}

function tellProgress(log: CommandLog): (last: Parameters<typeof progressLine>[0]) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (last) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    log.say(progressLine(last));
  };
}
