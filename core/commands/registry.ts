import type { CommandName, CommandSyntax } from './command.ts';
import { cancel } from './syntax/cancel.ts';
import { helpSyntax } from './syntax/help.ts';
import { status } from './syntax/status.ts';
import { train } from './syntax/train.ts';

/** Every command that works; `/help` lists these and no other. A test holds this and the folder `syntax/` together. */
export const COMMANDS: readonly CommandSyntax[] = [train, status, cancel, helpSyntax(() => COMMAND_NAMES)];

export const COMMAND_NAMES: readonly CommandName[] = COMMANDS.map(({ name }) => name);

export function syntaxOf(name: string): CommandSyntax | null {
  return COMMANDS.find((syntax) => syntax.name === name) ?? null;
}
