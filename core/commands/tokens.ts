/** A word of a command line. `bare` words had no quote or backslash, and only they can be flags. */
export interface Token {
  readonly text: string;
  readonly bare: boolean;
}

export type Tokens =
  | { readonly ok: true; readonly tokens: readonly Token[] }
  | { readonly ok: false; readonly message: string };

// Control characters, and format characters such as zero-width spaces and bidi overrides, which show one text and say another.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0\u3164\uffa0]/u;

/**
 * Splits a line at spaces and tabs, with the shell's quoting and none of its expansions: `'…'` is literal, `"…"` knows
 * `\"` and `\\`, and a backslash outside of quotes makes the next character literal. `$`, backquotes, `*`, `~` and `;`
 * are characters like any other.
 */
export function tokenize(line: string): Tokens {
  const text = line.replaceAll('\t', ' ');
  const hidden = INVISIBLE.exec(text);
  if (hidden !== null) {
    const code = (hidden[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return { ok: false, message: `the line holds an invisible character (U+${code}); type it without` };
  }
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

type Word =
  | { readonly ok: true; readonly token: Token; readonly end: number }
  | { readonly ok: false; readonly message: string };

function readWord(text: string, start: number): Word {
  let word = '';
  let bare = true;
  let at = start;
  while (at < text.length && text[at] !== ' ') {
    const letter = text[at] ?? '';
    if (letter === "'" || letter === '"') {
      const quoted = readQuoted(text, at);
      if (quoted === null) return { ok: false, message: `the quote ${letter} is never closed` };
      word += quoted.text;
      at = quoted.end;
      bare = false;
    } else if (letter === '\\') {
      if (at + 1 >= text.length)
        return { ok: false, message: 'the line ends in a backslash; a command takes one line' };
      word += text[at + 1];
      at += 2;
      bare = false;
    } else {
      word += letter;
      at++;
    }
  }
  return { ok: true, token: { text: word, bare }, end: at };
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
