import type { CliCommand, CommandUsage } from './command.ts';

/** Characters in a line where nobody says how wide it is, and the bounds within which anybody may say it. */
const WIDTH = { otherwise: 80, least: 44, most: 100 } as const;
const INTRODUCTION = 'Trainyard: the pull request as the control surface of machine learning.';

/** All commands, a line or more for each. @param columns characters in a line of the terminal, if it is one */
export function helpOf(commands: readonly CliCommand[], columns: number | undefined): string {
  const width = widthOf(columns);
  return [
    ...wrapped(words(INTRODUCTION), width),
    '',
    ...table(
      commands.map(({ name, summary }) => [name, summary]),
      width,
    ),
    '',
    ...wrapped(words('trainyard help COMMAND explains one, with its options and examples.'), width),
    ...wrapped(words('Exit codes: 0 good, 1 bad, 2 not checked or a wrong call.'), width),
  ].join('\n');
}

/** One command: how it is called, what it does, its options and its examples. */
export function helpOfCommand(command: CommandUsage, columns: number | undefined): string {
  const width = widthOf(columns);
  const { summary, details, options, examples } = command;
  return [
    usageOf(command, columns),
    '',
    ...wrapped(words(summary), width),
    ...(details === undefined ? [] : ['', ...wrapped(words(details), width)]),
    '',
    'Options:',
    ...table(options, width),
    '',
    'Examples:',
    ...examples.flatMap(([call, meaning]) => [`  ${call}`, ...wrapped(words(meaning), width, '      ')]),
  ].join('\n');
}

/** The forms of a call, each broken between its options. */
export function usageOf({ usage }: CommandUsage, columns: number | undefined): string {
  const width = widthOf(columns);
  return usage
    .split('\n')
    .flatMap((form, at) => {
      const parts = form.match(/\[(?:[^[\]]|\[[^\]]*\])*\]…?|--\S+ [^\s[]\S*|\S+/g) ?? [];
      const [first = '', ...rest] = wrapped(parts, width - 7, '    ').map((line) => line.trimEnd());
      return [`${at === 0 ? 'Usage: ' : '       '}${first.trimStart()}`, ...rest.map((line) => `       ${line}`)];
    })
    .join('\n');
}

function widthOf(columns: number = WIDTH.otherwise): number {
  return Math.min(Math.max(columns, WIDTH.least), WIDTH.most);
}

/** Two columns, or, where the second would be narrow, one below the other. */
function table(rows: readonly (readonly [string, string])[], width: number): string[] {
  const first = Math.max(...rows.map(([cell]) => cell.length));
  const beside = width - first - 4;
  return rows.flatMap(([cell, text]) => {
    if (beside < 24) return [`  ${cell}`, ...wrapped(words(text), width, '      ')];
    const [line = '', ...more] = wrapped(words(text), beside);
    return [`  ${cell.padEnd(first)}  ${line}`, ...more.map((next) => `${' '.repeat(first + 4)}${next}`)];
  });
}

const words = (text: string): string[] => text.split(' ');

/** Lines of at most `width` characters, where no part is longer than that by itself. */
function wrapped(parts: readonly string[], width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    if (line !== '' && indent.length + line.length + 1 + part.length > width) {
      lines.push(indent + line);
      line = part;
    } else line = line === '' ? part : `${line} ${part}`;
  }
  return [...lines, indent + line];
}
