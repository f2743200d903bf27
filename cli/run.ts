import { terminalText } from '../core/reports/terminal.ts';
import { suggestion } from '../core/suggest.ts';
import { FlowError } from '../flows/error.ts';
import { PortError } from '../flows/ports.ts';
import { type CliCommand, type CliEnvironment, CliError, type ExitCode } from './command.ts';
import { COMMANDS } from './registry.ts';
import { versionOf } from './version.ts';

/** Runs one call of `trainyard`. Never throws: what goes wrong is one line on stderr and exit code 2. */
export async function runCli(args: readonly string[], raw: CliEnvironment): Promise<ExitCode> {
  // Whatever a line holds (a title, a path, what GitHub answered), it has no say over the terminal.
  const environment: CliEnvironment = {
    ...raw,
    out: (line) => raw.out(terminalText(line)),
    err: (line) => raw.err(terminalText(line)),
  };
  const asked = args[0] === 'help' && args[1] !== undefined ? [args[1], '--help'] : args;
  const [name, ...rest] = asked;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    environment.out(help());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === 'version') {
    environment.out(versionOf());
    return 0;
  }
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((known) => known.name);
    environment.err(
      `trainyard: there is no command "${name}"${suggestion(name, names)}\nCommands: ${names.join(', ')}. See trainyard help`,
    );
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    environment.out(helpOf(command));
    return 0;
  }
  try {
    return await command.run(rest, environment);
  } catch (error) {
    if (error instanceof CliError && error.code === 'usage')
      environment.err(`trainyard ${name}: ${error.message}\n${usageOf(command)}\nSee trainyard help ${name}`);
    else if (error instanceof CliError || error instanceof FlowError || error instanceof PortError)
      environment.err(`trainyard ${name}: ${error.message}${hint(error)}`);
    // A fault of ours: whoever reports it needs the stack. It is no finding, so never exit code 1.
    else
      environment.err(`trainyard ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 2;
  }
}

/** GitHub says "not found" of what a token may not see. */
function hint(error: Error): string {
  const refused = error instanceof PortError && (error.code === 'forbidden' || error.code === 'not_found');
  return refused && error.message.includes('{owner}')
    ? '; is the repository spelt right, and may your token see it and write to it?'
    : '';
}

function help(): string {
  const lines = COMMANDS.map(({ usage, summary }) => `  ${usage.replaceAll('\n', '\n  ')}\n      ${summary}`);
  return [
    'The pull request as the control surface of machine learning.',
    '',
    ...lines,
    '',
    'trainyard help COMMAND explains its options.',
    'Exit codes: 0 good, 1 bad, 2 not checked or a wrong call. --json everywhere but in data profile and data init.',
  ].join('\n');
}

function helpOf(command: CliCommand): string {
  const width = Math.max(...command.options.map(([flag]) => flag.length));
  const options = command.options.map(([flag, meaning]) => `  ${flag.padEnd(width)}  ${meaning}`);
  return [usageOf(command), '', command.summary, '', ...options].join('\n');
}

function usageOf({ usage }: CliCommand): string {
  return `Usage: ${usage.replaceAll('\n', '\n       ')}`;
}
