import { terminalText } from '../core/reports/terminal.ts';
import { suggestion } from '../core/suggest.ts';
import { FlowError } from '../flows/error.ts';
import { PortError } from '../flows/ports.ts';
import { type CliCommand, type CliEnvironment, CliError, type ExitCode } from './command.ts';
import { helpOf, helpOfCommand, usageOf } from './help.ts';
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
    environment.out(helpOf(COMMANDS, environment.columns));
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
      `trainyard: there is no command "${name}"${suggestion(name, [...names, 'help', '--help', '--version'])}\nCommands: ${names.join(', ')}. See trainyard help`,
    );
    return 2;
  }
  if (asksForHelp(rest)) return showHelp(command, rest, environment);
  try {
    const run = await command.load();
    return await run(rest, environment);
  } catch (error) {
    if (error instanceof CliError && error.code === 'usage')
      environment.err(
        `trainyard ${name}: ${error.message}\n${usageOf(command, environment.columns)}\nSee trainyard help ${name}`,
      );
    else if (error instanceof CliError || error instanceof FlowError || error instanceof PortError)
      environment.err(`trainyard ${name}: ${error.message}${hint(error)}`);
    // A fault of ours: whoever reports it needs the stack. It is no finding, so never exit code 1.
    else
      environment.err(`trainyard ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 2;
  }
}

/** What stands behind `--` is never an option. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
}

/**
 * The command's help. Who asks for it beside other things gets nothing done, and no 0 for that: a file of this name among
 * those that `scan *` names would else make everything clean.
 */
function showHelp(command: CliCommand, args: readonly string[], environment: CliEnvironment): ExitCode {
  environment.out(helpOfCommand(command, environment.columns));
  const verbs = [...command.usage.matchAll(/^trainyard \S+ ([a-z]+) /gm)].map(([, verb]) => verb);
  const others = args.filter((arg, at) => arg !== '--help' && arg !== '-h' && !(at === 0 && verbs.includes(arg)));
  if (others.length === 0) return 0;
  environment.err(`trainyard ${command.name}: only its help was asked for; a file of that name is ./--help`);
  return 2;
}

/** GitHub says "not found" of what a token may not see. */
function hint(error: Error): string {
  const refused = error instanceof PortError && (error.code === 'forbidden' || error.code === 'not_found');
  return refused && error.message.includes('{owner}')
    ? '; is the repository spelt right, and may your token see it and write to it?'
    : '';
}
