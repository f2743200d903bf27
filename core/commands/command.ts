import type { ModelName, RunId } from '../names.ts';
import type { Token } from './tokens.ts';

export interface TrainCommand {
  readonly name: 'train';
  /** Empty: every model that the pull request affects. */
  readonly models: readonly ModelName[];
  /** As typed, in order, names unique; `resolveTrain` checks them against the declared parameters. */
  readonly set: readonly { readonly param: string; readonly text: string }[];
  /** Train although the same fingerprint has been trained. */
  readonly force: boolean;
  /** 7 to 64 lower-case hex digits, or null. */
  readonly sha: string | null;
}

export interface StatusCommand {
  readonly name: 'status';
}

export interface CancelCommand {
  readonly name: 'cancel';
  /** `only`: the one run in progress, if there is but one. */
  readonly target:
    | { readonly kind: 'only' }
    | { readonly kind: 'all' }
    | { readonly kind: 'run'; readonly run: RunId }
    | { readonly kind: 'model'; readonly model: ModelName };
}

export interface HelpCommand {
  readonly name: 'help';
  readonly topic: CommandName | null;
}

export type Command = TrainCommand | StatusCommand | CancelCommand | HelpCommand;
export type CommandName = Command['name'];

export type SyntaxResult =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly message: string };

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

export function refuse(message: string): SyntaxResult {
  return { ok: false, message };
}
