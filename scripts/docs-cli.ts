/** Makes the parts of docs/cli.md that `trainyard help` and `trainyard help COMMAND` print. Usage: node scripts/docs-cli.ts */
import { helpOf, helpOfCommand } from '../cli/help.ts';
import { COMMANDS } from '../cli/registry.ts';
import { type Block, writeBlock } from './docs-block.ts';

/** Each help as a terminal of 100 columns shows it. */
export function cliHelp(): Block[] {
  const block = (name: string, help: string): Block => ({
    page: 'docs/cli.md',
    name,
    command: 'node scripts/docs-cli.ts',
    content: `\`\`\`text\n${help}\n\`\`\``,
  });
  return [
    block('trainyard help', helpOf(COMMANDS, 100)),
    ...COMMANDS.map((command) => block(`trainyard help ${command.name}`, helpOfCommand(command, 100))),
  ];
}

if (import.meta.main) for (const block of cliHelp()) writeBlock(block);
