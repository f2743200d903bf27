/** Makes the part of docs/cli.md that `trainyard help` prints. Usage: node scripts/docs-cli.ts */
import { execFileSync } from 'node:child_process';
import { type Block, ROOT, writeBlock } from './docs-block.ts';

export function cliHelp(help: string): Block {
  return {
    page: 'docs/cli.md',
    name: 'trainyard help',
    command: 'node scripts/docs-cli.ts',
    content: `\`\`\`text\n${help.trim()}\n\`\`\``,
  };
}

if (import.meta.main)
  writeBlock(cliHelp(execFileSync(process.execPath, ['cli/bin.mjs', 'help'], { cwd: ROOT, encoding: 'utf8' })));
