import { accept, type CommandSyntax } from '../command.ts';
import { takeCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { RUN_TARGET_DETAILS, runTarget } from '../run-target.ts';

export const evaluate: CommandSyntax = {
  name: 'evaluate',
  summary: 'judge trained artifacts again, under policy as it is now, without training',
  usage: '/evaluate [run|model|all] [@sha]',
  details: [
    ...RUN_TARGET_DETAILS,
    '`all`: the newest run of each model; without a word, the one run that can be meant',
    '`@sha`: the head that you mean, 7 digits or more; needed when somebody else has just pushed',
  ],
  example: '/evaluate all',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const commit = takeCommit(read.args.words);
    if (!commit.ok) return commit;
    const target = runTarget(commit.rest);
    if (!target.ok) return target;
    return accept({ name: 'evaluate', target: target.target, sha: commit.sha });
  },
};
