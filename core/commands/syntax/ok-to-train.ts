import { accept, type CommandSyntax, refuse } from '../command.ts';
import { commitOf } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { shown } from '../shown.ts';

export const okToTrain: CommandSyntax = {
  name: 'ok-to-train',
  summary: 'let a commit of a fork be trained, after you have read it',
  usage: '/ok-to-train SHA',
  details: [
    '`SHA`: the head that you have read, 7 digits or more; it is never left out, so that a push in between trains nothing',
    'Holds for this commit only. Training gets no secret, and its runs are never promoted.',
  ],
  example: '/ok-to-train 1a2b3c4',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const [word, extra] = read.args.words;
    if (word === undefined) return refuse('expected the commit that you have read, 7 hex digits or more, got nothing');
    const sha = commitOf(word.text);
    if (sha === null) return refuse(`expected 7 to 64 hex digits of a commit, got ${shown(word.text)}`);
    if (extra !== undefined) return refuse(`expected one commit, got also ${shown(extra.text)}`);
    return accept({ name: 'ok-to-train', sha });
  },
};
