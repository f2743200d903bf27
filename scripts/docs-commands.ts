/** Makes the table of comment commands in README.md. Usage: node scripts/docs-commands.ts */
import { COMMANDS } from '../core/commands/registry.ts';
import { PolicyConfig } from '../core/config/schema.ts';
import { grantsFor } from '../core/policy/authorise.ts';
import { type Block, cell, table, writeBlock } from './docs-block.ts';

const policy = PolicyConfig.parse({});

export function commandTable(): Block {
  const rows = COMMANDS.map(({ name, usage, summary }) => [
    `\`${cell(usage)}\``,
    cell(summary),
    grantsFor(name, policy).join(', '),
  ]);
  return {
    page: 'README.md',
    name: 'comment commands',
    command: 'node scripts/docs-commands.ts',
    content: table(['comment', 'does', 'needs by default'], rows),
  };
}

if (import.meta.main) writeBlock(commandTable());
