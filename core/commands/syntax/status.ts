import { type CommandSyntax, refuse } from '../command.ts';
import { readArguments } from '../flags.ts';

export const status: CommandSyntax = {
  name: 'status',
  summary: 'bring the plan, checks and runs of this pull request up to date',
  usage: '/status',
  details: ['Reads everything again from the repository and edits the comment and checks where they are behind.'],
  example: '/status',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const [extra] = read.args.words;
    if (extra !== undefined) return refuse(`expected nothing after /status, got ${JSON.stringify(extra.text)}`);
    return { ok: true, command: { name: 'status' } };
  },
};
