import { suggestion } from '../../suggest.ts';
import { type CommandName, type CommandSyntax, refuse } from '../command.ts';
import { readArguments } from '../flags.ts';

/** `names` is passed in, since the registry holds this command, too. */
export function helpSyntax(names: () => readonly CommandName[]): CommandSyntax {
  return {
    name: 'help',
    summary: 'list the commands, or explain one',
    usage: '/help [command]',
    details: ['`command`: its name, with or without the slash'],
    example: '/help train',
    parse(tokens) {
      const read = readArguments(tokens, {});
      if (!read.ok) return read;
      const [word, extra] = read.args.words;
      if (extra !== undefined) return refuse(`expected one command, got also ${JSON.stringify(extra.text)}`);
      if (word === undefined) return { ok: true, command: { name: 'help', topic: null } };
      const asked = word.text.replace(/^\//, '');
      const topic = names().find((name) => name === asked);
      if (topic === undefined) {
        const hint = suggestion(asked, names()) || `; expected one of ${names().join(', ')}`;
        return refuse(`no command ${JSON.stringify(asked)}${hint}`);
      }
      return { ok: true, command: { name: 'help', topic } };
    },
  };
}
