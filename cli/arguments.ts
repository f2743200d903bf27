import { type ParseArgsConfig, parseArgs } from 'node:util';
import { suggestion } from '../core/suggest.ts';
import { CliError } from './command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Seconds that `--timeout` gives. @throws CliError `usage` */
export function readSeconds(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,7}$/.test(text)) throw new CliError('usage', `--timeout takes seconds, such as 600, not ${text}`);
  return Number(text);
}

/** Strict: an unknown option or a missing value is a wrong call. @throws CliError `usage` */
export function readArguments<O extends Options>(args: readonly string[], options: O, positionals: readonly string[]) {
  const parsed = readOptions(args, options);
  const given = parsed.positionals;
  const expected = positionals.length === 0 ? 'no argument' : positionals.join(' ');
  const [missing] = positionals.slice(given.length);
  if (missing !== undefined && given.length > 0)
    throw new CliError('usage', `${missing} is missing: expected ${expected}, got ${given.join(' ')}`);
  if (given.length !== positionals.length)
    throw new CliError('usage', `expected ${expected}, got ${given.join(' ') || 'nothing'}`);
  return parsed;
}

/** As `readArguments`, with any number of arguments. @throws CliError `usage` */
export function readOptions<O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // Node's advice is how to pass it as a path; mostly it is a typo.
    const unknown = /^Unknown option '(--?[^']*)'/.exec(message)?.[1];
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new CliError(
      'usage',
      unknown === undefined ? message : `there is no option '${unknown}'${suggestion(unknown, known)}`,
      { cause },
    );
  }
}
