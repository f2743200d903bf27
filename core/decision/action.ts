import type { CommandName } from '../commands/command.ts';
import type { ParamValue } from '../config/params.ts';
import type { Money, Seconds } from '../config/quantities.ts';
import type {
  DatasetName,
  GitId,
  Instant,
  MetricName,
  ModelName,
  ParamName,
  RunId,
  StageName,
  Version,
} from '../names.ts';
import type { EffectiveModel } from '../policy/effective.ts';
import type { EarlierFact } from './facts.ts';

/** One training, with everything that a run is drafted from. */
export interface TrainingAction {
  readonly model: EffectiveModel;
  /** What the command set by itself, typed and within range. */
  readonly set: Readonly<Record<ParamName, ParamValue>>;
  /** In place of the config's; null for none. `gpus` is what goes with it: 1 where the config asks for no GPU. */
  readonly gpu: string | null;
  readonly gpus: number;
  readonly engine: EffectiveModel['config']['train']['engine'];
  /** Labels from policy; null for the workflow's own choice. */
  readonly runner: readonly string[] | null;
  /** Of an hour of this training; null where policy names no price that fits. */
  readonly hourlyPrice: Money | null;
  /** What it comes to if it uses all of its time. */
  readonly cap: Money | null;
  readonly timeout: Seconds;
  readonly trust: 'member' | 'fork';
  readonly resume: RunId | null;
  /** The run whose outputs are compared with this one's. */
  readonly reproduces: RunId | null;
  /** Not null: this run is answered with, and nothing is started. Always null with `--force` and for forks. */
  readonly earlier: EarlierFact | null;
}

/** How a failed run is repeated: anew from training, or judged again from the artifacts that it left. */
export interface RetryRun {
  readonly run: RunId;
  readonly model: ModelName;
  readonly how: 'train' | 'judge';
  /** For `train`: what is begun, with what the run's own command set; null for `judge`. */
  readonly training: TrainingAction | null;
}

export type LockedThing =
  | { readonly kind: 'model'; readonly name: ModelName }
  | { readonly kind: 'stage'; readonly name: StageName };

/** What a flow is to do for an allowed command, fully resolved. */
export type Action =
  | { readonly kind: 'train'; readonly trainings: readonly TrainingAction[] }
  | { readonly kind: 'validate'; readonly datasets: readonly DatasetName[] }
  | { readonly kind: 'evaluate'; readonly runs: readonly { readonly run: RunId; readonly model: ModelName }[] }
  | { readonly kind: 'retry'; readonly runs: readonly RetryRun[]; readonly datasets: readonly DatasetName[] }
  | { readonly kind: 'cancel'; readonly runs: readonly RunId[] }
  | { readonly kind: 'status' }
  | { readonly kind: 'help'; readonly topic: CommandName | null }
  | {
      readonly kind: 'promote';
      readonly model: ModelName;
      readonly stage: StageName;
      readonly version: Version;
      /** The candidate that becomes this version first; null where it is a version already. */
      readonly candidate: RunId | null;
    }
  | { readonly kind: 'rollback'; readonly model: ModelName; readonly stage: StageName; readonly version: Version }
  | { readonly kind: 'hold'; readonly reason: string; readonly expiresAt: Instant | null }
  | { readonly kind: 'unhold' }
  | {
      readonly kind: 'lock';
      readonly target: LockedThing;
      readonly reason: string;
      readonly expiresAt: Instant | null;
      readonly keep: boolean;
    }
  | { readonly kind: 'unlock'; readonly target: LockedThing }
  | {
      readonly kind: 'override';
      readonly run: RunId;
      readonly model: ModelName;
      readonly metric: MetricName;
      readonly reason: string;
    }
  | { readonly kind: 'ok-to-train'; readonly sha: GitId; readonly headRepository: string };
