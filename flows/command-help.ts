import type { HelpCommand, StatusCommand } from '../core/commands/command.ts';
import { COMMANDS, syntaxOf } from '../core/commands/registry.ts';
import type { CommandAnswer, CommandContext } from './command.ts';

/** `/help`: the commands that work, and no other. */
export async function commandHelp({ command }: CommandContext<HelpCommand>): Promise<CommandAnswer> {
  const syntax = command.topic === null ? null : syntaxOf(command.topic);
  const lines =
    syntax === null
      ? COMMANDS.map(({ usage, summary }) => `${usage} – ${summary}`)
      : [syntax.usage, syntax.summary, ...syntax.details, `For example: ${syntax.example}`];
  return { tone: 'info', message: lines.join('\n'), code: 'replied' };
}

/** `/status`: the sticky comment is brought up to date, and says all there is. */
export async function commandStatus(_context: CommandContext<StatusCommand>): Promise<CommandAnswer> {
  return { tone: 'info', message: 'this comment is up to date', code: 'replied' };
}
