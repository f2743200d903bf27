import { suggestion } from '../../suggest.ts';
import { accept, type CommandName, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { shown } from '../shown.ts';

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
      const stray = strayCommit(read.args.words, 'help');
      if (stray !== null) return refuse(stray);
      const [word, extra] = read.args.words;
      if (extra !== undefined) return refuse(`expected one command, got also ${shown(extra.text)}`);
      if (word === undefined) return accept({ name: 'help', topic: null });
      const asked = word.text.replace(/^\//, '');
      const topic = names().find((name) => name === asked);
      if (topic === undefined) {
        const hint = suggestion(asked, names()) || `; expected one of ${names().join(', ')}`;
        return refuse(`no command ${shown(asked)}${hint}`);
      }
      return accept({ name: 'help', topic });
    },
  };
}
