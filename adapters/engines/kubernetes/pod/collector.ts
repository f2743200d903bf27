import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { quoteNonFinite } from '../../../../core/evaluation/metrics.ts';
import { ExecutionStatus, type TrainEndReason, type TrainNote } from '../../../../core/training/status.ts';
import { OUTPUT_LIMITS, packOutput } from '../../../archives/output.ts';
import { lackingOfStage, takeStageMetrics } from '../../../archives/stage-output.ts';
import { CollectorPlan } from '../addresses.ts';
import { GPU_USE } from '../launcher.ts';
import type { ContainerReport } from '../report.ts';
import { CheckpointKeeper } from './checkpoints.ts';
import { GpuUse } from './gpu-use.ts';
import { describeMachine } from './machine.ts';
import { MetricsFollower } from './metrics.ts';
import { type ContainerPlace, readPlan, say } from './place.ts';
import { type Restored, readRestored } from './restored.ts';
import { digestOfFile, upload } from './transfer.ts';

/** What the launcher says of the command's end. The command may forge it, and deceives nobody but itself. */
const Ended = z.strictObject({
  stage: z.enum(['setup', 'command']),
  exitCode: z.int().min(0).max(255),
  timedOut: z.int().min(0).max(1),
  stopped: z.int().min(0).max(1),
});
type Ended = z.infer<typeof Ended>;

export interface CollectorOptions {
  readonly request: typeof fetch;
  /** Milliseconds between looks at the metrics, and turns after which the checkpoint is looked at. */
  readonly intervalMs: number;
  readonly checkpointEvery: number;
  /** Aborted at SIGTERM, which comes once the command's container has ended. */
  readonly stop: AbortSignal;
}

/** Takes metrics, checkpoints and at last the output away, beside the command. @returns its exit code */
export async function collect(place: ContainerPlace, options: CollectorOptions): Promise<number> {
  const { places, scratch } = place;
  const started = performance.now();
  const metrics = new MetricsFollower(places.metrics, options.request);
  const keeper = new CheckpointKeeper(places.checkpoint, scratch);
  const gpus = new GpuUse(join(place.places.state, GPU_USE), options.request);
  const ended = await attend(place, options, { metrics, keeper, gpus });
  const seconds = (performance.now() - started) / 1000;
  try {
    const { ingest } = await readPlan(place, CollectorPlan);
    for (let turn = 0; turn < 10 && (turn === 0 || metrics.waiting > 0); turn += 1)
      await follow(place, metrics, ingest, true);
    const report = place.isFirst
      ? await handOver(place, ended, { metrics, seconds, keeper })
      : describe(ended, (await readPlan(place, CollectorPlan)).timeout);
    await finish(place, report);
    return 0;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    await finish(place, {
      reason: 'engine_failed',
      message: `The output could not be handed over: ${words}`,
      exitCode: ended.exitCode,
    });
    return 1;
  }
}

interface Attended {
  readonly metrics: MetricsFollower;
  readonly keeper: CheckpointKeeper;
  readonly gpus: GpuUse;
}

