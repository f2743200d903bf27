import type { CommandUsage } from '../command.ts';

export const verify: CommandUsage = {
  name: 'verify',
  usage: 'trainyard verify [--repo OWNER/NAME] [--json]',
  summary: 'Verify the ledger, the runs that it names and the tags that stand on it.',
  options: [
    ['--repo OWNER/NAME', 'the repository on GitHub (GITHUB_REPOSITORY)'],
    ['--json', 'print what was verified as JSON'],
  ],
  examples: [['trainyard verify --repo acme/flights', 'exit 0 only if signatures, chain, runs and tags agree']],
};
