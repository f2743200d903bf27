import { accept, type CommandSyntax } from '../command.ts';
import { takeCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { RUN_TARGET_DETAILS, runTarget } from '../run-target.ts';

export const retry: CommandSyntax = {
  name: 'retry',
  summary: 'repeat what failed at the present head, and nothing else',
  usage: '/retry [run|model|all] [@sha]',
  details: [
    ...RUN_TARGET_DETAILS,
    '`all`: every failed part; without a word, the one run that can be meant',
    '`@sha`: the head that you mean, 7 digits or more; needed when somebody else has just pushed',
  ],
  example: '/retry all',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const commit = takeCommit(read.args.words);
    if (!commit.ok) return commit;
    const target = runTarget(commit.rest);
    if (!target.ok) return target;
    return accept({ name: 'retry', target: target.target, sha: commit.sha });
  },
};
