import { accept, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { expiryOf, reasonOf, releasesElsewhere } from '../free-text.ts';
import { shown } from '../shown.ts';

export const hold: CommandSyntax = {
  name: 'hold',
  summary: 'keep this pull request from being ready and promoted, until /unhold',
  usage: '/hold [reason] [--for 2h]',
  details: [
    '`reason`: words that the comment shows; at most 300 characters',
    '`--for`: when the hold ends by itself, such as `30m`, `2h` or `3d`; it also ends when the pull request is closed',
  ],
  example: '/hold waiting for the new labels --for 2d',
  parse(tokens) {
    const read = readArguments(tokens, { '--for': { takes: 'value' } }, 'the reason');
    if (!read.ok) return read;
    const { words } = read.args;
    const stray = strayCommit(words, 'hold');
    if (stray !== null) return refuse(stray);
    const [first, second] = words;
    // Elsewhere `/hold cancel` releases a hold; to answer it with a hold would be the opposite of what is meant.
    if (first?.bare === true && second === undefined && releasesElsewhere(first.text))
      return refuse(`to release a hold write /unhold; a hold with the reason ${shown(first.text)} has it in quotes`, {
        meant: 'unhold',
      });
    const reason = reasonOf(words);
    if (!reason.ok) return reason;
    const expiry = expiryOf(read.args);
    if (!expiry.ok) return expiry;
    return accept({ name: 'hold', reason: reason.reason, expiresIn: expiry.expiresIn });
  },
};
