import type { Seconds } from '../config/quantities.ts';
import type { DatasetName, MetricName, ModelName, RunId, StageName, Version } from '../names.ts';
import type { Token } from './tokens.ts';

export interface TrainCommand {
  readonly name: 'train';
  /** Empty: every model that the pull request affects. */
  readonly models: readonly ModelName[];
  /** As typed, in order, names unique; `resolveTrain` checks them against the declared parameters. */
  readonly set: readonly { readonly param: string; readonly text: string }[];
  /** `--gpu`: a type that policy allows; null for the config's own. */
  readonly gpu: string | null;
  /** `--engine`: one that policy allows; null for the config's own. */
  readonly engine: string | null;
  /** `--resume`: a run of this model whose checkpoints training begins with. */
  readonly resume: RunId | null;
  /** `--repro`: a judged run of this head that is trained once more, as it was, to see whether the outputs are equal. */
  readonly repro: RunId | null;
  /** Train although the same fingerprint has been trained. */
  readonly force: boolean;
  /** 7 to 64 lower-case hex digits, or null. */
  readonly sha: string | null;
}

export interface ValidateCommand {
  readonly name: 'validate';
  /** Empty: every dataset that the pull request changes. */
  readonly datasets: readonly DatasetName[];
  readonly sha: string | null;
}

/** Runs of this pull request. `only`: the one that the command can mean, if there is but one. */
export type RunTarget =
  | { readonly kind: 'only' }
  | { readonly kind: 'all' }
  | { readonly kind: 'run'; readonly run: RunId }
  | { readonly kind: 'model'; readonly model: ModelName };

/** Judges the newest trained artifacts again, under policy as it is now. */
export interface EvaluateCommand {
  readonly name: 'evaluate';
  readonly target: RunTarget;
  readonly sha: string | null;
}

export interface CancelCommand {
  readonly name: 'cancel';
  readonly target: RunTarget;
}

/** Repeats what failed at the present head, and nothing else. */
export interface RetryCommand {
  readonly name: 'retry';
  readonly target: RunTarget;
  readonly sha: string | null;
}

export interface StatusCommand {
  readonly name: 'status';
}

export interface PromoteCommand {
  readonly name: 'promote';
  readonly model: ModelName;
  /** null: the newest version. */
  readonly version: Version | null;
  readonly stage: StageName;
}

export interface RollbackCommand {
  readonly name: 'rollback';
  readonly model: ModelName;
  readonly stage: StageName;
  /** null: the version that the stage held before. */
  readonly version: Version | null;
}

export interface HoldCommand {
  readonly name: 'hold';
  /** Words of the author, unescaped; '' for none. */
  readonly reason: string;
  /** `--for`: seconds until it ends by itself; null for until `/unhold`. */
  readonly expiresIn: Seconds | null;
}

export interface UnholdCommand {
  readonly name: 'unhold';
}

/** A stage or a model. `any`: whichever of both has the name; `stage:x` and `model:x` say which. */
export interface LockTarget {
  readonly kind: 'any' | 'stage' | 'model';
  readonly name: string;
}

export interface LockCommand {
  readonly name: 'lock';
  readonly target: LockTarget;
  readonly reason: string;
  readonly expiresIn: Seconds | null;
  /** `--keep`: it outlives the pull request. */
  readonly keep: boolean;
}

export interface UnlockCommand {
  readonly name: 'unlock';
  readonly target: LockTarget;
}

export interface OverrideCommand {
  readonly name: 'override';
  /** As typed: a metric's gate, `model/metric` where several models are held. */
  readonly gate: { readonly model: ModelName | null; readonly metric: MetricName };
  readonly reason: string;
  readonly sha: string | null;
}

export interface OkToTrainCommand {
  readonly name: 'ok-to-train';
  /** 7 to 64 lower-case hex digits: never left out. */
  readonly sha: string;
}

export interface HelpCommand {
  readonly name: 'help';
  readonly topic: CommandName | null;
}

export type Command =
  | TrainCommand
  | ValidateCommand
  | EvaluateCommand
  | CancelCommand
  | RetryCommand
  | StatusCommand
  | PromoteCommand
  | RollbackCommand
  | HoldCommand
  | UnholdCommand
  | LockCommand
  | UnlockCommand
  | OverrideCommand
  | OkToTrainCommand
  | HelpCommand;
export type CommandName = Command['name'];

export type SyntaxResult =
  | { readonly ok: true; readonly command: Command }
  | {
      readonly ok: false;
      readonly message: string;
      readonly code?: 'bad_arguments' | 'reason_missing';
      /** Where another command is meant: its usage and example are shown instead. */
      readonly meant?: CommandName;
    };

/** One command's syntax; a file each in `syntax/`. */
export interface CommandSyntax {
  readonly name: CommandName;
  /** One line for `/help`. */
  readonly summary: string;
  readonly usage: string;
  /** Lines for `/help <command>`: what each part means. */
  readonly details: readonly string[];
  readonly example: string;
  /** What follows the name. */
  readonly parse: (tokens: readonly Token[]) => SyntaxResult;
}

export function refuse(message: string, more: { code?: 'reason_missing'; meant?: CommandName } = {}): SyntaxResult {
  return { ok: false, message, ...more };
}

export function accept(command: Command): SyntaxResult {
  return { ok: true, command };
}
