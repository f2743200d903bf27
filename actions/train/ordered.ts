import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractTar } from '../../adapters/archives/extract.ts';
import { OUTPUT_LIMITS, packOutput } from '../../adapters/archives/output.ts';
import { takeStageMetrics } from '../../adapters/archives/stage-output.ts';
import { postTo, tellTo } from '../../adapters/live-metrics/ingest.ts';
import { CheckpointConfig } from '../../core/config/training.ts';
import { quoteNonFinite } from '../../core/evaluation/metrics.ts';
import { lastCheckpoint } from '../../core/training/checkpoint.ts';
import { INPUTS_TAR, MAX_INPUTS } from '../../core/training/inputs-artifact.ts';
import type { TrainOrder } from '../../core/training/request.ts';
import { missingStageOutput, stagePaths } from '../../core/training/stage-command.ts';
import { OUTPUT_TAR, STATUS_FILE, type TrainNote, TrainStatus } from '../../core/training/status.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import { fingerprintOf } from '../runtime/checkpoints.ts';
import { CommandLog } from '../runtime/command-log.ts';
import type { Job } from '../runtime/job.ts';
import { layPlaces, type TrainingPlaces, type TrainingTask } from './contract.ts';
import type { OrderedInputs, Outputs } from './interface.ts';
import { EMPTY, gatherOutputs, readSelfReported } from './output.ts';
import { type Present, presentOf } from './present.ts';
import { trainSummary } from './report.ts';
import { shorten } from './sample.ts';
import { type CheckpointPlan, runTraining, type Trained, type Training } from './training.ts';

/** Runs one training execution from declared inputs to the uploaded output. However it ends, a status is uploaded. */
export async function trainOrdered(
  inputs: OrderedInputs,
  job: Job,
  artifacts: Artifacts,
  request: typeof fetch,
): Promise<Outputs> {
  if (inputs.ingestToken !== '') job.mask(inputs.ingestToken);
  const { order, smoke } = inputs;
  const base = await job.directory('train');
  const places = await layPlaces(base, order.request.params);
  await fetchInputs(inputs, artifacts, await job.directory('inputs'), places.tree);
  const sampled = smoke ? await sample(order, places.tree) : { data: {}, notes: [] };

  const present = await presentOf(places.tree, order.stage === undefined ? [] : stagePaths(order.stage));
  const log = new CommandLog(job.log.raw, randomBytes(24).toString('hex'));
  const trained = await runTraining(
    {
      task: taskOf(inputs, places, sampled.data),
      places,
      setup: order.setup === null ? null : { file: join(places.tree, order.setup), path: order.setup },
      base,
      graceSeconds: (order.checkpoint ?? CheckpointConfig.parse({})).grace,
      wanted: smoke ? { gpus: 0 } : wantedBy(order),
      readsParamsFile: order.stage !== undefined,
      post: smoke || inputs.ingestUrl === '' ? null : postTo(inputs.ingestUrl, inputs.ingestToken, request),
      checkpoints: smoke ? null : await checkpointsOf(inputs, job, artifacts),
      stall: stallOf(inputs, request),
    },
    job,
    log,
  );

  const results = await job.directory('output');
  const gathered = await takeStage(trained, order, places, present);
  const packed =
    gathered.reason === 'succeeded' ? await takeOutput(gathered, places, join(results, OUTPUT_TAR)) : gathered;
  const ended = smoke ? asTrial(packed) : packed;
  const reported = await readSelfReported(places.output);
  const notes = [...sampled.notes, ...ended.notes, ...reported.notes].slice(0, 20);
  const status = TrainStatus.parse({ version: 1, ...ended, notes, logTail: log.tail() });
  await job.summary(trainSummary(status));
  // A trial that went well leaves nothing: the training after it does.
  if (smoke && status.reason === 'succeeded') return { ...NOTHING, reason: status.reason, seconds: status.seconds };
  await writeFile(join(results, STATUS_FILE), JSON.stringify(status, quoteNonFinite));
  const files = status.reason === 'succeeded' ? [OUTPUT_TAR, STATUS_FILE] : [STATUS_FILE];
  const uploaded = await artifacts.upload('trainyard-output', results, files);
  if (status.reason !== 'succeeded') job.fail(`training ${status.reason.replaceAll('_', ' ')}: ${status.message}`);
  return {
    reason: status.reason,
    seconds: status.seconds,
    metrics: reported.json,
    artifactId: String(uploaded.id),
    artifactDigest: uploaded.digest,
  };
}

const NOTHING = { metrics: '', artifactId: '', artifactDigest: '' };

async function fetchInputs(inputs: OrderedInputs, artifacts: Artifacts, landing: string, tree: string): Promise<void> {
  const handle = { id: inputs.artifactId, digest: inputs.artifactDigest };
  await artifacts.download(handle, landing, { [INPUTS_TAR]: { maxBytes: MAX_INPUTS } });
  await extractTar(join(landing, INPUTS_TAR), tree, { maxBytes: MAX_INPUTS });
}

