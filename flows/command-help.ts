import { COMMANDS, syntaxOf } from '../core/commands/registry.ts';
import { copied } from '../core/commands/render.ts';
import type { CommandAnswer, CommandContext } from './command.ts';

/** `/help`: the commands that work, and no other. */
export function commandHelp({ action, decision }: CommandContext<'help'>): CommandAnswer {
  const syntax = action.topic === null ? null : syntaxOf(action.topic);
  const lines =
    syntax === null
      ? COMMANDS.map(({ usage, summary }) => `${copied(usage)} – ${summary}`)
      : [copied(syntax.usage), syntax.summary, ...syntax.details, `For example: ${copied(syntax.example)}`];
  return { tone: 'info', message: lines.join('\n'), code: 'replied', reason: decision.reason };
}
