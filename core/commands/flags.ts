import { suggestion } from '../suggest.ts';
import { shown } from './shown.ts';
import type { Token } from './tokens.ts';

export interface Flag {
  /** A value is the next word, or what follows `=`. */
  readonly takes: 'value' | 'nothing';
  readonly repeats?: boolean;
}
export type Flags = Readonly<Record<string, Flag>>;

export interface Arguments {
  readonly words: readonly Token[];
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly switches: ReadonlySet<string>;
}

export type ReadArguments =
  | { readonly ok: true; readonly args: Arguments }
  | { readonly ok: false; readonly message: string };

/**
 * Sorts words into flags and the rest. Flags are whole words (`--set`): no prefixes, no single letters, and never what
 * stands in quotes or behind `--`.
 *
 * @param text what other words are, where they are free text
 */
export function readArguments(tokens: readonly Token[], flags: Flags, text: string | null = null): ReadArguments {
  const words: Token[] = [];
  const values = new Map<string, string[]>();
  const switches = new Set<string>();
  const refuse = (message: string): ReadArguments => ({ ok: false, message });
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    if (token.bare && token.text === '--') {
      words.push(...tokens.slice(index + 1));
      break;
    }
    const dashed = dashedFlag(token, flags);
    if (dashed !== null) return refuse(dashed);
    if (!looksLikeFlag(token)) {
      words.push(token);
      continue;
    }
    const [, name = token.text, inline] = /^(--[a-z-]+)=(.*)$/s.exec(token.text) ?? [];
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag === undefined) return refuse(unknownFlag(name, flags, text));
    if ((switches.has(name) || values.has(name)) && flag.repeats !== true) return refuse(`${name} is given twice`);
    if (flag.takes === 'nothing') {
      if (inline !== undefined) return refuse(`${name} takes no value, got ${shown(inline)}`);
      switches.add(name);
      continue;
    }
    const next = inline === undefined ? tokens[++index] : undefined;
    if (next !== undefined && looksLikeFlag(next))
      return refuse(`${name} needs a value, got the flag ${shown(next.text)}`);
    const value = inline ?? next?.text;
    if (value === undefined) return refuse(`${name} needs a value`);
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return { ok: true, args: { words, values, switches } };
}

/** A lone hyphen is a word: people write one between words. */
function looksLikeFlag({ text, bareLength }: Token): boolean {
  if (!text.startsWith('-') || text === '-') return false;
  const equals = text.indexOf('=');
  return bareLength >= (equals < 0 ? text.length : equals);
}

/** Phones make one long dash of two hyphens, and in free text that would pass for a word of it. */
function dashedFlag({ text, bare }: Token, flags: Flags): string | null {
  const name = /^[-\u2010-\u2015\u2212]+([a-z-]+)(?:=|$)/u.exec(text)?.[1];
  if (!bare || text.startsWith('-') || name === undefined || !Object.hasOwn(flags, `--${name}`)) return null;
  return `${shown(text)} begins with a long dash; a flag begins with two hyphens: --${name} (what is no flag stands in quotes)`;
}

function unknownFlag(name: string, flags: Flags, text: string | null): string {
  const known = Object.keys(flags);
  const listed = known.length === 0 ? ': this command takes none' : `; expected one of ${known.join(', ')}`;
  const hint = text === null ? '' : `; a word of ${text} that begins with a hyphen stands in quotes`;
  return `unknown flag ${shown(name)}${suggestion(name, known) || listed}${hint}`;
}
