import { accept, type CommandSyntax } from '../command.ts';
import { RUN_TARGET_DETAILS, runTargetAtHead } from '../run-target.ts';

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
    const meant = runTargetAtHead(tokens);
    return meant.ok ? accept({ name: 'evaluate', target: meant.target, sha: meant.sha }) : meant;
  },
};
