import type { CommandUsage } from '../command.ts';

export const plan: CommandUsage = {
  name: 'plan',
  usage: 'trainyard plan [--base BRANCH] [--head REF] [--json]',
  summary: 'Say which models a change affects, and which policy it changes.',
  details:
    'It reads the git repository in the current folder and asks no server. Exit code 1 when the plan is not complete.',
  options: [
    ['--base BRANCH', 'the branch that policy is read from, and to compare with (main)'],
    ['--head REF', 'what would be merged (HEAD)'],
    ['--json', 'print the plan as JSON'],
  ],
  examples: [
    ['trainyard plan', 'what a pull request of the present branch into main would affect'],
    ['trainyard plan --base develop --head HEAD~1 --json', 'into another branch, of another commit, as JSON'],
  ],
};
