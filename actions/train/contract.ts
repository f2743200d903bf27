import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PythonEnvironment } from '../../adapters/python/environment.ts';
import type { ParamValue } from '../../core/config/params.ts';
import type { RunId } from '../../core/names.ts';

/** What is trained, wherever it was declared. */
export interface TrainingTask {
  readonly run: RunId;
  /** For `bash -e -o pipefail -c`. */
  readonly command: string;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly seed: number;
  /** Paths by name of the dataset, absolute or below the working directory. */
  readonly data: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly timeout: number;
  /** Whether this is the trial on a sample. */
  readonly smoke: boolean;
  /** Variables that go to the command beside those of the contract. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where one training execution reads and writes; all but perhaps the tree in a fresh directory. */
export interface TrainingPlaces {
  /** The working directory of the command: the declared inputs, or the checkout. */
  readonly tree: string;
  readonly output: string;
  readonly checkpoint: string;
  readonly metrics: string;
  readonly params: string;
  readonly home: string;
  readonly temporary: string;
}

/** Lays the places out. The checkpoint directory is empty until one is restored. @param tree where it is there already */
export async function layPlaces(
  base: string,
  params: TrainingTask['params'],
  tree = join(base, 'tree'),
): Promise<TrainingPlaces> {
  const places = {
    tree,
    output: join(base, 'output'),
    checkpoint: join(base, 'checkpoint'),
    metrics: join(base, 'metrics.jsonl'),
    params: join(base, 'params.json'),
    home: join(base, 'home'),
    temporary: join(base, 'tmp'),
  };
  for (const directory of [places.tree, places.output, places.checkpoint, places.home, places.temporary]) {
    await mkdir(directory, { recursive: true });
  }
  await writeFile(places.metrics, '');
  await writeFile(places.params, `${JSON.stringify(params, null, 2)}\n`);
  return places;
}

/**
 * What GPU drivers and container runtimes say to programs; and the mark by which a self-hosted runner finds and ends what
 * a job left running. No secret is among them.
 */
const PASSED_ON = /^((CUDA|NVIDIA|ROCR|HIP|HSA)_[A-Z0-9_]+|RUNNER_TRACKING_ID)$/;

/**
 * The whole environment of the user's command (DESIGN section 8): the training contract, and from the job's own
 * environment an allow-list. Nothing of `GITHUB_*` or `ACTIONS_*`, and no token.
 */
export function trainingEnvironment(
  task: TrainingTask,
  places: TrainingPlaces,
  python: PythonEnvironment | null,
  job: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const path = job['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const passedOn = Object.entries(job).filter((entry): entry is [string, string] => {
    return PASSED_ON.test(entry[0]) && entry[1] !== undefined;
  });
  const params = Object.entries(task.params).map(([name, value]) => [
    `TRAINYARD_PARAM_${name.toUpperCase()}`,
    String(value),
  ]);
  const data = Object.entries(task.data).map(([name, file]) => [`TRAINYARD_DATA_${name.toUpperCase()}`, file]);
  return {
    ...Object.fromEntries(passedOn),
    ...task.environment,
    ...(python === null ? {} : python.variables),
    ...Object.fromEntries(params),
    ...Object.fromEntries(data),
    PATH: python === null ? path : `${python.bin}:${path}`,
    HOME: places.home,
    TMPDIR: places.temporary,
    LANG: job['LANG'] ?? 'C.UTF-8',
    TRAINYARD_RUN_ID: task.run,
    TRAINYARD_PARAMS: places.params,
    TRAINYARD_OUTPUT: places.output,
    TRAINYARD_CHECKPOINT: places.checkpoint,
    TRAINYARD_METRICS: places.metrics,
    TRAINYARD_SEED: String(task.seed),
    ...(task.smoke ? { TRAINYARD_SMOKE: '1' } : {}),
  };
}
