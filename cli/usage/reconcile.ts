import type { CommandUsage } from '../command.ts';

export const reconcile: CommandUsage = {
  name: 'reconcile',
  usage: 'trainyard reconcile [--word "WHAT HAPPENED"] [--wait] [--timeout SECONDS] [--repo OWNER/NAME] [--json]',
  summary: 'Compare GitHub with what should be, and repair it.',
  details: 'With --word it lifts a freeze whose cause is gone, too, with your word on record.',
  options: [
    ['--word "WHAT HAPPENED"', 'lift a freeze whose cause is gone; the word is kept in the ledger'],
    ['--wait', 'wait for the answer, and say what it was'],
    ['--timeout SECONDS', 'how long to wait at most (300)'],
    ['--repo OWNER/NAME', 'the repository on GitHub (GITHUB_REPOSITORY)'],
    ['--json', 'print the answer as JSON'],
  ],
  examples: [
    ['trainyard reconcile --wait', 'repair what differs, and say what was changed'],
    ['trainyard reconcile --word "restored the ledger from a backup" --wait', 'lift a freeze whose cause is gone'],
  ],
};
