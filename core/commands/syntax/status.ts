import { accept, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { shown } from '../shown.ts';

export const status: CommandSyntax = {
  name: 'status',
  summary: 'bring the plan, checks and runs of this pull request up to date',
  usage: '/status',
  details: ['Reads everything again from the repository and edits the comment and checks where they are behind.'],
  example: '/status',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const stray = strayCommit(read.args.words, 'status');
    if (stray !== null) return refuse(stray);
    const [extra] = read.args.words;
    if (extra !== undefined) return refuse(`expected nothing after /status, got ${shown(extra.text)}`);
    return accept({ name: 'status' });
  },
};
