import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparePython } from '../../adapters/python/environment.ts';
import { findPython } from '../../adapters/python/interpreter.ts';
import { splitHoldout } from '../../core/data/holdout.ts';
import { FETCHED } from '../../scripts/python-environment.ts';
import { EXAMPLE } from './scenes.ts';

/** Directory of the programs of a virtual environment with exactly what the lock names; built once per lock and Python. */
export async function pythonOf(lock: string, purpose: 'training' | 'evaluation'): Promise<string> {
  const interpreter = await findPython({ PATH: process.env['PATH'] ?? '' });
  const key = JSON.stringify([readFileSync(join(EXAMPLE, lock), 'utf8'), interpreter]);
  const directory = join(
    FETCHED,
    'environments',
    `${purpose}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`,
  );
  const finished = join(directory, 'finished');
  if (existsSync(finished) && existsSync(join(directory, 'venv/bin/python'))) return join(directory, 'venv', 'bin');
  rmSync(directory, { recursive: true, force: true });
  const setup = await preparePython({
    lock: { file: join(EXAMPLE, lock), path: lock },
    directory,
    purpose,
    environment: process.env,
    timeoutSeconds: 240,
  });
  if (!setup.ok) throw new Error(setup.message);
  writeFileSync(finished, '');
  return setup.environment.bin;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with nothing in its environment but what is given; `until` ends it with SIGKILL when it says so. */
export function run(
  bin: string,
  script: string,
  environment: Readonly<Record<string, string>>,
  until?: () => boolean,
): Promise<Ended> {
  return new Promise((done) => {
    const env = { PATH: `${bin}:/usr/bin:/bin`, ...environment };
    const child = execFile(join(bin, 'python'), [script], { env, timeout: 200_000 }, (error, stdout, stderr) => {
      clearInterval(timer);
      done({ code: error === null ? 0 : child.exitCode, signal: child.signalCode, stdout, stderr });
    });
    const timer = setInterval(() => {
      if (until?.() === true) child.kill('SIGKILL');
    }, 20);
  });
}

export interface Run {
  readonly directory: string;
  readonly output: string;
  readonly metricsFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The training contract (DESIGN section 8) for the repository at `tree`. @param directory is created */
export function trainingRun(tree: string, directory: string, params: Readonly<Record<string, number>>): Run {
  const output = join(directory, 'output');
  const metricsFile = join(directory, 'metrics.jsonl');
  for (const folder of [output, join(directory, 'checkpoint')]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(directory, 'params.json'), JSON.stringify(params));
  const environment = {
    TRAINYARD_PARAMS: join(directory, 'params.json'),
    TRAINYARD_SEED: '0',
    TRAINYARD_DATA_FLIGHTS: join(tree, 'data/flights.csv'),
    TRAINYARD_OUTPUT: output,
    TRAINYARD_CHECKPOINT: join(directory, 'checkpoint'),
    TRAINYARD_METRICS: metricsFile,
  };
  return { directory, output, metricsFile, environment };
}

const HOLDOUT = join(EXAMPLE, 'eval/holdout.csv');

/** Scores the holdout without labels, as the base's evaluator does. @returns the path of predictions.csv */
export async function predict(bin: string, model: string, directory: string): Promise<string> {
  const split = splitHoldout(readFileSync(HOLDOUT), { labels: ['late'], id: 'flight_id' });
  if (!split.ok) throw new Error(split.message);
  const features = join(directory, 'features.csv');
  writeFileSync(features, split.features);
  const ended = await run(bin, join(EXAMPLE, 'eval/predict.py'), {
    TRAINYARD_MODEL: model,
    TRAINYARD_DATA_HOLDOUT: features,
    TRAINYARD_OUTPUT: directory,
  });
  if (ended.code !== 0) throw new Error(ended.stderr);
  return join(directory, 'predictions.csv');
}

export function evaluate(bin: string, predictions: string, directory: string): Promise<Ended> {
  return run(bin, join(EXAMPLE, 'eval/evaluate.py'), {
    TRAINYARD_PREDICTIONS: predictions,
    TRAINYARD_DATA_HOLDOUT: HOLDOUT,
    TRAINYARD_OUTPUT: directory,
  });
}
