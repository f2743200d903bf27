import type { CommandUsage } from '../command.ts';

export const explain: CommandUsage = {
  name: 'explain',
  usage:
    'trainyard explain [--config FILE] [--head-config FILE] [--pr FILE] [--role ROLE] [--team TEAM]… [--user LOGIN[#ID]] [--bot] [--json]',
  summary: 'Say what would become of the commands in a comment; nothing is sent.',
  details:
    'The comment is read from standard input, and the answer is JSON. Exit code 1 when nothing of it is allowed.',
  options: [
    ['--config FILE', 'policy: the config of the default branch (.github/trainyard.yml)'],
    ['--head-config FILE', 'the config of the pull request, where it is another'],
    ['--pr FILE', 'facts about the pull request, as docs/explain.md describes them'],
    ['--role ROLE', 'role of the commenter in the repository (none)'],
    ['--team TEAM', 'a team that the commenter is in, by its slug; may be repeated'],
    ['--user LOGIN[#ID]', 'who comments'],
    ['--bot', 'the commenter is a bot'],
    ['--json', 'changes nothing: the answer is always JSON'],
  ],
  examples: [
    ['echo "/train" | trainyard explain --role write', 'what would become of /train by somebody with the role write'],
    ['echo "/status" | trainyard explain --role read --team ml-leads', 'the same for somebody of a team'],
  ],
};
