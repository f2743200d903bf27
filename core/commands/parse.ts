import { didYouMean } from '../suggest.ts';
import type { Command } from './command.ts';
import { visibleLines } from './markdown-lines.ts';
import { COMMAND_NAMES, syntaxOf } from './registry.ts';
import { tokenize } from './tokens.ts';

/** GitHub's limit of a comment; what is longer did not come from it. */
const MAX_BODY = 65_536;
/** Of one comment; more than this is an accident or an attack. */
const MAX_COMMANDS = 10;

export type LineProblem = 'unknown_command' | 'bad_quoting' | 'bad_arguments' | 'too_many_commands' | 'body_too_long';

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
 * indented or inline), quotes, HTML or its comments. Lines that merely begin with a slash (`/usr/bin`, another bot's
 * `/lgtm`) are no errors; near misses of our names are.
 */
export function parseComment(body: string): ParsedLine[] {
  if (body.length > MAX_BODY) {
    const message = `expected at most ${MAX_BODY} characters, got ${body.length}`;
    return [{ kind: 'error', line: 1, text: '', code: 'body_too_long', message, usage: null, example: null }];
  }
  const parsed = visibleLines(body).flatMap(({ line, text }) => parseLine(text, line));
  const extra = parsed[MAX_COMMANDS];
  if (extra === undefined) return parsed;
  const message = `expected at most ${MAX_COMMANDS} commands in a comment, got ${parsed.length}; this one and those after it are not run`;
  return [...parsed.slice(0, MAX_COMMANDS), { ...failure(extra.line, extra.text, 'too_many_commands', message, null) }];
}

function parseLine(text: string, line: number): ParsedLine[] {
  const word = /^\/([A-Za-z][A-Za-z0-9_-]*)(?=[ \t]|$)/.exec(text)?.[1];
  if (word === undefined) return [];
  const syntax = syntaxOf(word);
  if (syntax === null) return unknown(text, line, word);
  const tokens = tokenize(text.slice(word.length + 1));
  if (!tokens.ok) return [failure(line, text, 'bad_quoting', tokens.message, syntax.name)];
  const result = syntax.parse(tokens.tokens);
  if (!result.ok) return [failure(line, text, 'bad_arguments', result.message, syntax.name)];
  return [{ kind: 'command', line, text, command: result.command }];
}

function unknown(text: string, line: number, word: string): ParsedLine[] {
  const meant =
    didYouMean(word, COMMAND_NAMES) ?? COMMAND_NAMES.find((name) => word.toLowerCase().startsWith(name)) ?? null;
  if (meant === null) return [];
  return [failure(line, text, 'unknown_command', `no command "/${word}"; did you mean "/${meant}"?`, meant)];
}

function failure(line: number, text: string, code: LineProblem, message: string, name: string | null): ParsedLine {
  const syntax = name === null ? null : syntaxOf(name);
  return { kind: 'error', line, text, code, message, usage: syntax?.usage ?? null, example: syntax?.example ?? null };
}
