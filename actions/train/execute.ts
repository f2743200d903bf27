import { join } from 'node:path';
import { type PythonEnvironment, preparePython } from '../../adapters/python/environment.ts';
import { type CommandOutcome, runInGroup } from '../../adapters/sandbox/process-group.ts';
import { endStrays } from '../../adapters/sandbox/strays.ts';
import type { TrainNote, TrainStatus } from '../../core/training/status.ts';
import type { CommandLog } from '../runtime/command-log.ts';
import type { Job } from '../runtime/job.ts';
import { type TrainingPlaces, type TrainingTask, trainingEnvironment } from './contract.ts';
import { countOutOfMemory } from './out-of-memory.ts';
import type { StallWatch } from './stall-watch.ts';

const SETUP_SECONDS = 1800;
/**
 * A runner that cancels a job sends SIGINT, and kills everything 10 s later: what is left of that has to do for saving
 * the checkpoint.
 */
const CANCEL_GRACE_SECONDS = 5;

export type Ended = Pick<TrainStatus, 'reason' | 'message' | 'exitCode' | 'seconds'>;

/** How the command ended, and with which Python it ran. */
export interface Executed {
  readonly ended: Ended;
  /** What was the matter while it ran. */
  readonly notes: readonly TrainNote[];
  readonly python: PythonEnvironment | null;
}

export interface ExecuteOptions {
  readonly task: TrainingTask;
  readonly places: TrainingPlaces;
  /** The lock on disk and its path as people know it; null: the runner's PATH as it is. */
  readonly setup: { readonly file: string; readonly path: string } | null;
  /** A directory for the packages. */
  readonly packages: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceSeconds: number;
  /** Begins to watch the command. */
  readonly watch: () => StallWatch;
}

/** Installs the packages and runs the command. Nothing that it started is left when this returns. */
export async function execute(options: ExecuteOptions, job: Job, log: CommandLog): Promise<Executed> {
  const { task, places } = options;
  log.begin();
  try {
    const python = await prepare(options, job, log);
    if (python !== null && 'reason' in python) return { ended: python, notes: [], python: null };
    const before = await countOutOfMemory();
    const watch = options.watch();
    const outcome = await runInGroup(['bash', '-e', '-o', 'pipefail', '-c', task.command], {
      cwd: places.tree,
      environment: trainingEnvironment(task, places, python, job.environment),
      timeoutSeconds: task.timeout,
      graceSeconds: options.graceSeconds,
      cancelGraceSeconds: Math.min(options.graceSeconds, CANCEL_GRACE_SECONDS),
      lifeline: 'group',
      cancel: job.cancel,
      stop: watch.stop,
      onOutput: (chunk) => log.take(chunk),
    });
    const { stopped, notes } = await watch.end();
    const outOfMemory = wasKilled(outcome) && (await countOutOfMemory()) > before;
    return { ended: describe(outcome, task.timeout, { outOfMemory, stopped }), notes, python };
  } finally {
    // What left the command's group must not write into the output while it is packed.
    await endStrays(`TRAINYARD_OUTPUT=${places.output}`);
    log.end();
  }
}

async function prepare(
  { setup, packages }: ExecuteOptions,
  job: Job,
  log: CommandLog,
): Promise<PythonEnvironment | Ended | null> {
  if (setup === null) return null;
  const started = performance.now();
  const prepared = await preparePython({
    lock: setup,
    directory: join(packages, 'python'),
    purpose: 'training',
    environment: job.environment,
    timeoutSeconds: SETUP_SECONDS,
    cancel: job.cancel,
    onLog: (chunk) => log.take(chunk),
  });
  if (prepared.ok) return prepared.environment;
  const reason = job.cancel.aborted ? 'cancelled' : 'setup_failed';
  const seconds = (performance.now() - started) / 1000;
  return { reason, message: prepared.message.slice(0, 4000), exitCode: null, seconds };
}

/** By a signal that no program sends itself when it fails; bash reports a child's as 128 + 9. */
function wasKilled({ exitCode, signal }: CommandOutcome): boolean {
  return signal === 'SIGKILL' || exitCode === 137;
}

interface Causes {
  readonly outOfMemory: boolean;
  /** Why policy had it ended. */
  readonly stopped: string | null;
}

function describe(outcome: CommandOutcome, limit: number, { outOfMemory, stopped }: Causes): Ended {
  const { exitCode, seconds } = outcome;
  const ended = { exitCode, seconds };
  if (outcome.cancelled) return { ...ended, reason: 'cancelled', message: 'The job was cancelled.' };
  if (outcome.stopped) return { ...ended, reason: 'stalled', message: `${stopped ?? 'It stalled'}.`.slice(0, 4000) };
  if (outcome.timedOut) {
    return { ...ended, reason: 'timed_out', message: `The command did not end within its timeout of ${limit} s.` };
  }
  if (outOfMemory) {
    return {
      ...ended,
      reason: 'out_of_memory',
      message:
        'The system ended the command because the machine had no memory left: ask for more, or train with smaller batches.',
    };
  }
  if (outcome.error !== null) {
    return { ...ended, reason: 'failed', message: `The command could not be started: ${outcome.error}` };
  }
  if (exitCode === 0) return { ...ended, reason: 'succeeded', message: 'The command exited with 0.' };
  if (exitCode === 127 || exitCode === 126) {
    const what = exitCode === 127 ? 'a command was not found' : 'a file was there and may not be run';
    return {
      ...ended,
      reason: 'command_not_found',
      message: `The command exited with ${exitCode}: ${what}; the end of its log names it. Is it among the files that training sees, in its lock file, or on the runner’s PATH?`,
    };
  }
  const how = exitCode === null ? `was ended by ${outcome.signal ?? 'a signal'}` : `exited with ${exitCode}`;
  return { ...ended, reason: 'failed', message: `The command ${how}; the end of its log says why.` };
}
