/** Makes the parts of docs/cli.md that `trainyard help` and `trainyard help COMMAND` print. Usage: node scripts/docs-cli.ts */
import { execFileSync } from 'node:child_process';
import { type Block, ROOT, writeBlock } from './docs-block.ts';

/** @param command empty for the list of all @param help as it is printed where there is no terminal */
export function cliHelp(command: string, help: string): Block {
  return {
    page: 'docs/cli.md',
    name: `trainyard help ${command}`.trimEnd(),
    command: 'node scripts/docs-cli.ts',
    content: `\`\`\`text\n${help.trimEnd()}\n\`\`\``,
  };
}

if (import.meta.main) {
  const help = (...words: readonly string[]): string =>
    execFileSync(process.execPath, ['cli/bin.mjs', 'help', ...words], { cwd: ROOT, encoding: 'utf8' });
  const all = help();
  writeBlock(cliHelp('', all));
  for (const [, command = ''] of all.matchAll(/^ {2}([a-z]+) {2}/gm)) writeBlock(cliHelp(command, help(command)));
}
