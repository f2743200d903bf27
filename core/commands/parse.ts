import type { Command } from './command.ts';
import { type VisibleLine, visibleLines } from './markdown-lines.ts';
import { nearMiss } from './near-miss.ts';
import { syntaxOf } from './registry.ts';
import { shown } from './shown.ts';
import { invisible, invisibleIn, tokenize } from './tokens.ts';

/** GitHub's limit of a comment; what is longer did not come from it. */
const MAX_BODY = 65_536;
/** Of one comment; more than this is an accident or an attack. */
const MAX_COMMANDS = 10;

export type LineProblem =
  | 'unknown_command'
  | 'bad_quoting'
  | 'bad_arguments'
  | 'reason_missing'
  | 'too_many_commands'
  | 'body_too_long';

/** A line of a comment that is a command, or that its author took for one. `line` counts from 1. */
export type ParsedLine =
  | { readonly kind: 'command'; readonly line: number; readonly text: string; readonly command: Command }
  | {
      readonly kind: 'error';
      readonly line: number;
      readonly text: string;
      readonly code: LineProblem;
      /** In words, unescaped: what was expected, what was found. */
      readonly message: string;
      /** Of the command meant, if one is known. */
      readonly usage: string | null;
      readonly example: string | null;
    };

/**
 * The commands of a comment. A command stands at the very beginning of a line of visible text: never in code (fenced,
 * indented or inline), quotes, tables, HTML or its comments. Lines that merely begin with a slash (`/usr/bin`, another
 * bot's `/lgtm`) are no errors; near misses of our names are.
 */
export function parseComment(body: string): ParsedLine[] {
  if (body.length > MAX_BODY) {
    const message = `expected at most ${MAX_BODY} characters, got ${body.length}`;
    return [{ kind: 'error', line: 1, text: '', code: 'body_too_long', message, usage: null, example: null }];
  }
  const parsed: ParsedLine[] = [];
  for (const line of visibleLines(body)) {
    const one = parseLine(line);
    if (one === null) continue;
    if (parsed.length === MAX_COMMANDS) {
      const message = `expected at most ${MAX_COMMANDS} commands in a comment; this one and those after it are not run`;
      return [...parsed, failure(one, 'too_many_commands', message, null)];
    }
    parsed.push(one);
  }
  return parsed;
}

function parseLine(visible: VisibleLine): ParsedLine | null {
  const { line, text } = visible;
  const word = /^\/([^ \t]+)/.exec(text)?.[1];
  if (word === undefined) return looksLikeCommand(visible);
  const syntax = syntaxOf(word);
  if (syntax === null) return unknown(line, text, word);
  const tokens = tokenize(text.slice(word.length + 1));
  if (!tokens.ok) return failure({ line, text }, 'bad_quoting', tokens.message, syntax.name);
  const result = syntax.parse(tokens.tokens);
  if (result.ok) return { kind: 'command', line, text, command: result.command };
  return failure({ line, text }, result.code ?? 'bad_arguments', result.message, result.meant ?? syntax.name);
}

function unknown(line: number, text: string, word: string): ParsedLine | null {
  const start = word.slice(0, 100);
  // A path, such as /usr/bin or /train/x.
  if (start.includes('/')) return null;
  const hidden = invisibleIn(start);
  if (hidden !== null) {
    // Where it stands in for a space (`/train m` with a no-break space), the name ends there.
    const [name = ''] = start.split(/[^A-Za-z0-9-]/);
    const meant = syntaxOf(name)?.name ?? nearMiss(start.replace(/[^A-Za-z0-9-]/g, ''));
    return meant === null ? null : failure({ line, text }, 'bad_quoting', invisible(hidden), meant);
  }
  const meant = nearMiss(start);
  if (meant === null) return null;
  return failure(
    { line, text },
    'unknown_command',
    `no command ${shown(`/${start}`)}; did you mean "/${meant}"?`,
    meant,
  );
}

/** What looks like a command to its author and is none: behind spaces or what can't be seen, or with another slash. */
function looksLikeCommand({ line, text, nested }: VisibleLine): ParsedLine | null {
  const found = /^([^/／⁄∕A-Za-z0-9]{0,3})([/／⁄∕])([a-z-]+)(?=[ \t]|$)/u.exec(text.slice(0, 100));
  const [, before = '', slash = '', name = ''] = found ?? [];
  const syntax = syntaxOf(name);
  if (syntax === null) return null;
  if ([...before].some((letter) => letter.trim() !== '' && invisibleIn(letter) === null)) return null;
  if (slash !== '/') {
    const message = `${shown(slash)} is not the slash that a command begins with; did you mean "/${name}"?`;
    return failure({ line, text }, 'unknown_command', message, syntax.name);
  }
  // Within a list, what is indented belongs to the item.
  if (nested) return null;
  const message = `a command begins at the very start of its line; did you mean "/${name}"?`;
  return failure({ line, text }, 'unknown_command', message, syntax.name);
}

function failure(
  { line, text }: Pick<ParsedLine, 'line' | 'text'>,
  code: LineProblem,
  message: string,
  name: string | null,
): ParsedLine {
  const syntax = name === null ? null : syntaxOf(name);
  return { kind: 'error', line, text, code, message, usage: syntax?.usage ?? null, example: syntax?.example ?? null };
}
