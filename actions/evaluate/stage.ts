import { randomBytes } from 'node:crypto';
import type { PythonEnvironment } from '../../adapters/python/environment.ts';
import type { ConfinedCommand, ConfinedOutcome } from '../../adapters/sandbox/confined.ts';
import type { Mount } from '../../adapters/sandbox/launcher.ts';
import type { Sandbox } from '../../adapters/sandbox/sandbox.ts';
import type { JudgeOrder } from '../../core/training/request.ts';
import { CommandLog } from '../runtime/command-log.ts';
import type { Job } from '../runtime/job.ts';
import type { DatasetFiles } from './materials.ts';

/** What both commands of an evaluation run with. */
export interface Stage {
  readonly job: Job;
  readonly order: JudgeOrder;
  readonly sandbox: Sandbox;
  readonly python: PythonEnvironment;
  /** The evaluator's tree: the working directory of both. */
  readonly evaluator: string;
}

export interface StageCommand {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Data beside the evaluator's tree and the packages. */
  readonly data: readonly string[];
  readonly output: NonNullable<ConfinedCommand['output']>;
}

export interface StageOutcome {
  readonly outcome: ConfinedOutcome;
  /** The end of what it printed. */
  readonly tail: string;
}

/** Runs one command of the evaluator with the packages of its lock; its output reaches the log without a voice in it. */
export async function runOnStage(stage: Stage, command: StageCommand): Promise<StageOutcome> {
  const log = new CommandLog(stage.job.log.raw, randomBytes(24).toString('hex'));
  const code: Mount[] = [stage.evaluator, ...stage.python.directories].map((path) => ({ kind: 'code', path }));
  log.begin();
  const outcome = await stage.sandbox
    .run({
      command: command.command,
      cwd: stage.evaluator,
      environment: { ...stage.python.variables, ...command.environment },
      path: [stage.python.bin],
      mounts: [...code, ...command.data.map((path): Mount => ({ kind: 'data', path }))],
      timeoutSeconds: stage.order.timeout,
      output: command.output,
      onLog: (chunk) => log.take(chunk),
      cancel: stage.job.cancel,
    })
    .finally(() => log.end());
  return { outcome, tail: log.tail().trim().split('\n').slice(-15).join('\n').slice(-2000) };
}

/** `TRAINYARD_DATA_<NAME>` for each dataset. */
export function dataVariables(files: DatasetFiles): Record<string, string> {
  return Object.fromEntries([...files].map(([dataset, path]) => [`TRAINYARD_DATA_${dataset.toUpperCase()}`, path]));
}
