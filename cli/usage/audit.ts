import type { CommandUsage } from '../command.ts';

export const audit: CommandUsage = {
  name: 'audit',
  usage:
    'trainyard audit [--limit N|all] [--actor LOGIN] [--model M] [--verdict allowed|refused] [--repo OWNER/NAME] [--json]',
  summary: 'Verify the record of decisions, and list who asked for what and what was decided.',
  options: [
    ['--limit N|all', 'how many of the newest comments to read (100)'],
    ['--actor LOGIN', 'only what this person asked for'],
    ['--model M', 'only what is about this model'],
    ['--verdict allowed|refused', 'only what was answered so'],
    ['--repo OWNER/NAME', 'the repository on GitHub (GITHUB_REPOSITORY)'],
    ['--json', 'print the decisions as JSON'],
  ],
  examples: [
    ['trainyard audit --repo acme/flights', 'the newest 100 comments with commands, and what was decided'],
    ['trainyard audit --limit all --verdict refused --json', 'every refusal, as JSON'],
  ],
};
