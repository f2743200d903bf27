const BLANK = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** What a backslash in a text may stand before. */
const ESCAPED = /["\\/bfnrt]|u[\dA-Fa-f]{4}/y;

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

/**
 * Where a text stops being JSON (RFC 8259), in UTF-16 code units: the token that may not stand there, or the end. A parser
 * says so only of some faults.
 */
export function faultAt(text: string): number {
  /** Brackets that are open. */
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = endOf(BLANK, text, at) ?? at;
    const next = step(text, at, expected, open);
    if (next === null) return at;
    [at, expected] = next;
  }
}

/** Takes one token; null where it may not stand here, or nothing is left. */
function step(text: string, at: number, expected: Expected, open: string[]): [at: number, expected: Expected] | null {
  const char = text[at];
  if (char === undefined || expected === 'nothing') return null;
  if (expected === 'colon') return char === ':' ? [at + 1, 'value'] : null;
  if (char === '}' || char === ']') {
    if (!expected.endsWith('end') || open.pop() !== (char === '}' ? '{' : '[')) return null;
    return [at + 1, open.length === 0 ? 'nothing' : 'comma or end'];
  }
  if (expected === 'comma or end') return char === ',' ? [at + 1, open.at(-1) === '{' ? 'name' : 'value'] : null;
  if (expected.startsWith('name')) {
    const end = endOfText(text, at);
    return end === null ? null : [end, 'colon'];
  }
  if (char === '{' || char === '[') {
    open.push(char);
    return [at + 1, char === '{' ? 'name or end' : 'value or end'];
  }
  const end = char === '"' ? endOfText(text, at) : endOf(SCALAR, text, at);
  return end === null ? null : [end, open.length === 0 ? 'nothing' : 'comma or end'];
}

function endOf(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** After the last quote of the text that begins at the place; null where none does, or it is no text of JSON. */
function endOfText(text: string, start: number): number | null {
  if (text[start] !== '"') return null;
  for (let at = start + 1; at < text.length; ) {
    const char = text[at];
    if (char === '"') return at + 1;
    // A control character may only stand there escaped.
    if (char === undefined || char < ' ') return null;
    const end = char === '\\' ? endOf(ESCAPED, text, at + 1) : at + 1;
    if (end === null) return null;
    at = end;
  }
  return null;
}
