import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PythonEnvironment, preparePython } from '../../adapters/python/environment.ts';
import { type CommandOutcome, runInGroup } from '../../adapters/sandbox/process-group.ts';
import { endStrays } from '../../adapters/sandbox/strays.ts';
import { OUTPUT_TAR, STATUS_FILE, TrainStatus } from '../../core/training/status.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import { CommandLog } from '../runtime/command-log.ts';
import { extractTar } from '../runtime/extract.ts';
import type { Job } from '../runtime/job.ts';
import { layPlaces, type TrainingPlaces, trainingEnvironment } from './contract.ts';
import type { Inputs, Outputs } from './interface.ts';
import { followMetrics, postTo } from './metrics-tail.ts';
import { OUTPUT_LIMITS, packOutput } from './output.ts';

/** The file in the artifact of `fetch`, and its largest size in bytes. */
const INPUTS_TAR = 'inputs.tar';
const MAX_INPUTS = 4 * 2 ** 30;
const SETUP_SECONDS = 1800;
const METRICS_INTERVAL_MS = 1000;

type Ended = Pick<TrainStatus, 'reason' | 'message' | 'exitCode' | 'seconds'>;

/** Runs one training execution from declared inputs to the uploaded output. However it ends, a status is uploaded. */
export async function train(inputs: Inputs, job: Job, artifacts: Artifacts, request: typeof fetch): Promise<Outputs> {
  if (inputs.ingestToken !== '') job.mask(inputs.ingestToken);
  const base = await job.directory('train');
  const places = await layPlaces(base, inputs.order);
  await fetchInputs(inputs, artifacts, await job.directory('inputs'), places.tree);

  const log = new CommandLog(job.log.raw, randomBytes(24).toString('hex'));
  const post = inputs.ingestUrl === '' ? null : postTo(inputs.ingestUrl, inputs.ingestToken, request);
  const metrics = followMetrics(places.metrics, post, METRICS_INTERVAL_MS);
  const ran = await prepareAndRun(inputs, job, places, base, log);
  const stepMetrics = await metrics.stop();

  const results = await job.directory('output');
  const ended = ran.reason === 'succeeded' ? await takeOutput(ran, places.output, join(results, OUTPUT_TAR)) : ran;
  const status = TrainStatus.parse({ version: 1, ...ended, logTail: log.tail(), stepMetrics: [...stepMetrics] });
  await writeFile(join(results, STATUS_FILE), JSON.stringify(status));
  const files = status.reason === 'succeeded' ? [OUTPUT_TAR, STATUS_FILE] : [STATUS_FILE];
  const uploaded = await artifacts.upload('trainyard-output', results, files);
  if (status.reason !== 'succeeded') job.fail(`training ${status.reason.replaceAll('_', ' ')}: ${status.message}`);
  return { reason: status.reason, artifactId: String(uploaded.id), artifactDigest: uploaded.digest };
}

async function fetchInputs(inputs: Inputs, artifacts: Artifacts, landing: string, tree: string): Promise<void> {
  const handle = { id: inputs.artifactId, digest: inputs.artifactDigest };
  await artifacts.download(handle, landing, { [INPUTS_TAR]: { maxBytes: MAX_INPUTS } });
  await extractTar(join(landing, INPUTS_TAR), tree, { maxBytes: MAX_INPUTS });
}

async function prepareAndRun(
  inputs: Inputs,
  job: Job,
  places: TrainingPlaces,
  base: string,
  log: CommandLog,
): Promise<Ended> {
  log.begin();
  try {
    const python = await prepare(inputs, job, places, base, log);
    if (python !== null && 'reason' in python) return python;
    const outcome = await runInGroup(['bash', '-e', '-o', 'pipefail', '-c', inputs.order.command], {
      cwd: places.tree,
      environment: trainingEnvironment(inputs.runId, inputs.order, places, python, job.environment),
      timeoutSeconds: inputs.order.timeout,
      lifeline: 'group',
      cancel: job.cancel,
      onOutput: (chunk) => log.take(chunk),
    });
    return describe(outcome, inputs.order.timeout);
  } finally {
    // What left the command's group must not write into the output while it is packed.
    await endStrays(`TRAINYARD_OUTPUT=${places.output}`);
    log.end();
  }
}

/** Null when the model declares no setup: then the command gets the runner's PATH as it is. */
async function prepare(
  inputs: Inputs,
  job: Job,
  places: TrainingPlaces,
  base: string,
  log: CommandLog,
): Promise<PythonEnvironment | Ended | null> {
  const lock = inputs.order.setup;
  if (lock === null) return null;
  const started = performance.now();
  const setup = await preparePython({
    lock: { file: join(places.tree, lock), path: lock },
    directory: join(base, 'python'),
    purpose: 'training',
    environment: job.environment,
    timeoutSeconds: SETUP_SECONDS,
    cancel: job.cancel,
    onLog: (chunk) => log.take(chunk),
  });
  if (setup.ok) return setup.environment;
  const reason = job.cancel.aborted ? 'cancelled' : 'setup_failed';
  return { reason, message: setup.message.slice(0, 4000), exitCode: null, seconds: since(started) };
}

function describe(outcome: CommandOutcome, limit: number): Ended {
  const { exitCode, seconds } = outcome;
  const ended = { exitCode, seconds };
  if (outcome.cancelled) return { ...ended, reason: 'cancelled', message: 'The job was cancelled.' };
  if (outcome.timedOut) {
    return { ...ended, reason: 'timed_out', message: `The command did not end within its timeout of ${limit} s.` };
  }
  if (outcome.error !== null) {
    return { ...ended, reason: 'failed', message: `The command could not be started: ${outcome.error}` };
  }
  if (exitCode === 0) return { ...ended, reason: 'succeeded', message: 'The command exited with 0.' };
  const how = exitCode === null ? `was ended by ${outcome.signal ?? 'a signal'}` : `exited with ${exitCode}`;
  return { ...ended, reason: 'failed', message: `The command ${how}; the end of its log says why.` };
}

async function takeOutput(ended: Ended, directory: string, target: string): Promise<Ended> {
  const packed = await packOutput(directory, target, OUTPUT_LIMITS);
  switch (packed.kind) {
    case 'packed':
      return ended;
    case 'empty':
      return {
        ...ended,
        reason: 'no_output',
        message: 'The command exited with 0 and left nothing in the directory that TRAINYARD_OUTPUT names.',
      };
    case 'invalid':
      return { ...ended, reason: 'output_invalid', message: packed.message.slice(0, 4000) };
  }
}

function since(started: number): number {
  return (performance.now() - started) / 1000;
}
