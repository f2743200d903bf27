import { accept, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { shown } from '../shown.ts';

export const unhold: CommandSyntax = {
  name: 'unhold',
  summary: 'release the hold of this pull request',
  usage: '/unhold',
  details: ['One’s own hold is released by whoever could set it; others’ need what policy asks for.'],
  example: '/unhold',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const stray = strayCommit(read.args.words, 'unhold');
    if (stray !== null) return refuse(stray);
    const [extra] = read.args.words;
    if (extra !== undefined) return refuse(`expected nothing after /unhold, got ${shown(extra.text)}`);
    return accept({ name: 'unhold' });
  },
};
