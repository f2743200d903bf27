import { accept, type CommandSyntax } from '../command.ts';
import { RUN_TARGET_DETAILS, runTargetAtHead } from '../run-target.ts';

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
    const meant = runTargetAtHead(tokens);
    return meant.ok ? accept({ name: 'retry', target: meant.target, sha: meant.sha }) : meant;
  },
};
