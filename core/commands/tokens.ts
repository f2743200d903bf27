/** A word of a command line. `bare` words had no quote or backslash. */
export interface Token {
  readonly text: string;
  readonly bare: boolean;
  /** How many letters of `text`, from its beginning, were typed without quote or backslash. */
  readonly bareLength: number;
}

export type Tokens =
  | { readonly ok: true; readonly tokens: readonly Token[] }
  | { readonly ok: false; readonly message: string };

// Control and format characters (zero-width spaces, bidi overrides), fillers, spaces that are not the plain one, and
// halves of surrogate pairs: a line with them shows one text and says another. `\u2800` is the blank Braille pattern.
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]/u;
/** Says that the sign before it is drawn as an emoji; phones add it by themselves. */
const EMOJI_STYLE = /(\p{Extended_Pictographic})\ufe0f/gu;

/** The first character that can't be seen, as `U+200B`; null where there is none. A tab counts as a space. */
export function invisibleIn(text: string): string | null {
  const found = INVISIBLE.exec(text.replaceAll('\t', ' ').replace(EMOJI_STYLE, '$1'));
  if (found === null) return null;
  return `U+${(found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Splits a line at spaces and tabs, with the shell's quoting and none of its expansions: `'…'` is literal, `"…"` knows
 * `\"` and `\\`, and a backslash outside of quotes makes the next character literal. `$`, backquotes, `*`, `~` and `;`
 * are characters like any other.
 */
export function tokenize(line: string): Tokens {
  const text = line.replaceAll('\t', ' ');
  const hidden = invisibleIn(text);
  if (hidden !== null) return { ok: false, message: invisible(hidden) };
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const word = readWord(text, at);
    if (!word.ok) return word;
    tokens.push(word.token);
    at = word.end;
  }
  return { ok: true, tokens };
}

/** @param hidden as `invisibleIn` gives it */
export function invisible(hidden: string): string {
  return `the line holds a character that can't be seen or looks like another (${hidden}); type it without`;
}

/** A word that `tokenize` reads as this very text, and never as a flag. */
export function quoteWord(text: string): string {
  if (/^[A-Za-z0-9_@][A-Za-z0-9_@.:=/+-]*$/.test(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

type Word =
  | { readonly ok: true; readonly token: Token; readonly end: number }
  | { readonly ok: false; readonly message: string };

function readWord(text: string, start: number): Word {
  let word = '';
  let bareLength: number | null = null;
  let at = start;
  while (at < text.length && text[at] !== ' ') {
    const letter = text[at] ?? '';
    if (letter === "'" || letter === '"') {
      const quoted = readQuoted(text, at);
      if (quoted === null) return { ok: false, message: neverClosed(letter) };
      bareLength ??= word.length;
      word += quoted.text;
      at = quoted.end;
    } else if (letter === '\\') {
      if (at + 1 >= text.length)
        return { ok: false, message: 'the line ends in a backslash; a command takes one line' };
      bareLength ??= word.length;
      // A whole character, also where it takes two units.
      const next = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
      word += next;
      at += 1 + next.length;
    } else {
      word += letter;
      at++;
    }
  }
  return { ok: true, token: { text: word, bare: bareLength === null, bareLength: bareLength ?? word.length }, end: at };
}

function neverClosed(quote: string): string {
  const hint = quote === "'" ? `; an apostrophe is written \\' or stands in double quotes: "don't"` : '';
  return `the quote ${quote} is never closed${hint}`;
}

/** @param start index of the opening quote */
function readQuoted(text: string, start: number): { text: string; end: number } | null {
  const quote = text[start];
  let inner = '';
  for (let at = start + 1; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (letter === quote) return { text: inner, end: at + 1 };
    const next = text[at + 1];
    if (quote === '"' && letter === '\\' && (next === '"' || next === '\\')) {
      inner += next;
      at++;
    } else {
      inner += letter;
    }
  }
  return null;
}
