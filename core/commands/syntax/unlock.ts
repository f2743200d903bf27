import { accept, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { lockTarget } from '../lock-target.ts';
import { shown } from '../shown.ts';

export const unlock: CommandSyntax = {
  name: 'unlock',
  summary: 'release the lock of a stage or a model',
  usage: '/unlock STAGE|model',
  details: [
    '`STAGE|model`: what is locked; `stage:name` and `model:name` say which, where both have the name',
    'One’s own lock is released by whoever could set it; others’ need what policy asks for.',
  ],
  example: '/unlock production',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const stray = strayCommit(read.args.words, 'unlock');
    if (stray !== null) return refuse(stray);
    const target = lockTarget(read.args.words);
    if (!target.ok) return target;
    const [extra] = target.rest;
    if (extra !== undefined) return refuse(`expected one stage or model, got also ${shown(extra.text)}`);
    return accept({ name: 'unlock', target: target.target });
  },
};
