import type { ExecutionId } from '../../core/training/execution.ts';
import type { ComputeEngine, Submission } from '../../flows/engine-port.ts';
import type { Plan } from '../fakes/faults.ts';

/** What `succeeds` prints, a line each: more than one piece of log holds. */
export const PRINTED = Array.from({ length: 400 }, (_, line) => `line ${line} of the log, größer als ASCII`);
/** What `prints no UTF-8` prints. */
export const BROKEN_TEXT = Buffer.from([
  ...Buffer.from('before\n'),
  0xff,
  0xfe,
  0xc3,
  0x28,
  0x00,
  ...Buffer.from('\nafter\n'),
]);
/** Bytes that `floods` prints, in lines that begin with their number in eight digits. */
export const FLOOD = 8 << 20;

/** What a submission is to do. A counterpart without real commands makes its machines behave as if they did it. */
export const BEHAVIOURS = {
  succeeds: 'prints PRINTED, leaves one file in TRAINYARD_OUTPUT, exits with 0',
  waits: 'prints `waiting`, and runs on until it is stopped; ends by itself at SIGTERM',
  'is deaf': 'as `waits`, but SIGTERM does nothing to it',
  'exits with 3': 'exits with 3',
  'is not found': 'names a program that is not there',
  'needs too much memory': 'takes more memory than the resources of its order',
  'leaves nothing': 'exits with 0 and leaves TRAINYARD_OUTPUT empty',
  'leaves less than its stage':
    'exits with 0, and of two files that its stage of dvc.yaml names one is in TRAINYARD_OUTPUT',
  'outlives its timeout': 'as `waits`, with a timeout of two seconds',
  'prints no UTF-8': 'prints BROKEN_TEXT, then as `succeeds` without PRINTED',
  floods: 'prints FLOOD, then as `succeeds` without PRINTED',
  'has a lock that can’t be installed': 'its setup names a package that does not exist',
  'has an image that can’t be pulled': 'its image does not exist',
  'asks for 4,096 GPUs': 'no machine will ever have them',
  'is over quota': 'asks for more than the engine’s quota allows',
} as const;
export type Behaviour = keyof typeof BEHAVIOURS;

/** What befalls an execution that runs. */
export const FAULTS = {
  'engine’s process killed': 'what the engine itself runs beside the command is gone, and takes the command along',
  'machine lost': 'the machine that it runs on is gone, without a word',
  preempted: 'the machine is taken away for other work',
  forgotten: 'the engine starts anew and knows nothing of it',
} as const;
export type Fault = keyof typeof FAULTS;

export interface Counterpart {
  /** A client that shares nothing with those before it, as another process would have it. */
  engine(): ComputeEngine;
  /** A client whose requests go through a wire that the plan spoils, and how many it has spoiled so far. */
  spoiled(plan: Plan): { readonly engine: ComputeEngine; readonly applied: () => number };
  /** A new submission, with an execution id of its own. */
  submission(behaviour: Behaviour): Promise<Submission>;
  /** How often work of this execution was started, asked of the counterpart itself and not of the engine. */
  started(execution: ExecutionId): Promise<number>;
  /** Whether anything of it still holds compute: a process, a pod, a reservation. Not asked of the engine. */
  holds(execution: ExecutionId): Promise<boolean>;
  inject(fault: Fault, execution: ExecutionId): Promise<void>;
  /** What it can't show, and why. */
  readonly lacks: Partial<Readonly<Record<Behaviour | Fault | 'text of logs', string>>>;
  /** That each of its submissions asks for; one where it is left out. */
  readonly machines?: number;
  /** Seconds within which a state must be reached. */
  readonly patience: number;
  stop(): Promise<void>;
}