async function attend(
  place: ContainerPlace,
  { intervalMs, checkpointEvery, stop }: CollectorOptions,
  { metrics, keeper, gpus }: Attended,
): Promise<Ended> {
  for (let turn = 1; ; turn += 1) {
    const ended = await readEnded(place);
    if (ended !== null) return ended;
    // The launcher itself was ended before it could say anything.
    if (stop.aborted) return { stage: 'command', exitCode: 137, timedOut: 0, stopped: 1 };
    const plan = await readPlan(place, CollectorPlan).catch(() => null);
    if (plan !== null) await follow(place, metrics, plan.ingest);
    if (plan !== null && place.isFirst) await gpus.turn(plan.ingest);
    if (turn % checkpointEvery === 0) await keep(place, keeper, false);
    await wait(intervalMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function readEnded({ places }: ContainerPlace): Promise<Ended | null> {
  const text = await readFile(join(places.state, 'ended'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return Ended.parse(JSON.parse(text));
  } catch {
    return { stage: 'command', exitCode: 1, timedOut: 0, stopped: 0 };
  }
}

async function follow(
  { isFirst }: ContainerPlace,
  metrics: MetricsFollower,
  ingest: CollectorPlan['ingest'],
  last = false,
): Promise<void> {
  if (isFirst) await metrics.turn(ingest, last);
}

/** Never fails training: what is not saved is trained again. */
async function keep(place: ContainerPlace, keeper: CheckpointKeeper, atRest: boolean): Promise<void> {
  if (!place.isFirst) return;
  const address = async () => {
    const { checkpoint } = await readPlan(place, CollectorPlan);
    if (checkpoint === null) throw new Error('no address for checkpoints');
    return checkpoint;
  };
  try {
    const { checkpoint } = await readPlan(place, CollectorPlan);
    if (checkpoint !== null && (await keeper.turn(address, atRest))) keeper.problem = null;
  } catch (error) {
    keeper.problem = error instanceof Error ? error.message : String(error);
    place.note(`a checkpoint could not be saved: ${keeper.problem}`);
  }
}

interface HandedOver {
  readonly metrics: MetricsFollower;
  readonly seconds: number;
  readonly keeper: CheckpointKeeper;
}

/** The output first and the status last, so that a status means that what it names is there. */
async function handOver(
  place: ContainerPlace,
  ended: Ended,
  { metrics, seconds, keeper }: HandedOver,
): Promise<ContainerReport> {
  const archive = join(place.scratch, 'output.tar');
  const { timeout, stage } = await readPlan(place, CollectorPlan);
  const left = await ofStage(place, describe(ended, timeout), stage);
  const report = left.reason === 'succeeded' ? await packed(place, archive, left) : left;
  let output: ExecutionStatus['output'] = null;
  if (report.reason === 'succeeded') {
    output = await digestOfFile(archive);
    await upload(async () => (await readPlan(place, CollectorPlan)).output, archive);
    await rm(archive);
  }
  // What is there now is worth keeping where it has not ended well.
  else await keep(place, keeper, true);
  const { attempt } = await readPlan(place, CollectorPlan);
  const restored = await readRestored(place.places);
  const status = ExecutionStatus.parse({
    version: 1,
    reason: REASONS[report.reason],
    message: report.message,
    exitCode: report.exitCode,
    seconds,
    // The engine reads the log from where Kubernetes keeps it.
    logTail: '',
    stepMetrics: [...metrics.points],
    environment: await describeMachine(join(place.places.state, 'machine')),
    notes: notesOf(restored, keeper.problem),
    attempt,
    resumed:
      restored !== null && 'bytes' in restored ? { attempt: Math.max(1, attempt - 1), step: null, ...restored } : null,
    output,
  });
  const file = join(place.scratch, 'status.json');
  await writeFile(file, JSON.stringify(status, quoteNonFinite));
  await upload(async () => (await readPlan(place, CollectorPlan)).status, file);
  return report;
}

function notesOf(restored: Restored | null, unsaved: string | null): readonly TrainNote[] {
  return [
    ...(unsaved === null ? [] : [{ code: 'checkpoint_not_saved', message: unsaved.slice(0, 1000) } as const]),
    ...(restored === null || 'bytes' in restored
      ? []
      : [{ code: 'checkpoint_not_restored', message: restored.problem } as const]),
  ];
}

const REASONS: Readonly<Record<ContainerReport['reason'], TrainEndReason>> = {
  succeeded: 'succeeded',
  command_failed: 'failed',
  command_not_found: 'command_not_found',
  timed_out: 'timed_out',
  stopped: 'cancelled',
  setup_failed: 'setup_failed',
  no_output: 'no_output',
  output_invalid: 'output_invalid',
  output_too_large: 'output_too_large',
  inputs_unavailable: 'failed',
  engine_failed: 'failed',
};

function describe({ stage, exitCode, timedOut, stopped }: Ended, timeout: number): ContainerReport {
  if (stopped === 1) return { reason: 'stopped', message: 'It was stopped before its end.', exitCode };
  if (stage === 'setup') {
    return {
      reason: 'setup_failed',
      message: 'The packages of the lock could not be installed; the end of the log says why.',
      exitCode: null,
    };
  }
  if (timedOut === 1)
    return { reason: 'timed_out', message: `The command did not end within its timeout of ${timeout} s.`, exitCode };
  if (exitCode === 0) return { reason: 'succeeded', message: 'The command exited with 0.', exitCode };
  if (exitCode === 126 || exitCode === 127) {
    return {
      reason: 'command_not_found',
      message: `The shell exited with ${exitCode}: a program is not there or may not be run; the end of the log names it.`,
      exitCode,
    };
  }
  return {
    reason: 'command_failed',
    message: `The command exited with ${exitCode}; the end of its log says why.`,
    exitCode,
  };
}

/** What a stage of dvc.yaml should have left, and its metrics as what training reports of itself. */
async function ofStage(
  { places }: ContainerPlace,
  described: ContainerReport,
  stage: CollectorPlan['stage'],
): Promise<ContainerReport> {
  if (stage === undefined || described.reason !== 'succeeded') return described;
  const message = await lackingOfStage(stage, places.output);
  if (message !== null) return { reason: 'no_output', message, exitCode: 0 };
  await takeStageMetrics(stage.metrics, places.output);
  return described;
}

async function packed({ places }: ContainerPlace, archive: string, fine: ContainerReport): Promise<ContainerReport> {
  const result = await packOutput(places.output, archive, OUTPUT_LIMITS);
  switch (result.kind) {
    case 'packed':
      return fine;
    case 'empty':
      return {
        reason: 'no_output',
        message: 'The command exited with 0 and left nothing in the directory that TRAINYARD_OUTPUT names.',
        exitCode: 0,
      };
    case 'invalid':
      return { reason: 'output_invalid', message: result.message.slice(0, 900), exitCode: 0 };
    case 'too_large':
      return { reason: 'output_too_large', message: result.message.slice(0, 900), exitCode: 0 };
  }
}

/** Lets the command's container go, which waits for this. */
async function finish(place: ContainerPlace, report: ContainerReport): Promise<void> {
  await say(place, report);
  const file = join(place.places.state, 'collected');
  await writeFile(`${file}.new`, `${report.reason}\n`);
  await rename(`${file}.new`, file);
}
