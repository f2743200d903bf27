/** A workflow command that a runner obeys. */
export interface WorkflowCommand {
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** What .NET takes for white space before a command, which `\s` does not know all of. */
const LEADING = /^[\s\u0085\u180e\u200b\ufeff]+/;

/**
 * The workflow commands in a job's output, read as actions/runner reads it (ActionCommand.cs), and rather one too many:
 * lines end at CR and LF, `::name k=v,…::data` after white space, or `##[name k=v;…]data` anywhere in a line.
 */
export function commandsIn(output: string): WorkflowCommand[] {
  const found: WorkflowCommand[] = [];
  let stoppedBy: string | null = null;
  for (const line of output.split(/\r\n|[\r\n]/)) {
    const command = secondForm(line.replace(LEADING, '')) ?? firstForm(line);
    if (command === null) continue;
    if (stoppedBy !== null) {
      if (command.command === stoppedBy) stoppedBy = null;
    } else if (command.command === 'stop-commands') stoppedBy = command.data;
    else found.push(command);
  }
  return found;
}

function secondForm(line: string): WorkflowCommand | null {
  const [, info, data = ''] = /^::(.*?)::(.*)$/s.exec(line) ?? [];
  return info === undefined ? null : commandOf(info, ',', unescapeProperty, unescapeData(data));
}

function firstForm(line: string): WorkflowCommand | null {
  const [, info, data = ''] = /##\[(.*?)\](.*)$/s.exec(line) ?? [];
  return info === undefined ? null : commandOf(info, ';', (text) => text, data);
}

function commandOf(
  info: string,
  separator: string,
  plain: (text: string) => string,
  data: string,
): WorkflowCommand | null {
  const [, command = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(info) ?? [];
  if (command === '') return null;
  const properties = rest
    .split(separator)
    .filter((pair) => pair.includes('='))
    .map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), plain(pair.slice(pair.indexOf('=') + 1))]);
  return { command, properties: Object.fromEntries(properties), data };
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}
