import { suggestion } from '../suggest.ts';
import type { Token } from './tokens.ts';

/** `value`: takes the next word or what follows `=`; may be given several times. `switch`: takes nothing, once. */
export type FlagKind = 'value' | 'switch';

export interface Arguments {
  readonly words: readonly Token[];
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly switches: ReadonlySet<string>;
}

export type ReadArguments =
  | { readonly ok: true; readonly args: Arguments }
  | { readonly ok: false; readonly message: string };

/** Sorts words into flags and the rest. Flags are whole words (`--set`): no prefixes, no single letters. */
export function readArguments(tokens: readonly Token[], flags: Readonly<Record<string, FlagKind>>): ReadArguments {
  const words: Token[] = [];
  const values = new Map<string, string[]>();
  const switches = new Set<string>();
  const refuse = (message: string): ReadArguments => ({ ok: false, message });
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    if (!token.bare && !token.text.startsWith('--')) {
      words.push(token);
      continue;
    }
    if (!token.text.startsWith('-')) {
      words.push(token);
      continue;
    }
    const [, name = token.text, inline] = /^(--[a-z-]+)=(.*)$/s.exec(token.text) ?? [];
    const kind = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (kind === undefined) return refuse(unknownFlag(name, flags));
    if (kind === 'switch') {
      if (inline !== undefined) return refuse(`${name} takes no value, got ${JSON.stringify(inline)}`);
      if (switches.has(name)) return refuse(`${name} is given twice`);
      switches.add(name);
      continue;
    }
    const value = inline ?? tokens[++index]?.text;
    if (value === undefined) return refuse(`${name} needs a value`);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return { ok: true, args: { words, values, switches } };
}

function unknownFlag(name: string, flags: Readonly<Record<string, FlagKind>>): string {
  const known = Object.keys(flags);
  if (known.length === 0) return `unknown flag ${JSON.stringify(name)}: this command takes none`;
  return `unknown flag ${JSON.stringify(name)}${suggestion(name, known) || `; expected one of ${known.join(', ')}`}`;
}
