import type { CommandUsage } from '../command.ts';

export const promote: CommandUsage = {
  name: 'promote',
  usage: 'trainyard promote MODEL@vX.Y.Z STAGE [--wait] [--timeout SECONDS] [--repo OWNER/NAME] [--json]',
  summary: 'Put a version of a model in a stage.',
  options: [
    ['--wait', 'wait for the answer, and say what it was'],
    ['--timeout SECONDS', 'how long to wait at most (300)'],
    ['--repo OWNER/NAME', 'the repository on GitHub (GITHUB_REPOSITORY)'],
    ['--json', 'print the answer as JSON'],
  ],
  examples: [
    [
      'trainyard promote flight-delay@v1.0.0 production --wait',
      'put version 1.0.0 in production, and say what came of it',
    ],
  ],
};
