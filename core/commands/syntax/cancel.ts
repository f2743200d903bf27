import { accept, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { RUN_TARGET_DETAILS, runTarget } from '../run-target.ts';

export const cancel: CommandSyntax = {
  name: 'cancel',
  summary: 'cancel a run in progress and release its compute',
  usage: '/cancel [run|model|all]',
  details: [...RUN_TARGET_DETAILS, '`all`: every run of this pull request; without a word, the one run in progress'],
  example: '/cancel all',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const stray = strayCommit(read.args.words, 'cancel');
    if (stray !== null) return refuse(stray);
    const target = runTarget(read.args.words);
    return target.ok ? accept({ name: 'cancel', target: target.target }) : target;
  },
};
