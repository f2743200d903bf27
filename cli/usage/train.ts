import type { CommandUsage } from '../command.ts';

export const train: CommandUsage = {
  name: 'train',
  usage:
    'trainyard train MODEL --ref BRANCH [--set NAME=VALUE]… [--wait] [--timeout SECONDS] [--repo OWNER/NAME] [--json]',
  summary: 'Train a model from the default branch, in the team’s own workflows.',
  options: [
    ['--ref BRANCH', 'the default branch; other code goes through a pull request'],
    ['--set NAME=VALUE', 'a parameter of the model; may be repeated'],
    ['--wait', 'wait for the answer, and say what it was'],
    ['--timeout SECONDS', 'how long to wait at most (86400, a day)'],
    ['--repo OWNER/NAME', 'the repository on GitHub (GITHUB_REPOSITORY)'],
    ['--json', 'print the answer as JSON'],
  ],
  examples: [
    ['trainyard train flight-delay --ref main --wait', 'train main, and wait until the run is judged'],
    ['trainyard train flight-delay --ref main --set learning_rate=0.05', 'with another value of a parameter'],
  ],
};
