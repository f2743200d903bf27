import { accept, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { expiryOf, reasonOf } from '../free-text.ts';
import { lockTarget } from '../lock-target.ts';

export const lock: CommandSyntax = {
  name: 'lock',
  summary: 'let nobody else move a stage, or train a model',
  usage: '/lock STAGE|model [reason] [--for 2h] [--keep]',
  details: [
    '`STAGE`: nobody but you moves it, for any model',
    '`model`: nobody but you trains it or judges it again; `stage:name` and `model:name` say which, where both have the name',
    '`reason`: words that are shown to whoever meets the lock; at most 300 characters',
    '`--for`: when the lock ends by itself, such as `30m`, `2h` or `3d`',
    '`--keep`: it outlives the pull request; without it, the lock ends when the pull request is closed',
  ],
  example: '/lock production incident 42 --for 2h',
  parse(tokens) {
    const flags = { '--for': { takes: 'value' }, '--keep': { takes: 'nothing' } } as const;
    const read = readArguments(tokens, flags, 'the reason');
    if (!read.ok) return read;
    const stray = strayCommit(read.args.words, 'lock');
    if (stray !== null) return refuse(stray);
    const target = lockTarget(read.args.words);
    if (!target.ok) return target;
    const reason = reasonOf(target.rest);
    if (!reason.ok) return reason;
    const expiry = expiryOf(read.args);
    if (!expiry.ok) return expiry;
    return accept({
      name: 'lock',
      target: target.target,
      reason: reason.reason,
      expiresIn: expiry.expiresIn,
      keep: read.args.switches.has('--keep'),
    });
  },
};