function taskOf({ runId, order, smoke }: OrderedInputs, places: TrainingPlaces, sampled: object): TrainingTask {
  const data = Object.entries(order.data).map(([name, { path }]) => [name, join(places.tree, path)]);
  return {
    run: runId,
    command: order.command,
    params: order.request.params,
    seed: order.request.seed,
    data: { ...Object.fromEntries(data), ...sampled },
    timeout: smoke ? (order.smoke?.timeout ?? order.timeout) : order.timeout,
    smoke,
    environment: {},
  };
}

/** A trial is short: what its author is to know of it, its end says. */
function stallOf({ order, smoke, ingestUrl, ingestToken }: OrderedInputs, request: typeof fetch): Training['stall'] {
  const { gpus, gpu } = order.request.resources;
  const policy = smoke ? undefined : order.stall;
  const tell = smoke || ingestUrl === '' ? null : tellTo(ingestUrl, ingestToken, request);
  const asked = gpus > 0 || gpu !== undefined;
  return { after: null, stop: false, ...policy, says: 'policy.stalled', gpus: asked, tell };
}

/** GPUs are not counted: a runner may have some that nvidia-smi does not know. */
function wantedBy({ request: { resources } }: TrainOrder) {
  return { gpus: 0, cpus: resources.cpus, memory: resources.memory };
}

/** Shortens the datasets in their place, or names the ones that stand for them. */
async function sample(
  { data, smoke }: TrainOrder,
  tree: string,
): Promise<{ readonly data: Readonly<Record<string, string>>; readonly notes: readonly TrainNote[] }> {
  const declared: ReadonlyMap<string, string> = new Map(Object.entries(smoke?.data ?? {}));
  const notes: TrainNote[] = [];
  const named: [string, string][] = [];
  for (const [name, { path }] of Object.entries(data)) {
    const instead = declared.get(name);
    if (instead !== undefined) named.push([name, join(tree, instead)]);
    else notes.push(...(await shortenAt(path, tree, smoke?.rows ?? 1000)));
  }
  return { data: Object.fromEntries(named), notes };
}

async function shortenAt(path: string, tree: string, rows: number): Promise<readonly TrainNote[]> {
  try {
    return await shorten(join(tree, path), rows);
  } catch (error) {
    // A pattern, or data that comes to lie elsewhere.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return [{ code: 'sample_whole', message: `${path}: smoke.data can name a small file instead.`.slice(0, 1000) }];
  }
}

async function checkpointsOf(inputs: OrderedInputs, job: Job, artifacts: Artifacts): Promise<CheckpointPlan | null> {
  const runId = Number(job.environment['GITHUB_RUN_ID'] ?? 0);
  // Nothing to keep them in: a terminal.
  if (!Number.isSafeInteger(runId) || runId < 1) return null;
  const { order, runId: run, trust, restored } = inputs;
  // Run again by a person: what an earlier attempt of this workflow run saved.
  const again = Number(job.environment['GITHUB_RUN_ATTEMPT'] ?? 1) > 1;
  const last = again ? lastCheckpoint(await artifacts.list()) : null;
  const fetched = restored === null ? null : { ...restored, name: '' };
  return {
    place: { artifacts, runId },
    identity: { run, trust, fingerprint: fingerprintOf(order) },
    prefix: 'trainyard',
    from: last === null ? fetched : { ...last, runId },
    intervalSeconds: (order.checkpoint ?? CheckpointConfig.parse({})).interval,
  };
}

/** What a trial on a sample says of the training itself. */
function asTrial(trained: Trained): Trained {
  switch (trained.reason) {
    case 'succeeded':
    case 'setup_failed':
    case 'params_not_written':
    case 'cancelled':
      return trained;
    case 'timed_out': {
      const note: TrainNote = { code: 'smoke_unfinished', message: trained.message };
      return { ...trained, reason: 'succeeded', notes: [...trained.notes, note] };
    }
    default:
      return {
        ...trained,
        reason: 'smoke_failed',
        message: `On a sample of the data: ${trained.message}`.slice(0, 4000),
      };
  }
}

/** What a stage of dvc.yaml left where it says, and its metrics as what training reports of itself. */
async function takeStage(
  ended: Trained,
  { stage }: TrainOrder,
  { tree, output }: TrainingPlaces,
  present: Present,
): Promise<Trained> {
  if (stage === undefined || ended.reason !== 'succeeded') return ended;
  const paths = stagePaths(stage);
  const missing = await gatherOutputs(paths, tree, output, present, missingStageOutput);
  if (missing !== null) return { ...ended, ...missing };
  await takeStageMetrics(stage.metrics, output);
  return ended;
}

async function takeOutput(ended: Trained, places: TrainingPlaces, target: string): Promise<Trained> {
  const packed = await packOutput(places.output, target, OUTPUT_LIMITS);
  switch (packed.kind) {
    case 'packed':
      return ended;
    case 'empty':
      return { ...ended, ...EMPTY };
    case 'invalid':
    case 'too_large':
      return { ...ended, reason: `output_${packed.kind}`, message: packed.message.slice(0, 4000) };
  }
}
