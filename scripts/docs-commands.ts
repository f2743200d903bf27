/** Makes the table of commands and their reference in docs/commands.md. Usage: node scripts/docs-commands.ts */
import type { CommandName } from '../core/commands/command.ts';
import { COMMANDS } from '../core/commands/registry.ts';
import { PolicyConfig, RoleName } from '../core/config/policy.ts';
import { authorise } from '../core/policy/authorise.ts';
import { type Block, cell, table, writeBlock } from './docs-block.ts';

const COMMAND = 'node scripts/docs-commands.ts';
const policy = PolicyConfig.parse({});

export function commandTable(): Block {
  const rows = COMMANDS.map(({ name, usage, summary }) => [`\`${cell(usage)}\``, cell(summary), neededFor(name)]);
  return {
    page: 'docs/commands.md',
    name: 'comment commands',
    command: COMMAND,
    content: table(['comment', 'does', 'needs by default'], rows),
  };
}

export function commandReference(): Block {
  const sections = COMMANDS.map(({ name, usage, summary, details, example }) =>
    [
      `### \`/${name}\``,
      '',
      `${summary[0]?.toUpperCase()}${summary.slice(1)}. Needs by default: ${neededFor(name)}.`,
      '',
      '```text usage',
      usage,
      '```',
      '',
      ...details.map((line) => `- ${line}`),
      '',
      `For example: \`${example}\``,
    ].join('\n'),
  );
  return { page: 'docs/commands.md', name: 'reference', command: COMMAND, content: sections.join('\n\n') };
}

/** The least role that is allowed the command where policy says nothing, and what changes it. */
function neededFor(command: CommandName): string {
  const any = leastRole(command, {});
  const last = leastRole(command, { lastStage: true });
  const own = leastRole(command, { own: true });
  return `${any}${last === any ? '' : `; for a model’s last stage ${last}`}${own === any ? '' : `; for one’s own ${own}`}`;
}

function leastRole(command: CommandName, { lastStage = false, own = false }): string {
  const least = RoleName.options.find((role) => {
    const actor = { login: 'somebody', type: 'User', role, teams: [] } as const;
    return authorise({ command, actor, policy, scope: { models: [], stages: [], lastStage }, own }).allowed;
  });
  return least ?? 'nobody';
}

if (import.meta.main) for (const block of [commandTable(), commandReference()]) writeBlock(block);
