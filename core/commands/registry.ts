import type { CommandName, CommandSyntax } from './command.ts';
import { cancel } from './syntax/cancel.ts';
import { evaluate } from './syntax/evaluate.ts';
import { helpSyntax } from './syntax/help.ts';
import { hold } from './syntax/hold.ts';
import { lock } from './syntax/lock.ts';
import { okToTrain } from './syntax/ok-to-train.ts';
import { override } from './syntax/override.ts';
import { promote } from './syntax/promote.ts';
import { retry } from './syntax/retry.ts';
import { rollback } from './syntax/rollback.ts';
import { status } from './syntax/status.ts';
import { train } from './syntax/train.ts';
import { unhold } from './syntax/unhold.ts';
import { unlock } from './syntax/unlock.ts';
import { validate } from './syntax/validate.ts';

/** Every command that works; `/help` lists these and no other. A test holds this and the folder `syntax/` together. */
export const COMMANDS: readonly CommandSyntax[] = [
  train,
  validate,
  evaluate,
  cancel,
  retry,
  status,
  promote,
  rollback,
  hold,
  unhold,
  lock,
  unlock,
  override,
  okToTrain,
  helpSyntax(() => COMMAND_NAMES),
];

export const COMMAND_NAMES: readonly CommandName[] = COMMANDS.map(({ name }) => name);

export function syntaxOf(name: string): CommandSyntax | null {
  return COMMANDS.find((syntax) => syntax.name === name) ?? null;
}
